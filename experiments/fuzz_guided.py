"""Examples that follow the lines they reach, by Atheris (libFuzzer), in a process of their own.

``fuzz.py --guided`` runs it. Targets of bytes are given changed bytes of what is sound; the others
get bytes that Hypothesis makes an example of.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

if __name__ == "__main__":
    # Before anything of evenfold is imported: its lines are counted.
    with atheris.instrument_imports(include=["evenfold"]):
        import evenfold.bench.comparison
        import evenfold.config
        import evenfold.data.series
        import evenfold.data.table_files
        import evenfold.data.ts_files
        import evenfold.history.other_tools
        import evenfold.race.contenders
        import evenfold.race.files
        import evenfold.report.page
        import evenfold.report.reading
        import evenfold.runtime.worker_process
        import evenfold.score.runner
        import evenfold.score.store
        import evenfold.score.stored_scores  # noqa: F401 - imported to be instrumented

from hypothesis import HealthCheck, given, settings

import fuzz
from fuzz_readers import stored_fits
from fuzz_results import STUDY, npz, sound_results
from fuzz_targets import CSV, SERIES, SETTINGS, TARGETS, TS
from fuzz_wire import FIT

# What is sound of the targets that are read as bytes.
SOUND: dict[str, Callable[[], bytes]] = {
    "csv": lambda: CSV,
    "npz": lambda: npz(SERIES),
    "ts": lambda: TS,
    "pyproject": lambda: SETTINGS,
    "wire": lambda: json.dumps(FIT).encode() + b"\n",
    "store": stored_fits,
    "scores": lambda: sound_results()[f"{STUDY}.csv"],
    "predictions": lambda: sound_results()[f"{STUDY}.predictions.npz"],
    "history": lambda: sound_results()[f"{STUDY}.history.npz"],
    "answers": lambda: sound_results()["answers.md.j2"],
}


def run_guided(name: str, seconds: float) -> fuzz.Counts:
    """Read examples of a target in another process; RuntimeError if one raises anything else."""
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.json"
        command = [sys.executable, __file__, name, str(counts), str(round(seconds))]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, cwd=folder)
        if done.returncode or not counts.exists():
            raise RuntimeError(done.stderr[-6000:])
        return fuzz.Counts(**json.loads(counts.read_text()))


def _reader(name: str, folder: Path, counts: list[int]) -> Callable[[bytes], Any]:
    """Return what reads the bytes of an example, and counts it as accepted or not."""
    target = TARGETS[name]

    def read(example: Any) -> None:
        one = fuzz.read_example(target, example, folder)
        counts[0] += one.accepted
        counts[1] += one.refused

    if name in SOUND:
        is_pair = name == "store"
        return lambda data: read(("bytes", data) if is_pair else data)
    test = given(target.examples())(read)
    checks = list(HealthCheck)
    return settings(deadline=None, database=None, suppress_health_check=checks)(
        test
    ).hypothesis.fuzz_one_input


def main() -> None:
    """Fuzz a target for some seconds, and write how many examples were accepted and refused."""
    name, file, seconds = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    counts, folder = [0, 0], Path(tempfile.mkdtemp(prefix="evenfold-fuzz-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    if name in SOUND:
        (corpus / "sound").write_bytes(SOUND[name]())
    read = _reader(name, folder, counts)
    saved = [0.0]

    def run_one(data: bytes) -> None:
        read(data)
        if time.monotonic() > saved[0] + 1:  # it does not return from the last one
            saved[0] = time.monotonic()
            content = {"examples": sum(counts), "accepted": counts[0], "refused": counts[1]}
            file.write_text(json.dumps(content))

    options = [f"-max_total_time={seconds}", "-max_len=100000", "-verbosity=0"]
    atheris.Setup([sys.argv[0], str(corpus), *options], run_one)
    try:
        atheris.Fuzz()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
