"""``evenfold list``: models, datasets and the environment, without importing any of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenfold.cli.help import GroupedCommand
from evenfold.cli.options import format_option, models_option
from evenfold.cli.output import print_messages, print_result
from evenfold.config import read_config
from evenfold.errors import UsageError
from evenfold.plugins.folders import find_plugins
from evenfold.plugins.models import find_models
from evenfold.plugins.syntax_errors import PARSE_ERRORS
from evenfold.render.words import counted
from evenfold.runtime.processes import run_module
from evenfold.worker import device

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = """
# Which models and datasets are there?
evenfold list
# With the models of a folder, as data
evenfold list --models mine --format json
# Does the framework find the GPU?
evenfold list --probe
"""
NEXT = "Next: evenfold score MODEL OTHER --dataset NAME compares models on the same splits."


def listing(
    folders: Iterable[Path], here: Path, probe: bool = False
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table of kind, name and description, and notes on model files.

    Models are those that ``find_models`` finds. With ``probe``, devices are those that the
    framework finds, in a worker process; else they are those of the system.
    """
    import pandas as pd

    from evenfold.data.datasets import BUILT_IN
    from evenfold.plugins.dataset_options import FROM_FILE
    from evenfold.runtime import environment

    models = find_models(folders, here)
    rows = [("model", name, _first_line(path)) for name, path in sorted(models.files.items())]
    rows += [("dataset", name, "built in") for name in BUILT_IN]
    rows += [("dataset", name, "read from a file: --data PATH") for name in FROM_FILE]
    own = find_plugins(read_config(here).datasets, "datasets")
    rows += [("dataset", name, _first_line(path)) for name, path in sorted(own.files.items())]
    now = environment.current_environment(device.backend_name(), root=here)
    versions = ", ".join(f"{name} {version}" for name, version in now.versions.items())
    rows.append(("environment", now.name, f"Python {now.python}, {versions}"))
    if probe:
        rows += _probe_devices()
    else:
        rows.append(("device", "cpu", f"{now.processor}, {counted(now.cores, 'core')}"))
        rows += [("device", "gpu", name) for name in now.gpus]
    return pd.DataFrame(rows, columns=["kind", "name", "description"]), models.notes


def summary(table: pd.DataFrame) -> str:
    """Return what a listing has: ``8 models and 6 datasets for tf2.21``."""
    models, datasets = (int((table["kind"] == kind).sum()) for kind in ("model", "dataset"))
    here = table.loc[table["kind"] == "environment", "name"]
    return (
        f"{counted(models, 'model')} and {counted(datasets, 'dataset')} for "
        f"{', '.join(here)}, the environment that runs evenfold."
    )


def _probe_devices() -> Iterator[tuple[str, str, str]]:
    listed = 0
    for report in run_module("probe_devices"):
        if "code" in report and not listed:
            raise UsageError(f"no devices can be listed: the framework {report['code']}")
        if "kind" in report:
            listed += 1
            for name in report["names"] or [str(report["missing"])]:
                yield "device", report["kind"], name


def _first_line(path: Path) -> str:
    # The file is parsed, not run: a broken one still has its line.
    try:
        text = ast.get_docstring(ast.parse(path.read_bytes()))
    except (*PARSE_ERRORS, OSError) as error:
        return f"cannot be read: {error}"
    return (text or "").partition("\n")[0]


@click.command("list", cls=GroupedCommand, epilog=EXAMPLES)
@models_option
@click.option(
    "--probe", is_flag=True, help="List the devices that the framework finds; this imports it."
)
@format_option
def list_command(folders: tuple[Path, ...], probe: bool, style: str) -> None:
    """List models, datasets and the environment. Imports no framework and no model."""
    from evenfold.render.media import sentence
    from evenfold.render.tables import write

    table, notes = listing(folders, Path.cwd(), probe)
    print_messages(notes)
    if style in ("csv", "json"):
        print_result(write(table, style, numbers=False), style)
        return
    print_result(f"{sentence(summary(table), style)}\n")
    print_result(write(table, style, numbers=False), style)
    print_result(f"\n{sentence(NEXT, style)}")
