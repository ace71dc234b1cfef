"""Damaged and hostile input for everything that evenfold reads: an error of the user, or a value.

``python experiments/fuzz.py FILE --minutes 10`` reads examples of each target for ten minutes of
CPU time. FILE is written after each minute, so that an interrupted run goes on with what is left
(with ``--guided``, after each target);
changed sources of evenfold begin again. Several processes may share the file, each with targets of
its own (``--only NAME``). An exception that is no message for a user ends a target, and is printed
with its example. What was found so is among the tests of ``tests/unit/experiments/test_fuzz.py``
and of the readers.

A target takes a file or a text that is sound, changes it in a few places, and reads it. Changes are
of bytes, of the values of a record, or of a grammar's words. Examples are drawn by Hypothesis; with
``--guided`` by Atheris (libFuzzer), which follows the lines that an example reaches. It has to be
installed, which needs Python 3.11 to 3.13 on Linux.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import tempfile
import traceback
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import StopTest

from commands import ROOT, argument_parser, children_seconds, environment_record
from evenfold.runtime.results_folder import write_json
from fuzz_targets import TARGETS, Target

SCHEMA = 1
HYPOTHESIS, ATHERIS = "hypothesis", "atheris"
EXAMPLES_A_ROUND, SECONDS_A_ROUND = 2000, 60.0


@dataclass(frozen=True)
class Counts:
    """How many examples were read, and how many of them were accepted and refused."""

    examples: int = 0
    accepted: int = 0
    refused: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the sums."""
        return Counts(
            self.examples + other.examples,
            self.accepted + other.accepted,
            self.refused + other.refused,
        )


def run_target(
    target: Target, most: int, seconds: float = float("inf"), seed: int | None = None
) -> Counts:
    """Read examples of a target.

    Parameters
    ----------
    target
        The target.
    most
        The number of examples.
    seconds
        After this CPU time of the process, no further example is read.
    seed
        Makes the examples the same each time; None for others each time.

    Returns
    -------
    Counts
        The numbers of examples.
    """
    counts = Counts()
    ends = process_time() + seconds
    folder = Path(tempfile.mkdtemp(prefix="evenfold-fuzz-"))

    @settings(
        max_examples=most, deadline=None, database=None, derandomize=seed is not None,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )  # fmt: skip
    @given(target.examples())
    def read(example: Any) -> None:
        nonlocal counts
        if process_time() > ends:
            return
        counts += read_example(target, example, folder)

    try:
        read()
    except StopTest:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counts


def read_example(target: Target, example: Any, folder: Path) -> Counts:
    """Read one example in a folder of its own."""
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        is_accepted = target.read(example, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return Counts(1, int(is_accepted), int(not is_accepted))


def revision() -> str:
    """Return the digest of the sources of evenfold that git has for the commit, marked if changed.

    It stays the same while other files of the checkout change.
    """
    sources = _git("rev-parse", "--short=12", "HEAD:src")
    return f"{sources}+" if _git("status", "--porcelain", "--", "src") else sources


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def read_file(file: Path) -> dict[str, Any]:
    """Return the record of the targets, or begin one."""
    if file.exists():
        return json.loads(file.read_text(encoding="utf-8"))
    return {"schema": SCHEMA, "environment": environment_record(), "targets": {}}


def entry_of(file: Path, name: str, method: str) -> dict[str, Any]:
    """Return what the file has of a target, of these sources; minutes are of CPU time."""
    entry = read_file(file)["targets"].get(_title(name, method), {})
    if entry.get("sources") == revision():
        return entry
    return {"minutes": 0.0, **asdict(Counts()), "sources": revision()}


def _title(name: str, method: str) -> str:
    return name if method == HYPOTHESIS else f"{name}, {method}"


def add_round(file: Path, name: str, method: str, seconds: float, counts: Counts) -> None:
    """Add a round of a target to the file, which other processes may have written."""
    entry = entry_of(file, name, method)
    content = read_file(file)
    content["targets"][_title(name, method)] = {
        "minutes": round(entry["minutes"] + seconds / 60, 3),
        **{kind: entry[kind] + count for kind, count in asdict(counts).items()},
        "sources": entry["sources"],
        "method": f"{method} {version(method)}",
        "python": platform.python_version(),
    }  # fmt: skip
    content["missing"] = [target for target in TARGETS if target not in content["targets"]]
    write_json(file, content)


def run_rounds(file: Path, name: str, minutes: float, method: str) -> None:
    """Read examples of a target until the file has as many minutes of it."""
    while (left := 60 * (minutes - entry_of(file, name, method)["minutes"])) > 1:
        began = process_time() + children_seconds()
        if method == HYPOTHESIS:
            counts = run_target(TARGETS[name], EXAMPLES_A_ROUND, min(left, SECONDS_A_ROUND))
        else:
            from fuzz_guided import run_guided

            counts = run_guided(name, left)  # each begins with no more than what is sound
        spent = process_time() + children_seconds() - began
        add_round(file, name, method, spent, counts)
    print(f"{name}: {entry_of(file, name, method)}", file=sys.stderr, flush=True)


def main() -> None:
    """Run the targets; exit code 1 if one raises anything but messages."""
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file of the numbers of examples")
    parser.add_argument("--minutes", type=float, default=10.0, help="CPU time of each target")
    parser.add_argument("--only", choices=TARGETS, action="append", help="a target; repeatable")
    parser.add_argument("--guided", action="store_true", help="draw examples by Atheris")
    options = parser.parse_args()
    method = ATHERIS if options.guided else HYPOTHESIS
    failed = []
    for name in options.only or TARGETS:
        try:
            run_rounds(options.file, name, options.minutes, method)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    sys.exit(f"not only messages: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
