"""The command line: its commands, the questions that they answer, error messages and exit codes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from io import TextIOWrapper
from typing import Any, Final

import click

from evenfold import __version__
from evenfold.cli.output import print_messages, print_result, show_click_error
from evenfold.errors import EvenfoldError, InterruptedRun, did_you_mean

# What each command does, by what it is about. Their modules are not imported for this.
GROUPS: Final[Mapping[str, Mapping[str, str]]] = {
    "Measure": {
        "score": "How good is each model, and is one better?",
        "race": "Which contender is faster?",
        "upgrade": "What does another environment change?",
        "gate": "Does a change make a model worse or slower?",
        "bisect": "Between which versions or revisions did a change come?",
        "selfcheck": "How often do races err on this machine, and what do they detect?",
    },
    "Prepare": {
        "init": "Write a benchmark of your own into a folder.",
        "list": "List models, datasets and the environment.",
        "data": "Show how evenfold reads a table.",
        "check": "Check models against the contract, or score studies of your data.",
    },
    "Results": {
        "compare": "Compare saved results of several environments.",
        "history": "Show saved results over time, with their changes.",
        "report": "Write all results on one page.",
    },
}
COMMANDS = tuple(name for group in GROUPS.values() for name in group)
OVERVIEW = """\
evenfold compares models on the same rows, split, preprocessing and clock.
It answers four questions:

  How good is each model, and is one better?
    evenfold score logistic_regression conv1d

  Which is faster?
    evenfold race conv1d dense_ann

  What does an upgrade change?
    evenfold upgrade tf2.15 tf2.21 conv1d

  How long do training and inference take?
    pytest bench/ --benchmark-only

For your own table, add --dataset FILE.csv --target COLUMN; for your own models,
add --models DIR. Next: evenfold init DIR writes a benchmark to change, and
evenfold --help lists all commands.
"""
INTERRUPTED, TERMINATED = 130, 143


class Commands(click.Group):
    """A group whose command ``name`` is ``name_command`` of ``evenfold.cli.name``.

    A command's module is imported when the command runs, so that each starts with its own imports.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, a group at a time."""
        for heading, texts in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl(list(texts.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the arguments; refuse an unknown one with the one that was meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command {name!r}: there are {', '.join(COMMANDS)}"
                     f"{did_you_mean(name, COMMANDS)}")  # fmt: skip
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or return None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"evenfold.cli.{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="evenfold COMMAND --help shows the options of a command, and examples.",
)
@click.version_option(__version__, prog_name="evenfold")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Compare models on the same rows, split, preprocessing and clock."""
    if context.invoked_subcommand is None:
        print_result(OVERVIEW.rstrip("\n"))


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
    except (click.Abort, KeyboardInterrupt) as error:
        # click has another error for Ctrl-C.
        interrupt = error.__cause__ if isinstance(error, click.Abort) else error
        saved = f": {interrupt}" if isinstance(interrupt, InterruptedRun) else ""
        print_messages([f"interrupted{saved}"])
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
