"""A small folder of results with every kind of record, which is sound."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from functools import cache
from typing import Any

import numpy as np

from commands import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from builders.race_history import many_past_races
from builders.suites import suite_race
from builders.upgrades import result

RESULTS = ROOT / "results" / "epyc-2c"
RACE = "m/races/r.json"
STUDY = "m/e/scores/d.kfold2x2"
OF_STUDY = tuple(f"{STUDY}.{end}" for end in (
    "csv", "environment.json", "predictions.npz", "history.npz"
))  # fmt: skip
# Records of experiments, and where one is committed.
EXPERIMENTS = ("scaling", "race_errors_cpu", "simulate_races", "score_errors", "simulate_bisect",
               "diagnostics", "settle")  # fmt: skip
# The files of the results without which another one is not read; by default a race.
BESIDE = {
    "m/e/bench.json": ("m/e/environment.json",),
    "m/e/environment.json": ("m/e/bench.json",),
    "answers.md.j2": OF_STUDY,
    **dict.fromkeys(OF_STUDY, OF_STUDY),
}


@cache
def sound_results() -> dict[str, bytes]:
    """Return a small folder of results with every kind of record, by path."""
    environment = json.loads((RESULTS / "tf2.8" / "environment.json").read_text())
    environment |= {"name": "e", "machine": "m"}
    study = {
        **environment, "models": ["one", "two"], "reference": "one", "skipped": {"no": "why"},
        "data": "abc",
        "duplicates": {"splits": 4, "shared_rows": 1, "test_rows": 8, "conflicting_rows": 0},
    }  # fmt: skip
    bench = json.loads((RESULTS / "tf2.8" / "bench.json").read_text())
    kinds = {entry["extra_info"]["kind"]: entry for entry in bench["benchmarks"]}
    for entry in kinds.values():
        entry["stats"]["data"] = entry["stats"].get("data", [])[:3]
    entries = [{n: e[n] for n in ("name", "extra_info", "stats")} for e in kinds.values()]
    bench = {"evenfold": bench["evenfold"], "benchmarks": entries}
    race = json.loads((RESULTS / "races" / "versions-epoch.json").read_text())
    race |= {"name": "r", "machine": "m", "launches": race["launches"][:3], "judged": [3]}
    files: dict[str, bytes] = {
        "m/e/environment.json": json.dumps(environment).encode(),
        "m/e/bench.json": json.dumps(bench).encode(),
        "m/e/scores/d.kfold2x2.environment.json": json.dumps(study).encode(),
        "m/races/r.json": json.dumps(race).encode(),
        "m/upgrades/u.json": json.dumps(_upgrade()).encode(),
        "answers.md.j2": b'{% set s = "e/d/kfold2x2" %}Text {{ score(s, "one") }}.\n',
        **_scores(),
    }
    for name in EXPERIMENTS:
        found = next((ROOT / "results").rglob(f"experiments/{name}.json"))
        files[f"m/experiments/{name}.json"] = found.read_bytes()
    files |= {f".benchmarks/{name}.json": text for name, text in _other_tools().items()}
    files["m/bisects/b.json"] = _bisect()
    files["m/suites/test_mine-base-vs-head.json"] = _suite()
    files["m/experiments/suite_errors.json"] = _suite_errors()
    return files


def _scores() -> dict[str, bytes]:
    """Return the files of a study of two models on two repeats of two folds."""
    from evenfold.stats.metric_names import METRIC_NAMES

    head = ["model", "dataset", "protocol", "split", "seed", "engine", *METRIC_NAMES, "fit_seconds",
            "peak_bytes", "data", "rows"]  # fmt: skip
    rng = np.random.default_rng(0)
    lines, arrays, histories = [",".join(head)], {}, {}
    for model in ("one", "two"):
        for split in ("r0f0", "r0f1", "r1f0", "r1f1"):
            scores = ",".join(f"{value:.3f}" for value in rng.random(len(METRIC_NAMES)))
            lines.append(f"{model},d,kfold2x2,{split},7,keras,{scores},1.5,100,abc,rows-{split}")
            p = rng.random(4)
            arrays[f"{model}/{split}/7"] = np.column_stack([p, 1 - p])
            arrays[f"y/{split}"] = np.array([0, 1, 0, 1])
            arrays[f"rows/{split}"] = np.arange(4) + 4 * (split[-1] == "1")
            histories[f"{model}/{split}/7/loss"] = rng.random(3)
    arrays |= {"classes": np.array(["n", "p"]), "positive": np.array(1)}
    return {
        f"{STUDY}.csv": "\n".join([*lines, ""]).encode(),
        f"{STUDY}.predictions.npz": npz(arrays),
        f"{STUDY}.history.npz": npz(histories),
    }


def _upgrade() -> Any:
    """Return the content of a saved upgrade of three models."""
    from evenfold.upgrade.files import SCHEMA, UPGRADE_FILE
    from evenfold.upgrade.record import upgrade_record

    fields = UPGRADE_FILE.to_fields(upgrade_record(result(), "u"))
    return json.loads(json.dumps({"schema": SCHEMA, **fields}))


def _suite() -> bytes:
    """Return the race of a suite of two benchmarks."""
    from evenfold.suite.files import SUITE_FILE, SUITE_SCHEMA

    fields = SUITE_FILE.to_fields(suite_race(launches=3, judged=(3,), planned=3))
    return json.dumps({"schema": SUITE_SCHEMA, **fields}).encode()


def _suite_errors() -> bytes:
    """Return the record of a suite's races and runs, without added time and with some."""
    from evenfold.suite.error_record import GateTrial, SuiteErrors, SuiteTrial

    environment = {"machine": "m", "name": "e", "versions": {}, "flags": {}, "python": "3.13.0"}
    errors = SuiteErrors(
        environment, "a 1.0, bench/test_a.py", "wall", 0.01, 45.0, "median:3%",
        trials=(
            SuiteTrial(0.0, (1.0, 1.0, 1.03), ("equivalent", "undecided", "slower"), 12, 45.0),
            SuiteTrial(0.05, (1.05, 1.0, 0.9), ("slower", "equivalent", "faster"), 12, 45.0),
        ),
        gate_trials=(GateTrial(0.0, (1.04,), (True,), 2.0), GateTrial(0.05, (1.05,), (True,), 2.0)),
    )  # fmt: skip
    return json.dumps({"schema": 1, **dataclasses.asdict(errors)}).encode()


def past_races() -> Any:
    """Return the content of a history of races of a contender against itself."""
    from evenfold.race.history import HISTORY_FILE, SCHEMA, MachineHistory

    fields = HISTORY_FILE.to_fields(MachineHistory("m", many_past_races(5)))
    return json.loads(json.dumps({"schema": SCHEMA, **fields}))


def _bisect() -> bytes:
    """A bisect of four versions with one change."""
    from evenfold.bisect.record import Bisect, BisectSettings, BisectStep, BisectVersion

    settings = BisectSettings(
        "one", "d", "abc", "epoch", 0.02, 0.05, False, 0, "wall", None, 1, 60.0
    )
    versions = tuple(BisectVersion(f"v{n}", f"one@v{n}", "d", "A note") for n in range(4))
    bisect = Bisect("b", "m", settings, versions)

    def compare(first: int, last: int, error: float) -> tuple[float, float]:
        nonlocal bisect
        ratio = 1.5 if first < 2 <= last else 1.0
        ends = (ratio, ratio / 1.001, ratio * 1.001)
        step = BisectStep(first, last, *ends, error, f"b-{first}-{last}", 8)
        bisect = bisect.with_step(step)
        return bisect.ends(step)

    bisect.new_search(compare).run()
    return json.dumps({"schema": 1, **dataclasses.asdict(bisect)}).encode()


def _other_tools() -> dict[str, bytes]:
    """A file of pytest-benchmark and one of asv."""
    cpu = {"brand_raw": "AMD EPYC", "count": 2}
    benchmark = {
        "machine_info": {"node": "n", "cpu": cpu}, "commit_info": {"id": "abc"},
        "benchmarks": [{"fullname": "t.py::test", "stats": {"median": 0.01}}],
        "datetime": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    asv = {
        "version": 2, "commit_hash": "abc", "env_name": "py", "date": 1_700_000_000_000,
        "params": {"machine": "m", "cpu": "AMD"}, "result_columns": ["result", "params"],
        "results": {"s.time_x": [[0.1, 0.2], [["1", "2"]]]},
    }  # fmt: skip
    return {
        "pytest_benchmark": json.dumps(benchmark).encode(), "asv": json.dumps(asv).encode(),
    }  # fmt: skip


def npz(arrays: dict[str, Any]) -> bytes:
    """Return a file of arrays that are not compressed, so that changes of bytes reach them."""
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()
