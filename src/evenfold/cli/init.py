"""``evenfold init``: write a working benchmark into a folder."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import click

from evenfold.cli.help import GroupedCommand
from evenfold.cli.output import print_result
from evenfold.errors import ResultsError, UsageError
from evenfold.files.writing import write_whole

PACKAGE = Path(__file__).resolve().parents[1]
STARTER = PACKAGE / "cli" / "starter"
TEMPLATE = ".j2"
SUITES = ("conftest.py", "test_training.py", "test_inference.py")
# Git and the wheel builder would apply a .gitignore in the starter itself.
RENAMED = {"gitignore": ".gitignore"}
EXAMPLES = """
# A folder with a model to change, its tests, its benchmark and a README
evenfold init mine
"""
# What each file is, in the order in which to read them.
FILES: Final[Mapping[str, str]] = {
    "README.md": "The commands to start with, and what each file is.",
    "models/my_network.py": "A model to change: its name is the file's, and MODEL says how to "
    "build and train it. Add further files for further models.",
    "tests/test_models.py": "Checks every model against the contract, as evenfold check does.",
    "bench/test_training.py": "The benchmark of training: fit time, epoch time, scores.",
    "bench/test_inference.py": "The benchmark of inference: each way to predict, and batch sizes.",
    "bench/conftest.py": "Turns the folder into a benchmark of evenfold.",
    "pyproject.toml": "Tells evenfold where your models are; add folders of datasets and metrics.",
    "tox.ini": "Environments with several versions of TensorFlow, which tox creates.",
    ".gitignore": "Keeps environments and intermediate files out of git.",
}


def write_benchmark(folder: Path) -> list[Path]:
    """Write a benchmark into a folder, created if it is missing, and return the files' paths.

    Raises
    ------
    UsageError
        If a file exists already or cannot be written; then no file is written.
    """
    texts = {folder / name: text for name, text in benchmark_files(folder.resolve().name).items()}
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: give a folder, new or old")
    if existing := [str(path) for path in texts if path.exists()]:
        raise UsageError(
            f"{', '.join(existing)}: there already, so nothing was written; give a new folder"
        )
    written: list[Path] = []
    try:
        for path, text in texts.items():
            write_whole(path, text.encode())
            written.append(path)
    except ResultsError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise UsageError(str(error)) from error
    return written


def benchmark_files(title: str) -> dict[str, str]:
    """Return the text of every file of a benchmark by its path; ``title`` is the README's title."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(STARTER),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    values = {"title": title, "requirement": requirement, "files": FILES}
    texts = {f"bench/{name}": (_suites() / name).read_text(encoding="utf-8") for name in SUITES}
    for file in sorted(STARTER.rglob(f"*{TEMPLATE}")):
        name = file.relative_to(STARTER).as_posix()
        path = name.removesuffix(TEMPLATE)
        texts[RENAMED.get(path, path)] = templates.get_template(name).render(values)
    return texts


def requirement(extra: str = "") -> str:
    """Return the requirement line of the installed evenfold: from an index, or its address."""
    name = f"evenfold[{extra}]" if extra else "evenfold"
    text = distribution("evenfold").read_text("direct_url.json")
    if text is None:
        return name
    origin = json.loads(text)
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return f"{name} @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    return f"{name} @ {origin['url']}"


def _suites() -> Path:
    """Return the folder of the suites: in the package, or beside a checkout's ``src``."""
    installed = STARTER / "bench"
    return installed if installed.is_dir() else PACKAGE.parents[1] / "bench"


@click.command("init", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init_command(folder: Path) -> int:
    """Write your own benchmark into DIR: a model, bench/, tests/, tox.ini and a README.

    Its tests and its benchmark run without changes. Existing files in DIR are not changed.
    """
    written = {path.relative_to(folder).as_posix() for path in write_benchmark(folder)}
    print_result(f"{folder} is a benchmark of {len(written)} files that runs as it is.\n")
    width = max(map(len, FILES))
    for name, text in FILES.items():
        print_result(f"  {name:{width}}  {text}")
    print_result(
        f"\nNext: cd {shlex.quote(str(folder))} && pytest && pytest bench/ --benchmark-only"
    )
    return 0
