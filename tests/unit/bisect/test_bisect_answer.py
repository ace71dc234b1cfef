"""The results of ``evenfold.bisect`` and ``evenfold.history`` in Python."""

from __future__ import annotations

import json

import pytest

import evenfold
from builders.bisects import finished
from builders.other_tools import benchmark_run
from evenfold.bisect.answer import BisectAnswer
from evenfold.errors import ResultsError, UsageError


def test_an_answer_has_text_numbers_and_html(tmp_path):
    bisect = finished([0.0] * 5 + [0.1] * 4)
    answer = BisectAnswer(bisect, tmp_path / "aa.json")
    assert [("tf2.7", "tf2.8")] == answer.changes
    assert answer.conclusion in repr(answer)
    assert len(answer.table) == len(answer.text_table) == len(bisect.steps)
    html = answer._repr_html_()
    assert "<svg" in html
    assert "the change" in html
    assert "95 %" in answer.caption


def test_wrong_arguments_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"FIRST\.\.LAST MODEL"):
        evenfold.bisect("tf2.3", "majority", results=tmp_path)
    with pytest.raises(UsageError, match="--via"):
        evenfold.bisect("old", "new", "majority", results=tmp_path)
    with pytest.raises(ResultsError, match="there is no"):
        evenfold.history(tmp_path / "nothing")
    with pytest.raises(ResultsError, match="no two results"):
        evenfold.history(tmp_path)


def test_a_history_has_text_numbers_and_html(tmp_path):
    (tmp_path / ".benchmarks").mkdir()
    for day in (1, 2):
        file = tmp_path / ".benchmarks" / f"{day}.json"
        file.write_text(json.dumps(benchmark_run(0.01, day, "t.py::test_<i>")))
    found = evenfold.history(tmp_path, margin="3%", rate=0.01)
    assert 2 == len(found.table)
    assert "3 % for times" in found.caption
    assert found.conclusion == "None of 1 series changed by more than the margin."
    assert "sequential" in repr(found)
    assert "<i>" not in found._repr_html_()
