"""Command lines of the scripts: their arguments, the commands they time, and what they print."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Finished:
    """A command that succeeded: its wall and CPU time, start-up included, and its output.

    The CPU time is that of the command and of all processes that it waited for.
    """

    seconds: float
    cpu_seconds: float
    stdout: str


def argument_parser(description: str | None) -> argparse.ArgumentParser:
    """Parser whose help shows a script's docstring with its own line breaks."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def run_python(
    *arguments: object,
    show_progress: bool = False,
    python: str = sys.executable,
    variables: Mapping[str, str] | None = None,
) -> Finished:
    """Run this or another Python with the arguments, and end the script if that fails.

    With ``show_progress`` the command's standard error goes to the terminal. ``variables`` of the
    environment are set besides.
    """
    command = [python, *map(str, arguments)]
    before, started = children_seconds(), perf_counter()
    finished = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=None if show_progress else subprocess.PIPE,
        text=True,
        env={**os.environ, **(variables or {})},
    )
    seconds = perf_counter() - started
    if finished.returncode:
        message = (finished.stderr or "")[-2000:]
        sys.exit(f"{' '.join(command)} ended with exit code {finished.returncode}: {message}")
    return Finished(seconds, children_seconds() - before, finished.stdout)


def children_seconds() -> float:
    """Return the CPU seconds of the processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_evenfold(*arguments: object, show_progress: bool = False) -> Finished:
    """Run an evenfold command in a new process, as ``run_python`` does."""
    return run_python("-m", "evenfold", *arguments, show_progress=show_progress)


def environment_record(threads: int | None = None) -> dict[str, Any]:
    """Description of this environment, as results on disk hold it."""
    # Imported here: a process that times a plain Keras loop must not import evenfold first.
    from evenfold.runtime import environment
    from evenfold.worker.device import backend_name

    return environment.current_environment(backend_name(), threads=threads, root=ROOT).to_json()


def print_result(result: Mapping[str, Any]) -> None:
    """Print one JSON object."""
    print(json.dumps(result, indent=1))
