"""Exit codes of score and compare: a verdict (1) goes before what is missing (3)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from builders import ROOT
from builders.predicted_studies import predicted_study
from builders.saved_studies import save_study
from evenfold.cli.compare import compare_command
from evenfold.cli.score import score_command
from evenfold.cli.upgrade import upgrade_command
from evenfold.errors import UsageError
from evenfold.score import compare_models
from evenfold.score.comparison import ScoreComparison
from evenfold.stats.score_intervals import Design

DESIGN = Design(4, 5)
GATES = {
    "worse": ["--fail-on", "worse"],
    "evidence": ["--require", "not-worse"],
    "none": [],
}


def study(order=("good", "bad"), without=()):
    """A clearly worse model; some models may have no fits, and the last fits may be missing."""
    made = predicted_study({"good": 0.95, "bad": 0.6}, DESIGN, order=order)
    return replace(made, scores=made.scores[~made.scores["model"].isin(without)])


def cut(made):
    return replace(made, scores=made.scores.iloc[:-2])


def compared(made, folder, gate):
    save_study(made, folder)
    return compare_command.main([str(folder), *GATES[gate]], standalone_mode=False)


def scored(made, monkeypatch, gate):
    """The exit code of a study with the scores of a saved one."""
    result = ScoreComparison(
        scores=made.scores.assign(dataset="beads", protocol="x", peak_bytes=1),
        models=made.models, metric="accuracy", design=DESIGN, rope=None, failed=[], skipped={},
        file=Path("x"), tested=made.model_scores.tested,
    )  # fmt: skip
    monkeypatch.setattr(compare_models, "score_models", lambda *_: result)
    monkeypatch.setattr("evenfold.cli.score.announcement", lambda *_: "good and bad")
    return score_command.main(["good", "bad", *GATES[gate]], standalone_mode=False)


@pytest.mark.parametrize(("gate", "code"), [("worse", 1), ("evidence", 1), ("none", 3)])
def test_a_verdict_goes_before_missing_fits(tmp_path, monkeypatch, gate, code):
    assert compared(cut(study()), tmp_path, gate) == code
    assert scored(cut(study()), monkeypatch, gate) == code


@pytest.mark.parametrize(("gate", "code"), [("worse", 3), ("evidence", 1), ("none", 3)])
def test_a_reference_without_scores_is_incomplete(tmp_path, monkeypatch, gate, code):
    """Nothing is worse, because nothing is compared: that is no success."""
    without = study(without=["good"])
    assert compared(without, tmp_path, gate) == code
    assert scored(without, monkeypatch, gate) == code


def test_no_comparison_at_all_is_no_success(tmp_path):
    """A holdout of an older evenfold has no intervals, and so no verdict."""
    made = predicted_study({"good": 0.95, "bad": 0.6}, Design(1, 5), order=("good", "bad"))
    arrays = {n: v for n, v in made.read_predictions().items() if not n.startswith("rows/")}
    older = replace(made, arrays=lambda: arrays)
    assert compared(older, tmp_path / "a", "worse") == 3
    assert compared(older, tmp_path / "b", "none") == 0
    # A second study, of which no model is worse, does not make up for it.
    save_study(predicted_study({"a": 0.9, "b": 0.9}, DESIGN), tmp_path / "a")
    assert compare_command.main([str(tmp_path / "a"), *GATES["worse"]], standalone_mode=False) == 3


def test_the_method_of_overlapping_folds_is_refused_for_a_holdout(tmp_path):
    """As score refuses it: there would be no interval, and no gate could fail."""
    save_study(predicted_study({"good": 0.95, "bad": 0.6}, Design(1, 5)), tmp_path)
    arguments = [str(tmp_path), "--interval", "nadeau-bengio"]
    with pytest.raises(UsageError, match=r"is about overlapping folds, and .* has a holdout"):
        compare_command.main(arguments, standalone_mode=False)


@pytest.mark.parametrize("command", [score_command, compare_command, upgrade_command])
def test_the_help_states_the_order(command):
    assert "If both 1 and 3 apply, it is 1." in " ".join(command.help.split())


INTERRUPTED_IMPORT = """
import sys
from evenfold.__main__ import run

class Interrupting:
    def find_spec(self, name, *_):
        if name == "click":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
run()
"""


def test_ctrl_c_while_the_command_line_is_imported_is_a_sentence():
    command = [sys.executable, "-c", INTERRUPTED_IMPORT]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (130, "evenfold: interrupted\n") == (done.returncode, done.stderr)


def test_the_command_starts_where_ctrl_c_is_caught():
    assert '\nevenfold = "evenfold.__main__:run"\n' in (ROOT / "pyproject.toml").read_text()
