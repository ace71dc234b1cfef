"""Where a bench run is saved, and what it replaces."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from evenfold.bench.options import BenchOptions
from evenfold.bench.record import is_full_run, lost_models, write_bench
from evenfold.render.words import listed
from evenfold.runtime.environment import Environment
from evenfold.runtime.results_folder import run_folder


def save_run(
    bench: dict[str, Any],
    environment: Environment,
    root: Path,
    options: BenchOptions,
    complete: bool,
) -> tuple[Path, str]:
    """Write what was measured, but not in place of a run with --full.

    Parameters
    ----------
    bench
        The JSON object of pytest-benchmark.
    environment
        Where it was measured.
    root
        The root of the project.
    options
        The options of the run.
    complete
        Whether all models were measured with the defaults.

    Returns
    -------
    Path
        The file.
    str
        A line on a run that was not replaced, or on models whose run was; or an empty text.
    """
    now, note = datetime.now(), ""
    folder = run_folder(environment, root, options.results, complete, now)
    if complete and options.results is None and not options.full and is_full_run(folder):
        note = f"{folder} keeps its run with --full, which has more: to replace it, use --full"
        folder = run_folder(environment, root, None, False, now)
    elif lost := lost_models(folder, bench):
        note = f"{folder}: the earlier run of {listed(lost)} is replaced"
    write_bench(folder, environment, bench, complete, options.full)
    return folder / "bench.json", note
