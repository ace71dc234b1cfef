"""Every reader of ``experiments/fuzz.py`` on a few examples: nothing but messages for the user."""

from __future__ import annotations

import json
import sys

import pytest

from builders import ROOT

sys.path.insert(0, str(ROOT / "experiments"))
import fuzz

EXAMPLES = {"csv": 30, "npz": 30, "ts": 30, "contender": 100, "pyproject": 60, "store": 30}


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_a_reader_raises_nothing_but_messages(name):
    counts = fuzz.run_target(fuzz.TARGETS[name], EXAMPLES.get(name, 12), seed=0)
    assert counts["examples"]


@pytest.mark.parametrize(
    "name", ["csv", "npz", "ts", "pyproject", "store", "bench", "race", "scores", "predictions"]
)
def test_what_is_not_changed_is_accepted(name, tmp_path):
    sound = {"csv": fuzz.CSV, "ts": fuzz.TS, "pyproject": fuzz.SETTINGS}
    if name == "npz":
        example = fuzz.npz({"x": fuzz.np.ones((6, 3, 2)), "y": fuzz.np.arange(6) % 2})
    elif name == "store":
        example = ("bytes", fuzz._store())
    elif name in ("bench", "race"):
        example = json.loads(fuzz.sound_results()[{"bench": "m/e/bench.json",
                                                   "race": "m/races/r.json"}[name]])  # fmt: skip
    elif name in ("scores", "predictions"):
        suffix = "csv" if name == "scores" else "predictions.npz"
        example = fuzz.sound_results()[f"{fuzz.STUDY}.{suffix}"]
    else:
        example = sound[name]
    assert fuzz.TARGETS[name].read(example, tmp_path)


# Every field of every kind of record, by every kind of wrong value.
RECORDS = {
    "bench": "m/e/bench.json",
    "environment": "m/e/environment.json",
    "study": f"{fuzz.STUDY}.environment.json",
    "race": "m/races/r.json",
    **{name: f"m/experiments/{name}.json" for name in fuzz.EXPERIMENTS},
}
