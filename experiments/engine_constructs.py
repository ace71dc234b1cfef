"""The compiled engine and stock ``fit`` on every construct, in this environment.

``python experiments/engine_constructs.py`` compares them on every construct of
``tests/builders/constructs*.py``, with the engine as it is and broken on purpose. It starts a
process for each batch of constructs, prints a line for each construct, and writes
``results/experiments/engine_constructs.<environment>.json``. Exit code 1 if a construct is wrong or
its breakage is not noticed. ``python experiments/engine_table.py`` then writes ``docs/engine.md``.
"""

from __future__ import annotations

import gc
import json
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from builders.constructs import all_constructs, find_construct  # noqa: E402
from commands import argument_parser  # noqa: E402
from construct_records import (  # noqa: E402
    CONSTRUCT_STUDIES,
    FOLDER,
    LEVEL,
    ConstructResult,
    ConstructStudy,
    judged_by_holm,
    record_file,
)


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the record")
    parser.add_argument("--batch", type=int, default=30, help="constructs a process (default: 30)")
    parser.add_argument("--only", default="", help="part of the names to compare (default: all)")
    parser.add_argument(
        "--continue", dest="go_on", action="store_true",
        help="keep what the record has of this engine and these versions, and compare the rest",
    )  # fmt: skip
    parser.add_argument("--sound", action="store_true", help="do not break the engine")
    parser.add_argument(
        "--measure", nargs="+", metavar="NAME", help="compare these in this process"
    )
    parser.add_argument("--part", type=Path, help="file that --measure appends lines to")
    options = parser.parse_args()
    if options.measure:
        return measure(options.measure, options.part, not options.sound)
    expected = [c.name for c in all_constructs() if options.only in c.name]
    study = described([], 0.0)
    file = record_file(study.environment, options.folder)
    if options.go_on and file.exists():
        study = kept(CONSTRUCT_STUDIES.read(file), study, expected)
    before, started = study.seconds, perf_counter()
    names = [name for name in expected if name not in {r.name for r in study.constructs}]
    for i in range(0, len(names), options.batch):
        results = [*study.constructs, *run_batch(names[i : i + options.batch], options.sound)]
        results.sort(key=lambda result: expected.index(result.name))
        judged = judged_by_holm(results, LEVEL)
        study = described(judged, before + perf_counter() - started)
        CONSTRUCT_STUDIES.write(file, study)
    return report(study, len(expected))


def kept(old: ConstructStudy, new: ConstructStudy, names: list[str]) -> ConstructStudy:
    """What an old record has of the same engine and versions, without what was wrong."""
    same = ("environment", "tensorflow", "keras", "engine_version", "seeds", "level")
    if any(getattr(old, field) != getattr(new, field) for field in same):
        return new
    keep = [
        result
        for result in old.constructs
        if result.name in names
        and result.status != "wrong"
        and (result.status != "equal" or result.caught)
    ]
    return replace(new, constructs=keep, seconds=old.seconds)


def run_batch(names: list[str], sound: bool) -> list[ConstructResult]:
    """Compare constructs in a process of their own; one that ends the process is wrong."""
    results: list[ConstructResult] = []
    while len(results) < len(names):
        results += run_process(names[len(results) :], sound)
        if len(results) < len(names):
            culprit = find_construct(names[len(results)])
            reason = "the process ended"
            results.append(ConstructResult(culprit.name, culprit.group, "wrong", 0.0, reason))
    return results


def run_process(names: list[str], sound: bool) -> list[ConstructResult]:
    """The results of one process, perhaps not of all constructs."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part"
        rest = ["--sound"] if sound else []
        command = [sys.executable, __file__, "--part", str(part), *rest, "--measure", *names]
        subprocess.run(command, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
        lines = part.read_text(encoding="utf-8").splitlines() if part.exists() else []
    return [ConstructResult(**json.loads(line)) for line in lines]


def measure(names: list[str], part: Path | None, break_too: bool) -> int:
    """Compare constructs in this process, and append one line of JSON for each."""
    from engine_comparison import compare
    from evenfold.worker.device import open_framework

    framework = open_framework(threads=1)
    gc.collect()
    gc.freeze()  # Keras collects garbage after each construct: not in what was imported
    for name in names:
        started = perf_counter()
        result = compare(find_construct(name), framework, break_too=break_too)
        fields = {key: rounded(value) for key, value in asdict(result).items()}
        if part is not None:
            with part.open("a", encoding="utf-8") as out:
                out.write(json.dumps(fields) + "\n")
        print(f"{line_of(result)} ({perf_counter() - started:.1f} s)", file=sys.stderr, flush=True)
    return 0


def line_of(result: ConstructResult) -> str:
    """A construct's result as one line of text."""
    caught = {None: "", True: "caught", False: "NOT CAUGHT: " + result.caught_by}[result.caught]
    p = "" if result.p is None else f"p = {result.p:.2g}"
    parts = f"{p} {caught} {result.differs} {result.reason}"
    return f"{result.name:52} {result.status:20} {result.difference or 0:9.1e} {parts}"


def rounded(value: Any) -> Any:
    """Numbers to two digits, for records that change little; None for what is not finite."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.2g}") if math.isfinite(value) else None


def described(results: list[ConstructResult], seconds: float) -> ConstructStudy:
    """The record of this environment."""
    import keras
    import tensorflow as tf

    from evenfold.worker.backends.tensorflow import environment_name
    from evenfold.worker.engines.choice import VERSIONS
    from training_differences import SEEDS, detectable_shift

    tested = sum(result.p is not None for result in results)
    return ConstructStudy(
        environment=environment_name({"tensorflow": tf.__version__}),
        tensorflow=tf.__version__,
        keras=keras.__version__,
        engine_version=VERSIONS["tensorflow"],
        seeds=SEEDS,
        level=LEVEL,
        shift=round(detectable_shift(LEVEL / max(tested, 1)), 2),
        seconds=round(seconds),
        constructs=results,
    )


def report(study: ConstructStudy, expected: int) -> int:
    """Print what is wrong, and return the exit code."""
    wrong = [r.name for r in study.constructs if r.status == "wrong"]
    missed = [r.name for r in study.constructs if r.caught is False]
    missing = expected - len(study.constructs)
    print(f"{len(study.constructs)} constructs in {study.seconds:.0f} s; wrong: {wrong or 'none'}; "
          f"breakage not noticed: {missed or 'none'}; without a result: {missing}")  # fmt: skip
    return int(bool(wrong or missed or missing))


if __name__ == "__main__":
    sys.exit(main())
