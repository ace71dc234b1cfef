"""``evenfold init``: a working benchmark of a user's own, written into a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path

import click

from evenfold.errors import UsageError

PACKAGE = Path(__file__).resolve().parents[1]
STARTER = PACKAGE / "cli" / "starter"
TEMPLATE = ".j2"
SUITES = ("conftest.py", "test_training.py", "test_inference.py")
# A file of this name would be read by what packs the starter itself.
RENAMED = {"gitignore": ".gitignore"}
Say = Callable[[str], None]


def show_start(say: Say, folder: Path) -> int:
    """Writes the files, says which, and what to do next."""
    for path in start(folder):
        say(f"{path} written")
    say(f"now, in {folder}: pytest bench/ --benchmark-only")
    return 0


def start(folder: Path) -> list[Path]:
    """Writes a benchmark into a folder, made where it is not there: the paths of its files.

    Raises UsageError when one of them exists already or cannot be written; then none is written.
    """
    made = {folder / name: text for name, text in contents(folder.resolve().name).items()}
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: give a folder, new or old")
    if there := [str(path) for path in made if path.exists()]:
        raise UsageError(
            f"{', '.join(there)}: there already, and nothing was written; give a new folder"
        )
    written: list[Path] = []
    try:
        for path, text in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            written.append(path)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    return written


def contents(title: str) -> dict[str, str]:
    """Every file of a benchmark by its path in the folder; ``title`` is what its README says."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(STARTER),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    told = {"title": title, "requirement": requirement}
    found = {f"bench/{name}": (_suites() / name).read_text(encoding="utf-8") for name in SUITES}
    for file in sorted(STARTER.rglob(f"*{TEMPLATE}")):
        name = file.relative_to(STARTER).as_posix()
        path = name.removesuffix(TEMPLATE)
        found[RENAMED.get(path, path)] = templates.get_template(name).render(told)
    return found


def requirement(extra: str = "") -> str:
    """evenfold as it is installed here, as a line of requirements: from an index or an address."""
    name = f"evenfold[{extra}]" if extra else "evenfold"
    told = distribution("evenfold").read_text("direct_url.json")
    if told is None:
        return name
    origin = json.loads(told)
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return f"{name} @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    return f"{name} @ {origin['url']}"


def _suites() -> Path:
    """Where the suites are: in the package, or beside a checkout's src."""
    installed = STARTER / "bench"
    return installed if installed.is_dir() else PACKAGE.parents[1] / "bench"


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init_command(folder: Path) -> int:
    """Writes a benchmark of your own into DIR: a model, bench/, tests/, tox.ini, README.

    Its tests and its benchmark run as they are. What is in DIR already is left alone.
    """

    return show_start(click.echo, folder)
