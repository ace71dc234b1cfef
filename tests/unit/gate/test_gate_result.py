"""The headline and the exit code of a gate follow from its parts, and its text shows both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders.predicted_studies import predicted_study
from builders.races import race
from evenfold.diagnostics.finding import Finding
from evenfold.gate.comment import write_comment, write_failure
from evenfold.gate.result import GateResult, Unmeasured, without_accuracy
from evenfold.gate.texts import gate_text
from evenfold.score.comparison import ScoreComparison
from evenfold.stats.score_intervals import Design

DESIGN = Design(4, 5)
BEFORE = "net (origin/main)"


def scores(quality, before=BEFORE, rows_noise=0.0, **fields):
    """The scores of net, whose predictions hit with this probability, beside those of the base."""
    qualities = {before: 0.8, **({} if quality is None else {"net": quality})}
    study = predicted_study(qualities, DESIGN, order=(before, "net"), noise=rows_noise)
    made = ScoreComparison(
        scores=study.scores.assign(dataset="beads", protocol="x", peak_bytes=1),
        models=(before, "net"), metric="accuracy", design=DESIGN, rope=None, failed=[], skipped={},
        file=Path("x"), tested=study.model_scores.tested,
    )  # fmt: skip
    return replace(made, **fields)


SAME, WORSE = scores(0.8), scores(0.4)
OPEN = scores(0.8, rows_noise=0.3)
EVEN, SLOWER = race(), race(1.2)
REFUSED = Unmeasured("a budget of 1 s allows 1 launch: use --budget 9s or more", 2)
DIED = Unmeasured("a worker died", 3)


def gate(**fields):
    return GateResult("net", "origin/main", BEFORE, **fields)


CASES = {
    "same": (gate(scores=SAME, race=EVEN), 0, "Pass: net is not shown to be worse or slower"),
    "worse": (gate(scores=WORSE, race=EVEN), 1, "Fail: net is worse"),
    "slower": (gate(scores=SAME, race=SLOWER), 1, "Fail: net is slower"),
    "both": (gate(scores=WORSE, race=SLOWER), 1, "Fail: net is worse and slower"),
    "unchanged": (
        gate(is_unchanged=True), 0, "Pass: net is as in origin/main, and nothing was measured",
    ),
    "new": (
        replace(gate(scores=SAME), is_new=True, reference="majority"), 0,
        "Pass: net is new, and not shown to be worse than majority",
    ),
    "open": (gate(scores=OPEN, race=EVEN), 0, "Pass: net is not shown to be worse or slower"),
    "evidence": (
        gate(scores=SAME, race=EVEN, requires_evidence=True), 0,
        "Pass: net is not worse, and not shown to be slower",
    ),
    "no evidence": (
        gate(scores=OPEN, race=EVEN, requires_evidence=True), 1,
        "Fail: net is not shown to be at least as good (undecided)",
    ),
    "no race": (
        gate(scores=SAME, unmeasured={"speed": REFUSED}), 3,
        "Fail: the speed of net could not be measured",
    ),
    "worse, no race": (
        gate(scores=WORSE, unmeasured={"speed": DIED}), 1,
        "Fail: net is worse, and the speed of net could not be measured",
    ),
    "nothing": (
        gate(unmeasured={"scores": REFUSED, "speed": REFUSED}), 2,
        "Fail: the scores and speed of net could not be measured",
    ),
    "nothing, a worker died": (
        gate(unmeasured={"scores": REFUSED, "speed": DIED}), 3,
        "Fail: the scores and speed of net could not be measured",
    ),
    "no fit, no race": (
        gate(scores=scores(None, failed=["net: broken (6 fits: first split a)"]),
             unmeasured={"speed": DIED}), 3,
        "Fail: the scores and speed of net could not be measured",
    ),
    "no fit": (
        gate(scores=scores(None), race=EVEN, requires_evidence=True), 1,
        "Fail: the scores of net could not be measured",
    ),
    "failed fits": (
        gate(scores=replace(SAME, failed=["net: broken"]), race=EVEN), 3,
        "Fail: the scores of net are incomplete",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_headline_and_the_exit_code_follow_from_the_parts(case):
    result, code, headline = CASES[case]
    assert (code, headline) == (result.exit_code, result.headline)
    sign = "✅" if code == 0 else "❌"
    assert gate_text(result, "markdown").startswith(f"## {sign} {headline}")
    assert gate_text(result, "table").startswith(headline)


def test_both_tables_name_the_base_alike_and_speed_has_no_accuracy():
    names = ("net (origin/main)", "net")
    pairs = zip(EVEN.contenders, names, strict=True)
    named = replace(EVEN, contenders=tuple(replace(one, name=name) for one, name in pairs))
    text = gate_text(gate(scores=SAME, race=without_accuracy(named)), "markdown")
    scored, _, speed = text.partition("### Speed")
    assert f"\n| {BEFORE} " in scored
    assert f"\n| {BEFORE} " in speed
    assert "ccuracy" not in speed
    assert "ccuracy" in gate_text(gate(scores=SAME, race=named), "markdown").partition("### Spe")[2]


def test_a_finding_is_in_the_comment_once_and_nothing_names_a_place_or_a_next_command():
    finding = Finding("EF003", "t.csv, column 'a': looks like an id")
    result = gate(scores=replace(SAME, findings=(finding,)), race=EVEN)
    text = gate_text(result, "markdown")
    assert 1 == text.count("looks like an id")
    assert "\n- EF003 t.csv" in text
    for word in ("Saved in", "Next:", "evenfold race", str(SAME.file.resolve().parent)):
        assert word not in text


def test_why_a_part_was_not_measured_is_shown_as_it_is():
    hostile = "net: a *fit* <img src=x> failed\n# heading @someone \x1b[31m"
    block = "\n\n    net: a *fit* <img src=x> failed\n    # heading @someone \\x1b[31m"
    failed = gate(scores=replace(SAME, failed=[hostile]), race=EVEN)
    refused = gate(scores=SAME, unmeasured={"speed": Unmeasured(hostile, 3)})
    for result in (failed, refused):
        assert 1 == gate_text(result, "markdown").count(block)


def test_a_reason_of_both_parts_is_shown_once():
    why = Unmeasured("model net (mine/net.py): line 12 is not Python", 2)
    again = Unmeasured(f"net: {why.reason}", 2)
    text = gate_text(gate(unmeasured={"scores": why, "speed": again}), "markdown")
    assert 1 == text.count("is not Python")
    assert "Not measured, for the same reason." in text
    failed = replace(SAME, failed=[f"net: {why.reason} (2 fits: first split r0f0, seed 7)"])
    text = gate_text(gate(scores=failed, unmeasured={"speed": again}), "markdown")
    assert 1 == text.count("is not Python")
    other = Unmeasured("a worker died", 3)
    bare = replace(SAME, failed=["net"])
    assert "    a worker died" in gate_text(gate(scores=bare, unmeasured={"speed": other}), "table")
    assert "    a worker died" in gate_text(
        gate(scores=failed, unmeasured={"speed": other}), "table"
    )


def test_names_are_text_in_markdown():
    base = "x|<b>_y_[z](u)"
    label = f"net ({base})"
    result = GateResult("net", base, label, scores=scores(0.8, label), environment=("a_<b>_.lock",),
                        race=EVEN, former="*net*")  # fmt: skip
    text = gate_text(result, "markdown")
    assert "<b>" not in text
    assert r"x\|&lt;b>" in text
    assert "[z](u)" not in text
    assert r"\*net\*" in text
    heading = gate_text(GateResult("net", base, label, is_unchanged=True), "markdown")
    assert r"as in x\|&lt;b>" in heading.splitlines()[0]


def test_a_changed_environment_is_named_and_its_limit_stated():
    text = gate_text(gate(scores=SAME, race=EVEN, environment=("uv.lock",)), "markdown")
    assert "uv.lock differs from origin/main. Both models ran in the environment of head" in text


def test_of_many_changed_files_a_note_names_a_few():
    files = tuple(f"src/parts/{number}.py" for number in range(9))
    text = gate_text(gate(scores=SAME, race=EVEN, environment=files), "markdown")
    assert "src/parts/4.py and 4 other files differ from origin/main." in text
    assert "src/parts/5.py" not in text


def test_the_comment_begins_with_a_hidden_line(tmp_path):
    file = write_comment("net[epochs=3]", "text", tmp_path)
    assert "<!-- evenfold net[epochs=3] -->\ntext\n" == file.read_text(encoding="utf-8")
    assert tmp_path / ".evenfold" / "gate" / "comment.md" == file
    write_failure("net", f"{tmp_path}/mine/net.py: no", tmp_path)
    assert file.read_text(encoding="utf-8").splitlines() == [
        "<!-- evenfold net -->", "## ❌ Fail: net could not be compared", "",
        "    mine/net.py: no",
    ]  # fmt: skip
