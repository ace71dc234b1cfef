"""Findings: codes, their page, how they are silenced, and how many lines they take."""

from __future__ import annotations

import re

import pytest

from builders import ROOT
from evenfold.check.options import CheckOptions
from evenfold.diagnostics.finding import (
    CODE_ERROR,
    CODES,
    STUDY_ERROR,
    TESTED,
    Finding,
    finding_from_json,
    finding_lines,
    require_codes,
    without_silenced,
    without_silenced_notes,
)
from evenfold.diagnostics.silence import silenced_codes
from evenfold.errors import UsageError
from evenfold.score.options import ScoreOptions

PAGE = ROOT / "docs" / "reference" / "diagnostics.md"
ONE, OTHER = Finding("EF003", "t.csv, column 'a': looks like an id", ("a",)), Finding("EF001", "x")


def test_every_code_has_a_section_of_its_page_that_says_what_to_do_and_how_to_silence_it():
    text = PAGE.read_text(encoding="utf-8")
    parts = re.split(r"^\(EF", text, flags=re.M)[1:]
    sections = {f"EF{part[:3]}": " ".join(part.split()) for part in parts}
    assert list(CODES) == list(sections)
    for code, section in sections.items():
        assert f"## {code}: {CODES[code]}" in section
        assert "**What to do.**" in section
        assert f"--silence {code}" in section


def test_tests_of_a_study_share_its_error():
    assert CODE_ERROR * len(TESTED) == pytest.approx(STUDY_ERROR)
    assert set(TESTED) <= set(CODES)


def test_codes_are_known_in_capitals_and_each_once():
    assert ("EF001", "EF003") == require_codes(["ef003", "EF001", "EF003"], "--silence")


@pytest.mark.parametrize("make", [ScoreOptions, lambda silence: CheckOptions((), (), True,
                                                                            silence=silence)])  # fmt: skip # noqa: E501
def test_an_unknown_code_is_refused(make):
    with pytest.raises(UsageError, match=r"--silence: no diagnostic has the code 'EF099'"):
        make(silence=("EF099",))


def test_a_check_of_models_has_nothing_to_silence():
    with pytest.raises(UsageError, match="--silence cannot apply"):
        CheckOptions(silence=("EF001",))


def test_a_project_silences_codes(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.evenfold]\nsilence = ["EF012"]\n')
    assert ("EF003", "EF012") == silenced_codes(["EF003"], tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.evenfold]\nsilence = ["EF12"]\n')
    with pytest.raises(UsageError, match=r"\[tool.evenfold\] silence: no diagnostic has the code"):
        silenced_codes([], tmp_path)


def test_silenced_findings_and_notes_are_left_out_and_the_others_sorted():
    assert (OTHER, ONE) == without_silenced([ONE, OTHER], [])
    assert (OTHER,) == without_silenced([ONE, OTHER], ["EF003"])
    notes = [ONE.note, "another note"]
    assert notes == without_silenced_notes(notes, ["EF001"])
    assert ["another note"] == without_silenced_notes(notes, ["EF003"])


def test_lines_begin_with_a_heading_and_a_code_has_a_few():
    assert [] == finding_lines([])
    many = [Finding("EF003", f"column {n}") for n in range(5)]
    first, *lines, last = finding_lines([OTHER, *many])
    assert "What may be wrong with this study:" == first
    codes = [*(f"EF003 column {n}" for n in range(3)), "EF003 and 2 more of this kind"]
    assert ["EF001 x", *codes] == lines
    assert "--silence EF001 hides one" in last


def test_a_finding_is_read_as_it_was_written():
    assert ONE == finding_from_json(ONE.to_json())


def test_a_finding_on_models_can_be_about_some_of_them():
    both = Finding("EF011", "a and b: not shown to be better", ("a", "b"))
    assert both.about(["b", "c"]) == Finding("EF011", "b: not shown to be better", ("b",))
    assert both.about(["a", "b", "c"]) == both
    assert both.about(["c"]) is None
    assert OTHER.about(["a"]) is None
    late = Finding(
        "EF007", "a (best at epoch 3 of 9) and b (best at epoch 2 of 9): rises", ("a", "b")
    )
    assert late.about(["a"]) is None
    assert late.about(["a", "b"]) == late
    many = Finding("EF012", "a, b, c, d, e and 1 more: no", tuple("abcdef"))
    assert many.about("ef").message == "e and f: no"
