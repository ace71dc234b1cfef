"""Series of suites' races and of bisects, with the changes that are marked in them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from builders.bisects import SCORES, finished
from builders.suites import suite_race
from evenfold.bisect.record import BISECT_FILE
from evenfold.errors import ResultsError
from evenfold.history.collect import read_history_of
from evenfold.history.options import HistoryOptions
from evenfold.history.tables import history_caption, history_text
from evenfold.suite.files import SUITE_FILE


def dated(name, ratios, day, spec="head", commit=None, environment="python3.13"):
    """A race of a suite on a day, against another contender."""
    made = suite_race(ratios)
    first, second = made.contenders
    own = {**second.environment, "name": environment}
    second = replace(second, spec=spec, commit=commit, environment=own)
    launches = tuple(
        replace(one, began=f"2026-01-{day:02}T00:00:00+00:00") for one in made.launches
    )
    return replace(made, name=name, contenders=(first, second), launches=launches)


@pytest.fixture
def folder(tmp_path):
    """Writes suites' races and bisects below a folder, and returns it."""

    def write(*records):
        for one in records:
            kind, file = ("suites", SUITE_FILE) if hasattr(one, "launches") else (
                "bisects", BISECT_FILE)  # fmt: skip
            place = tmp_path / "epyc-2c" / kind / f"{one.name}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            file.write(place, one)
        return tmp_path

    return write


def series_of(folder, **options):
    return list(read_history_of(HistoryOptions((folder,), **options), folder).series)


def test_each_benchmark_of_a_suite_is_a_series(folder):
    races = [dated(f"r{n}", (1.0, 1.2 if n > 1 else 1.0), n + 1) for n in range(3)]
    steady, changed = series_of(folder(*races))
    assert steady.title == "test_0 of head over base, bench/test_mine.py"
    assert (steady.source, steady.unit, len(steady.points)) == ("suite", "ratio", 3)
    assert steady.changes == []
    (change,) = changed.changes
    assert (change.place, change.word) == (2, "slower")
    assert change.low < 1.2 < change.high


def test_races_of_a_suite_by_revision_and_by_version(folder):
    commits = ["a" * 40, "b" * 40]
    of_revisions = [dated(f"c{n}", (1.0,), n + 1, f"head#{c}", c) for n, c in enumerate(commits)]
    of_versions = [
        dated(f"v{n}", (1.0,), n + 1, f"head@{name}", environment=name)
        for n, name in enumerate(("np2.10", "np2.9"))
    ]
    saved = folder(*of_revisions, *of_versions)
    (series,) = series_of(saved, by="revision")
    assert [point.label for point in series.points] == ["a" * 10, "b" * 10]
    (series,) = series_of(saved, by="version")
    assert [point.label for point in series.points] == ["np2.9", "np2.10"]


def with_code(race, reference="d", contender="d"):
    """The race with digests of the code of both."""
    first, second = race.contenders
    contenders = (replace(first, digest=reference), replace(second, digest=contender))
    return replace(race, contenders=contenders)


def test_ratios_to_other_code_of_the_reference_are_another_series(folder):
    races = [with_code(dated(f"r{n}", (1.0,), n + 1), f"d{n // 2}") for n in range(4)]
    assert [2, 2] == [len(series.points) for series in series_of(folder(*races))]


def test_other_code_of_the_contender_is_no_other_version(folder):
    races = [
        with_code(dated(f"r{n}", (1.0,), n + 1, f"head@v{n}", environment=f"v{n}"), "d", code)
        for n, code in enumerate(("a", "a", "b"))
    ]
    (series,) = series_of(folder(*races), by="version")
    assert ["v0", "v1"] == [point.label for point in series.points]


def test_races_with_too_few_launches_are_left_out(folder):
    few = [replace(dated(f"r{n}", (1.0,), n + 1), launches=suite_race((1.0,)).launches[:2])
           for n in range(2)]  # fmt: skip
    with pytest.raises(ResultsError, match="no two results"):
        series_of(folder(*few))


LEVELS = [0.0, 0.0, 0.0, 0.1, 0.1, 0.1, 0.1, 0.05]


def test_versions_of_a_bisect_are_relative_to_the_first(folder):
    """Exactly the true levels, where the comparisons are exact, also of versions that were never
    compared with the first one."""
    (series,) = series_of(folder(finished(LEVELS)), by="version")
    assert (series.source, series.unit) == ("bisect", "ratio")
    assert series.title == "epoch of conv1d over tf2.3, breast_cancer (aa)"
    level = {f"tf2.{3 + place}": math.exp(value) for place, value in enumerate(LEVELS)}
    for point in series.points:
        assert point.value == pytest.approx(level[point.label])
    first, *others = series.points
    assert math.isnan(first.low)
    assert all(point.low < point.value < point.high for point in others)
    # The farther from the first one in comparisons, the less is known.
    assert min(point.high / point.low for point in others) > 1.001


def test_the_changes_of_a_bisect_are_those_that_it_names(folder):
    (series,) = series_of(folder(finished(LEVELS)), by="version")
    found = [(series.points[change.place].label, change.word) for change in series.changes]
    assert found == [("tf2.6", "slower"), ("tf2.10", "faster")]


def test_scores_of_a_bisect_are_differences(folder):
    (series,) = series_of(folder(finished([0.0, 0.0, 0.05, 0.05], SCORES)), by="version")
    assert (series.direction, series.unit) == ("score", "accuracy")
    assert series.points[-1].value == pytest.approx(0.05)
    assert [change.word for change in series.changes] == ["better"]


def test_a_version_that_cannot_be_measured_is_no_point(folder):
    (series,) = series_of(folder(finished(LEVELS, unusable=(3,))), by="version")
    assert "tf2.6" not in [point.label for point in series.points]


def test_a_bisect_is_no_series_by_date(folder):
    with pytest.raises(ResultsError, match="no two results of one kind by date"):
        series_of(folder(finished(LEVELS)))


def test_a_folder_of_bisects_itself_is_read(folder):
    saved = folder(finished(LEVELS)) / "epyc-2c" / "bisects"
    assert len(series_of(saved, by="version")) == 1


def test_the_caption_says_what_values_of_a_bisect_are(folder):
    series = series_of(folder(finished(LEVELS)), by="version")
    options = HistoryOptions(by="version")
    assert "relative to the first version of its path" in " ".join(
        history_caption(series, options).split()
    )
    assert "slower from tf2.6 on" in history_text(series, options, "markdown")
