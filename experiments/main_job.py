"""Duration of the main job: README's bench command, in fresh clones of one or more revisions.

``python experiments/main_job.py`` clones this checkout's HEAD, and each revision given with
``--revision``, installs it in an environment of its own, with the package manager's cache as it is,
and runs ``pytest bench/ --benchmark-only`` there once, in the order given. It prints one JSON
object: for each revision the wall and CPU seconds of the whole command, the most memory of one of
its processes, the number of benchmarks that were collected, measured and skipped, the seconds to
the first line of output beyond the framework's import, and by how much the announced remaining time
was wrong. The installation is outside the clock. Needs ``uv`` on PATH and a quiet machine.

Exit code 1 if HEAD takes longer than two minutes or 1.5 GB, or if a remaining time of at least 10 s
is wrong by more than a third.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

from commands import ROOT, argument_parser, environment_record, print_result

MOST_SECONDS, MOST_BYTES, MOST_ERROR = 120.0, 1.5e9, 1 / 3
# Shorter remaining times are rounded and soon over.
LEAST_LEFT = 10.0
BYTES_PER_KILOBYTE = 1024
LEFT = re.compile(r"about (?:(\d+) min )?(\d+) s left")
OUTCOMES = re.compile(r"(\d+) (passed|failed|skipped|deselected|errors?)")
IMPORT = "import time; t = time.time(); import tensorflow, keras; print(time.time() - t)"


def clone(revision: str, folder: Path) -> Path:
    """Clone a revision into a folder, and return the Python of its new environment."""
    run = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    subprocess.run(["git", "checkout", "-q", revision], **run)
    subprocess.run(["uv", "venv", "-q", "-p", sys.executable, ".venv"], **run)
    python = folder / ".venv" / "bin" / "python"
    install = ["uv", "pip", "install", "-q", "--compile-bytecode", "-p", python, ".[cpu,test]"]
    subprocess.run(install, **run)
    return python


def time_job(python: Path, folder: Path) -> dict[str, object]:
    """Run the benchmark, and return what it took and printed."""
    began = monotonic()
    # A terminal's line changes in place; in a pipe there is a new line every few seconds.
    process = subprocess.Popen(
        [python, "-u", "-m", "pytest", "bench/", "--benchmark-only", "-p", "no:cacheprovider"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    lines = [(monotonic() - began, line) for line in process.stdout]
    _, status, usage = os.wait4(process.pid, 0)
    seconds = monotonic() - began
    text = "".join(line for _, line in lines)
    if status:
        sys.exit(f"the benchmark failed:\n{text[-3000:]}")
    collected = re.search(r"collected (\d+) items", text)
    end = next(at for at, line in lines if line.startswith("| model"))
    return {
        "seconds": seconds,
        # Of the process and of those that it has waited for.
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "most_bytes": usage.ru_maxrss * BYTES_PER_KILOBYTE,
        "collected": int(collected.group(1)) if collected else None,
        **{name: int(count) for count, name in OUTCOMES.findall(lines[-1][1])},
        "first_line_seconds": next((at for at, line in lines if "evenfold: " in line), None),
        "remaining": [remaining_error(at, line, end) for at, line in lines if LEFT.search(line)],
    }


def remaining_error(at: float, line: str, end: float) -> dict[str, float]:
    """Announced and true remaining seconds."""
    minutes, seconds = LEFT.search(line).groups()
    return {"at": at, "announced": 60 * int(minutes or 0) + int(seconds), "true": end - at}


def worst_error(remaining: list[dict[str, float]]) -> float | None:
    """Largest error of an announced remaining time, as a share of the true one."""
    errors = [
        abs(r["announced"] - r["true"]) / r["true"] for r in remaining if r["true"] >= LEAST_LEFT
    ]
    return max(errors, default=None)


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--revision", action="append", default=[], help="run it before HEAD")
    options = parser.parse_args()
    if shutil.which("uv") is None:
        sys.exit("uv is not on PATH: pip install uv")
    results = {}
    for revision in [*options.revision, "HEAD"]:
        with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
            python = clone(revision, Path(folder) / "clone")
            imported = subprocess.run([python, "-c", IMPORT], capture_output=True, text=True)
            result = time_job(python, Path(folder) / "clone")
        result["import_seconds"] = float(imported.stdout)
        result["worst_remaining_error"] = worst_error(result["remaining"])
        results[revision] = result
    print_result({"jobs": results, "environment": environment_record()})
    head = results["HEAD"]
    error = head["worst_remaining_error"]
    return int(
        head["seconds"] > MOST_SECONDS
        or head["most_bytes"] > MOST_BYTES
        or error is None
        or error > MOST_ERROR
    )


if __name__ == "__main__":
    sys.exit(main())
