"""A suite's race on disk, its shared error, and its tables."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from builders.suites import suite_race
from evenfold.errors import ResultsError
from evenfold.stats.race_ratios import judge
from evenfold.suite.files import SUITE_FILE, find_suite_race, read_suite_races
from evenfold.suite.record import BenchmarkSamples
from evenfold.suite.tables import (
    suite_caption,
    suite_conclusion,
    suite_json,
    suite_next_command,
    suite_numbers,
    suite_table,
    suite_text,
)

FILE = "m/suites/one.json"


def test_a_race_is_read_as_it_was_written(tmp_path):
    race = suite_race()
    SUITE_FILE.write(tmp_path / FILE, race)
    assert SUITE_FILE.read(tmp_path / FILE) == race
    assert read_suite_races([tmp_path]) == ([(tmp_path / FILE, race)], [])
    assert find_suite_race("one", [tmp_path]) == tmp_path / FILE
    with pytest.raises(ResultsError, match="did you mean 'one'"):
        find_suite_race("onn", [tmp_path])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content["launches"].clear(), "it has none"),
        (lambda content: content["benchmarks"].pop(), "expected those of 1 benchmarks"),
        (lambda content: content["launches"][0]["samples"][1]["order"].pop(), "every contender"),
        (lambda content: content["launches"][0]["samples"][1]["seconds"].pop(), "one value for"),
        (lambda content: content["contenders"].pop(), "two or more of different names"),
        (lambda content: content["benchmarks"][0].update(name="a\x1b"), "cannot be printed"),
        (lambda content: content["settings"].update(confidence=2), "out of range"),
        (lambda content: content.update(name="../x"), "is not a suite's race: use"),
        (lambda content: content.update(schema=9), "has schema 9"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(tmp_path, change, message):
    SUITE_FILE.write(tmp_path / FILE, suite_race())
    content = json.loads((tmp_path / FILE).read_text())
    change(content)
    (tmp_path / FILE).write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=message):
        SUITE_FILE.read(tmp_path / FILE)


def test_the_error_is_shared_by_all_benchmarks():
    """Each of two benchmarks has half of the error, so that its intervals are wider."""
    race = suite_race()
    assert race.confidence == pytest.approx(0.995)
    alone = judge(race.timed_blocks(0), 0.02, 5)[0]
    shared = race.ratios[0][0]
    assert shared.low < alone.low < shared.estimate == alone.estimate
    assert race.timed_blocks(0)[0].places.tolist() == [[1, 0], [0, 1]] * 2


def test_each_benchmark_has_its_verdict():
    race = suite_race((1.0, 1.1, 0.9))
    assert [ratio.verdict for ratio in race.all_ratios] == ["equivalent", "slower", "faster"]
    assert race.is_slower
    assert race.is_decided
    assert list(race.without_evidence) == ["test_1 of head"]
    assert not suite_race((1.0,)).is_slower


def test_a_race_that_ended_between_looks_is_undecided():
    race = suite_race(judged=())
    assert {ratio.verdict for ratio in race.all_ratios} == {"undecided"}
    assert not race.is_settled
    assert not race.is_slower


def test_a_benchmark_that_fails_leaves_the_race_with_its_samples():
    race = suite_race((1.0, 1.1)).without("test_0", "head: it failed")
    assert [benchmark.name for benchmark in race.benchmarks] == ["test_1"]
    assert race.ratios[0][0].verdict == "slower"
    assert race.unraced[-1].reason == "head: it failed"


def test_a_benchmark_that_failed_lacks_evidence_and_one_that_is_skipped_does_not():
    race = suite_race((1.0, 1.0, 1.0)).without("test_0", "head: it failed", has_failed=True)
    race = race.without("test_1", "head is skipped here: not here")
    assert race.failed == ["test_0"]
    assert race.without_evidence == {"test_0": "failed"}


def test_the_conclusion_comes_first_and_names_what_changed():
    race = suite_race((1.0, 1.1, 1.0))
    text = suite_text(race, "markdown")
    conclusion = (
        r"3 benchmarks, head against base: 1 is slower by more than 2 % \(test\_1\); "
        "2 take as long, within 2 %."
    )
    assert text.startswith(suite_conclusion(race, "markdown"))
    assert suite_conclusion(race) == conclusion.replace("\\", "")
    assert "Not raced: test_new (only head has it)." in " ".join(suite_caption(race).split())
    assert "hold together with 99 %" in " ".join(suite_caption(race).split())


def test_the_table_has_a_row_for_each_benchmark():
    race = suite_race()
    first, second = race.benchmarks
    changed = replace(race, benchmarks=(first, replace(second, changed=True)))
    table = suite_table(changed)
    assert list(table["benchmark"]) == ["test_0", "test_1 (its code differs)"]
    assert list(table["verdict"]) == ["equivalent", "slower"]
    assert "differs between contenders" in " ".join(suite_caption(changed).split())
    assert "contender" not in table


def test_the_picture_names_the_contender_where_there_are_several():
    race = suite_race((1.0,))
    third = replace(race.contenders[1], name="third")
    order, seconds = (0, 1, 2, 2, 1, 0), (1.0, 1.1, 1.2, 1.2, 1.1, 1.0)
    launches = tuple(
        replace(launch, samples=(BenchmarkSamples(order, seconds),)) for launch in race.launches
    )
    race = replace(race, contenders=(*race.contenders, third), launches=launches)
    lines = suite_text(race, "table").splitlines()
    assert [line.split("  ")[0] for line in lines if line.startswith("test_0 in")] == [
        "test_0 in head", "test_0 in third"
    ]  # fmt: skip


def test_numbers_and_json_are_not_formatted():
    race = suite_race()
    numbers = suite_numbers([race])
    assert numbers["ratio"][1] == pytest.approx(1.1, rel=1e-3)
    content = json.loads(suite_json(race))
    assert content["benchmarks"][1]["verdict"] == "slower"
    assert content["unraced"] == [{"benchmark": "test_new", "reason": "only head has it"}]
    json.loads(suite_json(suite_race(launches=1, judged=())), parse_constant=pytest.fail)


def test_the_next_command_continues_an_open_race(tmp_path):
    file = tmp_path / "m" / "suites" / "one.json"
    assert suite_next_command(suite_race(), file) == f"evenfold report --results {tmp_path}"
    assert suite_next_command(suite_race(judged=()), file) == (
        f"evenfold race --suite bench/test_mine.py --continue {file} --budget 18s"
    )
    given = suite_next_command(suite_race(judged=()), file, ["e=a b/python", "o=p"])
    assert given.endswith(f"--continue {file} --env 'e=a b/python' --env o=p --budget 18s")


WRONG = (None, True, -1, 0, 10**30, 1.5, "x", "\x1b", [], {}, [[]])


def places(content, path=()):
    """Paths of all values of a record; of a list, those of its first."""
    items = content.items() if isinstance(content, dict) else enumerate(content[:1])
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*path, key))


def test_every_wrong_value_is_refused_by_a_message_or_can_be_shown(tmp_path):
    SUITE_FILE.write(tmp_path / FILE, suite_race((1.0,), launches=2, judged=(2,)))
    sound = (tmp_path / FILE).read_text()
    refused = []
    for path in places(json.loads(sound)):
        for wrong in WRONG:
            content = json.loads(sound)
            part = content
            for key in path[:-1]:
                part = part[key]
            part[path[-1]] = wrong
            (tmp_path / FILE).write_text(json.dumps(content))
            try:
                race = SUITE_FILE.read(tmp_path / FILE)
            except ResultsError as error:
                refused.append(str(error))
            else:
                assert suite_text(race, "markdown")
                assert suite_text(race, "csv")
                assert suite_next_command(race, tmp_path / FILE)
    assert len(refused) > 200
    assert all(str(tmp_path / FILE) in message for message in refused)
