"""Saved races: read as they were written, refused if they are not whole, and shown."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.races import changed, race
from evenfold.errors import ResultsError
from evenfold.race.comparison import RaceComparison
from evenfold.race.files import (
    SCHEMA,
    find_race,
    read_race,
    read_races,
    write_race,
)
from evenfold.race.record import require_whole
from evenfold.race.tables import race_json, race_table, race_text
from evenfold.render.intervals import picture
from evenfold.stats.race_ratios import Estimate
from strategies import PROPERTY


@pytest.fixture
def saved(tmp_path):
    file = tmp_path / "epyc-2c" / "races" / "aa.json"
    write_race(file, race())
    return file


def test_a_race_is_read_as_it_was_written(saved):
    assert race() == read_race(saved)
    assert not list(saved.parent.glob(".*")), "a part of a file is left"
    one, other = race().contenders
    compiled = replace(race(), contenders=(one, replace(other, jit_compile=True, delay=0.05)))
    write_race(saved, compiled)
    assert compiled == read_race(saved)


def test_a_file_has_the_settings_beside_its_other_fields(saved):
    keys = {"schema", "name", "machine", "dataset", "fingerprint", "split", "measure", "rows",
            "margin", "threads", "seed", "budget", "planned", "judged", "contenders", "launches",
            "clock", "ahead", "prior", "no_prior", "confidence"}  # fmt: skip
    assert keys == set(json.loads(saved.read_text()))


def test_a_race_of_the_first_schema_is_read(saved):
    """The first schema has no differences of paths, no clock, no jit_compile and no prior."""
    content = json.loads(saved.read_text())
    content["schema"] = 1
    assert "wall" == content.pop("clock")
    assert content.pop("prior") is content.pop("no_prior") is None
    for contender in content["contenders"]:
        del contender["difference"]
        assert contender.pop("jit_compile") is None
    saved.write_text(json.dumps(content))
    assert race() == read_race(saved)


def test_times_are_by_contender_in_any_order_of_samples():
    for times in race(ratio=2.0).times:
        np.testing.assert_allclose(2.0, times[:, 1] / times[:, 0], rtol=0.01)
    assert 2.0 == pytest.approx(race(ratio=2.0).ratios[0].estimate, rel=1e-3)


@pytest.mark.parametrize(
    ("ratio", "judged", "verdict"),
    [(1.0, (5,), "equivalent"), (1.1, (5,), "slower"), (0.9, (5,), "faster"),
     (1.1, (), "undecided")],
)  # fmt: skip
def test_a_verdict_needs_a_look(ratio, judged, verdict):
    assert verdict == race(ratio, judged=judged).ratios[0].verdict


def without(key):
    return lambda content: content.pop(key)


def put(key, value):
    return lambda content: content.update({key: value})


def spoil_launch(key, value):
    return lambda content: content["launches"][1].update({key: value})


def far_apart(content):
    for one in content["launches"]:
        one["seconds"] = [1e308 if number else 1e-308 for number in one["order"]]


@pytest.mark.parametrize(
    "spoil",
    [
        *(without(key) for key in ("contenders", "launches", "planned", "machine", "measure")),
        put("machine", "../../x"),
        put("name", "../x"),
        put("measure", "nothing"),
        put("clock", "sun"),
        put("launches", []),
        put("contenders", []),
        put("more", 1),
        spoil_launch("seconds", [1.0]),
        spoil_launch("seconds", [0.0] * 8),
        spoil_launch("seconds", [None] * 8),
        spoil_launch("order", [0] * 8),
        spoil_launch("order", []),
        far_apart,
        put("rows", "<script>"),
        put("threads", "<script>"),
        put("dataset", "\x07"),
        put("no_prior", "\x1b"),
        put("prior", {"variance": 1e-5, "freedom": 8.0}),
        lambda content: content["contenders"][1].update(accuracy="good"),
        lambda content: content["contenders"][1].update(difference="small"),
        lambda content: content["contenders"][1].update(name="\x07"),
        lambda content: content["contenders"][1].update(delay="0.05"),
        lambda content: content["contenders"][1].update(delay=-0.5),
        lambda content: content["contenders"][1].update(jit_compile="auto"),
        lambda content: content["contenders"][1]["environment"].update(flags=[1]),
        lambda content: content["contenders"][1]["environment"].update(name=None),
    ],
)
def test_a_race_that_is_not_whole_is_refused_with_its_file_name(saved, spoil):
    content = json.loads(saved.read_text())
    spoil(content)
    saved.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=r"aa\.json is not a (whole )?race of evenfold"):
        read_race(saved)


def test_a_flag_of_several_lines_is_read(saved):
    """As a shell may export XLA_FLAGS: the race has run, and is not refused afterwards."""
    content = json.loads(saved.read_text())
    flags = {"XLA_FLAGS": "--a\n\t--b"}
    content["contenders"][1]["environment"]["flags"] = flags
    saved.write_text(json.dumps(content))
    assert flags == read_race(saved).contenders[1].environment["flags"]


def test_truncated_foreign_and_newer_files_are_problems_and_the_rest_is_read(saved):
    text = saved.read_text()
    folder = saved.parent
    (folder / "short.json").write_text(text[:200])
    (folder / "foreign.json").write_text("[1]")
    (folder / "newer.json").write_text(text.replace(f'"schema": {SCHEMA}', '"schema": 9'))
    result = read_races([folder.parent])
    assert [(saved, race())] == list(result.races)
    assert 3 == len(result.problems)
    text = "\n".join(result.problems)
    assert "short.json is truncated or not JSON" in text
    assert "foreign.json is not a race of evenfold" in text
    assert f"newer.json has schema 9, this evenfold knows up to {SCHEMA}" in text


def test_a_race_is_found_by_its_name_or_its_file(saved, tmp_path):
    assert saved == find_race("aa", [tmp_path])
    assert saved == find_race(str(saved), [])
    with pytest.raises(ResultsError, match="no saved race 'bb'"):
        find_race("bb", [tmp_path])


def test_json_has_its_documented_keys():
    content = json.loads(race_json(race(1.1)))
    first, second = content["contenders"]
    assert {"clock", "reference", "contenders"} == set(content)
    assert "wall" == content["clock"]
    keys = {"contender", "median_seconds", "ratio", "low", "high", "mean_ratio", "mean_low",
            "mean_high", "judged_low", "judged_high", "differs", "verdict", "launches",
            "accuracy", "difference", "delay", "jit_compile", "launches_to_settle",
                "seconds_to_settle"}  # fmt: skip
    assert keys == set(first) == set(second)
    assert ("mine", 1.0, None) == (first["contender"], first["ratio"], first["verdict"])
    assert ("slower", 5) == (second["verdict"], second["launches"])
    assert 1.09 < second["low"] <= second["ratio"] <= second["high"] < 1.11


def test_an_interval_without_an_end_is_none_in_json():
    second = json.loads(race_json(race(launches=1, judged=())))["contenders"][1]
    assert (None, None) == (second["low"], second["high"])


@pytest.mark.parametrize(
    ("launches", "judged", "word"),
    [(5, (5,), "equivalent"), (4, (), "undecided (4 of 5 launches)"),
     (6, (5,), "undecided (broken off)")],
)  # fmt: skip
def test_the_table_says_why_a_verdict_is_undecided(launches, judged, word):
    table = race_table(race(launches=launches, judged=judged, planned=8))
    assert word == table["verdict"][1]
    assert "2.00 ms" == table["time a prediction"][0]
    assert "0.5000" == table["accuracy"][0]


@pytest.mark.parametrize("style", ["table", "markdown", "csv", "json"])
def test_every_format_has_every_contender(style):
    text = race_text(race(), style)
    assert "mine (2)" in text
    assert ("o" in text and "|" in text) or style in ("csv", "json")


def ratio_of(estimate, low, high):
    return Estimate(estimate, low, high)


ENDS = st.floats(1e-6, 1e6)


@PROPERTY
@given(
    ends=st.lists(st.tuples(ENDS, ENDS, ENDS).map(sorted), min_size=1, max_size=4),
    margin=st.floats(0, 0.99),
    name=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=60),
)
def test_a_picture_fits_a_terminal_and_shows_every_interval(ends, margin, name):
    ratios = [ratio_of(middle, low, high) for low, middle, high in ends]
    axis, *lines = picture([name] * len(ratios), ratios, margin).split("\n")
    assert len(lines) == len(ratios)
    assert max(map(len, (axis, *lines))) <= 80
    for line in lines:
        assert "o" in line


@pytest.mark.parametrize(
    ("low", "high", "signs"),
    [(0.99, 1.01, "[]"), (0.0, 1.01, "<]"), (0.99, math.inf, "[>"), (0.0, math.inf, "<>")],
)
def test_an_end_outside_the_picture_is_an_arrow(low, high, signs):
    _, line = picture(["x"], [ratio_of(1.0, low, high)], 0.02).split("\n")
    assert all(sign in line for sign in signs)


def test_a_contender_that_is_slower_is_on_the_right_of_one():
    _, slower = picture(["x"], [ratio_of(1.5, 1.4, 1.6)], 0.02).split("\n")
    _, faster = picture(["x"], [ratio_of(0.5, 0.4, 0.6)], 0.02).split("\n")
    assert slower.index("|") < slower.index("[") < slower.index("o") < slower.index("]")
    assert faster.index("[") < faster.index("o") < faster.index("]") < faster.index("|")


def test_a_continued_race_is_judged_by_its_first_plan():
    """More launches than planned have less of the error, so the interval is wider than alone."""
    planned, alone = race(launches=16, planned=8), race(launches=16, planned=16)
    assert planned.ratios[0].detectable > alone.ratios[0].detectable
    assert planned.launches == replace(alone, planned=8).launches


def test_a_notebook_shows_a_race_with_its_drawing_and_runs_no_name(saved):
    result = RaceComparison(race(ratio=1.5), saved)
    assert "slower" == result.ratios["mine (2)"].verdict
    html = result._repr_html_()
    assert ">mine (2)</td>" in html
    assert 1 == html.count("<svg ")
    assert "<?xml" not in html
    assert race_table(result.race)["ratio"][1] in html
    assert "| mine (2) " in str(result)
    evil = replace(result.race.contenders[1], name="<script>alert(1)</script>")
    named = replace(result.race, contenders=(result.race.contenders[0], evil))
    html = RaceComparison(named, saved)._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_race_knows_its_pace_and_the_share_of_its_time_that_was_measured():
    """Samples of seven units of 2 ms, one each second, in launches that end after the eighth."""
    saved = race()
    assert 0.5 == saved.first_seconds
    assert saved.seconds_per_launch == pytest.approx(7.014, abs=1e-3)
    assert saved.measured_share == pytest.approx(8 * 0.014 / 7.014, rel=1e-2)
    seconds = tuple(0.1 for _ in saved.launches[0].seconds)
    longer = replace(saved, launches=tuple(replace(x, seconds=seconds) for x in saved.launches))
    assert longer.measured_share == pytest.approx(8 * 0.7 / 7.7)


def test_what_is_prepared_ahead_is_no_time_of_the_race():
    """Each launch begins a second after the one before, and is measured when that has ended."""
    saved = changed(race(), ahead=True)
    starts = ("00", "01", "02", "03", "04")
    began = [f"2026-01-01T00:00:{seconds}" for seconds in starts]
    waits = [tuple(at + 6.5 * number for at in x.at) for number, x in enumerate(saved.launches)]
    launches = tuple(
        replace(launch, began=start, at=at)
        for launch, start, at in zip(saved.launches, began, waits, strict=True)
    )
    ahead = replace(saved, launches=launches)
    assert ahead.seconds_per_launch == pytest.approx(7.5, abs=1e-2)
    assert ahead.measured_share == pytest.approx(5 * 8 * 0.014 / (7 + 4 * 7.5), rel=2e-2)


def test_dates_that_were_set_back_make_no_launch_shorter_than_its_samples():
    saved = changed(race(), ahead=True)
    launches = tuple(
        replace(launch, began=f"20{26 - number}-01-01T00:00:00")
        for number, launch in enumerate(saved.launches)
    )
    assert replace(saved, launches=launches).seconds_per_launch == pytest.approx(7, abs=0.1)


@pytest.mark.parametrize("began", ["x", "", "2026-01-01T00:00:00+00:00", "2026-13-01"])
def test_a_launch_without_a_date_like_the_first_is_refused(began):
    saved = race()
    launches = (*saved.launches[:-1], replace(saved.launches[-1], began=began))
    with pytest.raises(ValueError, match=r"launches\[4\].began: .* is not a date like the first"):
        require_whole(replace(saved, launches=launches))
