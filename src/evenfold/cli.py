"""The command line: arguments only."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evenfold import __version__
from evenfold.errors import EvenfoldError

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="evenfold")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """The same rows, the same split, the same scaling, the same clock."""


@cli.command("list")
@click.option(
    "--models",
    "folders",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A further folder of models. Repeatable.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "markdown", "csv", "json"]),
    default="table",
    help="How the table is written.",
)
def list_command(folders: tuple[Path, ...], style: str) -> None:
    """Models, datasets and the environment here. Imports no framework and no model."""
    from evenfold.listing import listing
    from evenfold.report.tables import write

    table, notes = listing(folders, Path.cwd())
    for note in notes:
        click.echo(f"evenfold: {note}", err=True)
    click.echo(write(table, style, numbers=False))


def main() -> None:
    """Runs the command line; an error of the user's is one message and its exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except EvenfoldError as error:
        if "--debug" in sys.argv:
            raise
        click.echo(f"evenfold: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("evenfold: interrupted", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
