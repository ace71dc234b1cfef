"""Bisects as they are saved: whole, continued, and damaged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from builders.bisects import SCORES, TIMES, Comparer, finished, started
from evenfold.bisect.record import BISECT_FILE, read_bisects
from evenfold.errors import ResultsError

LEVELS = [0.0] * 5 + [0.1] * 4 + [0.05] * 5


@pytest.mark.parametrize("settings", [TIMES, SCORES])
def test_a_bisect_is_read_as_it_was_written(settings, tmp_path):
    file = tmp_path / "m" / "bisects" / "aa.json"
    bisect = finished(LEVELS, settings)
    BISECT_FILE.write(file, bisect)
    assert ([bisect], []) == read_bisects([tmp_path])
    assert BISECT_FILE.read(file).is_complete


def test_an_interrupted_bisect_goes_on_with_the_same_comparisons():
    whole = finished(LEVELS)
    for made in range(1, len(whole.steps)):
        part = replace(whole, steps=whole.steps[:made])
        assert not part.is_complete
        comparer = Comparer(part, LEVELS)
        part.new_search(comparer).run()
        assert whole == comparer.bisect
        assert comparer.calls == len(whole.steps) - made


def test_the_answer_of_a_record_is_that_of_its_search():
    whole = finished(LEVELS)
    assert [(4, 5), (8, 9)] == [(c.first, c.last) for c in whole.search.changes]
    assert started(LEVELS).search.steps == []


def test_versions_that_were_left_out_stay_so():
    bisect = finished(LEVELS, unusable=(4, 8))
    assert bisect.is_complete
    assert [(3, 5), (7, 9)] == [(c.first, c.last) for c in bisect.search.changes]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("schema",), 2, "schema 2"),
        (("settings", "error"), 0, "out of range"),
        (("settings", "margin"), float("nan"), "margin"),
        (("settings", "metric"), "accuracy", "metric"),
        (("settings", "quantity"), "minutes", "quantity"),
        (("name",), "../aa", "name"),
        (("versions",), [], "two or more"),
        (("versions", 0, "unusable"), "why", "end of the path"),
        (("versions", 1, "name"), "tf2.3", "different names"),
        (("versions", 1, "note"), "\x1b[31m", "printed"),
        (("steps", 0, "first"), 99, "not on the path"),
        (("steps", 0, "low"), -1, "no numbers"),
        (("steps", 0, "estimate"), 9.0, "not in its interval"),
        (("steps", 1, "last"), 5, "not those of a search"),
        (("steps", 0, "race"), "/etc/passwd", "race"),
        (("steps", 0, "error"), 2, "no share"),
    ],
)
def test_a_damaged_bisect_ends_in_one_sentence(path, value, message, tmp_path):
    file = tmp_path / "bisects" / "aa.json"
    BISECT_FILE.write(file, finished(LEVELS))
    content = json.loads(file.read_text())
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    file.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=message):
        BISECT_FILE.read(file)
    _, (problem,) = read_bisects([tmp_path])
    assert str(file) in problem
