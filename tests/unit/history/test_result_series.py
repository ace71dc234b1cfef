"""Series of races, studies and other tools, with their changes, as text and figures."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from builders.other_tools import benchmark_run
from builders.predicted_studies import predicted_study
from builders.races import race
from builders.saved_studies import save_study
from evenfold.errors import ResultsError, UsageError
from evenfold.history.collect import read_history_of
from evenfold.history.figures import series_figure
from evenfold.history.options import HistoryOptions
from evenfold.history.tables import history_table, history_text, series_numbers
from evenfold.race.files import write_race


def dated(name, ratio, day, spec="mine[a=1]", commit=None, environment="tf2.21"):
    """A race of another contender against ``mine`` on a day."""
    made = race(ratio)
    first, second = made.contenders
    own = {**second.environment, "name": environment}
    second = replace(second, spec=spec, commit=commit, environment=own)
    launches = tuple(
        replace(one, began=f"2026-01-{day:02}T00:00:00+00:00") for one in made.launches
    )
    return replace(made, name=name, contenders=(first, second), launches=launches)


def history(folder, **options):
    return read_history_of(HistoryOptions((folder,), **options), folder)


@pytest.fixture
def saved(tmp_path):
    """Writes races below a folder."""

    def write(*races):
        for one in races:
            write_race(tmp_path / "epyc-2c" / "races" / f"{one.name}.json", one)
        return tmp_path

    return write


def test_races_of_one_kind_are_a_series_by_date(saved):
    folder = saved(
        dated("c", 1.1, 3), dated("a", 1.0, 1), dated("b", 1.0, 2), dated("z", 1.0, 1, "other"),
    )  # fmt: skip
    (series,) = history(folder).series
    assert ["2026-01-01 00:00", "2026-01-02 00:00", "2026-01-03 00:00"] == [
        point.label for point in series.points
    ]
    (change,) = series.changes
    assert (2, "slower") == (change.place, change.word)
    assert change.low < 1.1 < change.high
    assert all(point.low < point.value < point.high for point in series.points)
    assert not series.is_sequential


def test_races_by_version_have_the_environments_in_natural_order(saved):
    names = ("tf2.8", "tf2.12", "tf2.21")
    folder = saved(*(
        dated(f"r{n}", ratio, 1, f"mine@{name}", environment=name)
        for n, (name, ratio) in enumerate(zip(names, (1.0, 1.0, 0.8), strict=True))
    ))  # fmt: skip
    (series,) = history(folder, by="version").series
    assert list(names) == [point.label for point in series.points]
    assert ["faster"] == [change.word for change in series.changes]


def test_races_by_revision_have_the_commits_of_the_contender(saved):
    commits = ["a" * 40, "b" * 40]
    races = [dated(f"r{n}", 1.0, n + 1, f"mine#{c}", c) for n, c in enumerate(commits)]
    (series,) = history(saved(*races), by="revision").series
    assert ["a" * 10, "b" * 10] == [point.label for point in series.points]


def with_code(saved, reference="d", contender="d"):
    """The race with digests of the code of both."""
    first, second = saved.contenders
    contenders = (replace(first, digest=reference), replace(second, digest=contender))
    return replace(saved, contenders=contenders)


def test_ratios_to_other_code_of_the_reference_are_no_later_results(saved):
    races = [dated(f"r{n}", 1.0, n + 1) for n in range(4)]
    folder = saved(*(with_code(one, reference=f"d{n // 2}") for n, one in enumerate(races)))
    assert [2, 2] == [len(series.points) for series in history(folder).series]


def test_other_code_of_the_contender_is_a_later_result_but_no_other_version(saved):
    races = [
        with_code(dated(f"r{n}", 1.0, n + 1, f"mine@tf2.{n}", environment=f"tf2.{n}"), "d", code)
        for n, code in enumerate(("a", "a", "b"))
    ]
    (series,) = history(saved(*races), by="version").series
    assert ["tf2.0", "tf2.1"] == [point.label for point in series.points]
    edited = [
        with_code(dated(f"s{n}", 1.0, n + 1), contender=code) for n, code in enumerate(("a", "b"))
    ]
    assert 2 in [len(series.points) for series in history(saved(*edited)).series]


def test_races_without_a_verdict_and_self_checks_are_left_out(saved):
    few = [replace(dated(f"f{n}", 1.0, n + 1), launches=race().launches[:3]) for n in range(3)]
    own = [replace(race(), name=f"o{n}") for n in range(3)]
    with pytest.raises(ResultsError, match="no two results"):
        history(saved(*few, *own))


def benchmarks(folder, values):
    place = folder / ".benchmarks" / "Linux"
    place.mkdir(parents=True)
    for number, value in enumerate(values):
        (place / f"{number:04}_x.json").write_text(json.dumps(benchmark_run(value, number + 1)))
    return folder


def test_runs_of_other_tools_are_marked_as_sequential(tmp_path):
    rng = np.random.default_rng(0)
    values = 0.01 * np.exp(0.003 * rng.standard_normal(28) + np.r_[np.zeros(16), np.full(12, 0.2)])
    (series,) = history(benchmarks(tmp_path, values)).series
    assert series.is_sequential
    (change,) = series.changes
    assert (16, "slower") == (change.place, change.word)
    assert np.isnan(change.low)
    text = history_text([series], HistoryOptions(), "markdown")
    assert "pytest-benchmark, sequential" in text
    assert "Sequential: measured by another tool" in text


def test_a_jump_of_one_run_is_no_change(tmp_path):
    values = [0.01] * 7 + [0.013] + [0.0101] * 7
    (series,) = history(benchmarks(tmp_path, values)).series
    assert not series.changes


def test_a_file_that_cannot_be_read_is_a_problem_and_the_others_are_shown(tmp_path):
    folder = benchmarks(tmp_path, [0.01, 0.01])
    (folder / ".benchmarks" / "broken.json").write_text("{")
    found = history(folder)
    assert 1 == len(found.series)
    (problem,) = found.problems
    assert "broken.json is truncated or not JSON" in problem


def test_text_numbers_and_figure_have_every_result(saved):
    folder = saved(dated("a", 1.0, 1), dated("b", 1.0, 2), dated("c", 1.1, 3))
    (series,) = history(folder).series
    text = history_text([series], HistoryOptions(), "table")
    assert text.startswith("1 series of 1 changed by more than the margin. Latest changes: ")
    assert "slower from 2026-01-03 00:00 on" in text
    assert "0.5 %" in text
    numbers = series_numbers([series])
    assert 3 == len(numbers)
    assert ["slower"] == list(numbers["change"].dropna())
    assert 1 == len(history_table([series]))
    assert "<svg" in series_figure(series).svg()


def test_studies_are_compared_fit_by_fit_with_the_start_of_their_level(tmp_path):
    for number, quality in enumerate((1.5, 1.5, 0.1)):
        made = save_study(predicted_study({"one": quality}, label=f"tf2.{number + 8}"), tmp_path)
        os.utime(made.file, (1_700_000_000 - 1000 * number,) * 2)
    (series,) = history(tmp_path, by="version").series
    assert ["tf2.8", "tf2.9", "tf2.10"] == [point.label for point in series.points]
    assert [(2, "worse")] == [(change.place, change.word) for change in series.changes]
    assert series.changes[0].high < -series.margin
    # By date, the other way round.
    (series,) = history(tmp_path).series
    assert [(1, "better")] == [(change.place, change.word) for change in series.changes]


def test_studies_have_the_dates_that_they_state_and_not_those_of_their_files(tmp_path):
    for number, quality in enumerate((1.5, 1.5, 0.1)):
        made = save_study(predicted_study({"one": quality}, label=f"tf2.{number + 8}"), tmp_path)
        file = made.file.with_suffix(".environment.json")
        content = json.loads(file.read_text())
        written = f"2026-01-0{number + 1}T10:00:00+02:00"
        file.write_text(json.dumps({**content, "written": written}))
        os.utime(made.file, (1_700_000_000 - 1000 * number,) * 2)
    (series,) = history(tmp_path).series
    labels = [point.label for point in series.points]
    assert [f"2026-01-0{number} 08:00" for number in (1, 2, 3)] == labels
    assert [(2, "worse")] == [(change.place, change.word) for change in series.changes]


@pytest.mark.parametrize("options", [{"rate": 0.0}, {"rate": 0.5}, {"by": "x"}, {"margin": -1.0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(UsageError):
        HistoryOptions(**options)
