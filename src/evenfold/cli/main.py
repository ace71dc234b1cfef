"""The command line: the group of commands, its error messages and its exit codes."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

from evenfold import __version__
from evenfold.cli.output import print_messages, show_click_error
from evenfold.errors import EvenfoldError

COMMANDS = (
    "list", "data", "init", "check", "score", "race", "selfcheck", "upgrade", "bisect", "history",
    "compare", "report",
)  # fmt: skip
INTERRUPTED, TERMINATED = 130, 143


class Commands(click.Group):
    """A group whose command ``name`` is ``name_command`` of ``evenfold.cli.name``.

    A command's module is imported when the command runs, so that each starts with its own imports.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or return None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"evenfold.cli.{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="evenfold")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Compare models on the same rows, split, scaling and clock."""


def _terminated(*_: Any) -> None:
    # An exception ends workers and removes the files of this run alone.
    sys.exit(TERMINATED)


def main() -> None:
    """Run the command line. An error of the user becomes one message and an exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False)
    except EvenfoldError as error:
        if "--debug" in sys.argv:
            raise
        print_messages([str(error)])
        sys.exit(error.exit_code)
    except BrokenPipeError:
        raise
    except OSError as error:
        if "--debug" in sys.argv:
            raise
        where = f"{error.filename}: " if error.filename else ""
        saved = "" if error.filename else "finished work is saved; "
        text = f"{where}{error.strerror or error}: {saved}fix this and run the command again"
        print_messages([text])
        sys.exit(EvenfoldError.exit_code)
    except click.ClickException as error:
        show_click_error(error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        print_messages(["interrupted"])
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
