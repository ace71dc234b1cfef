"""Help of commands: options in groups, ranges in words, and examples at the end."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from evenfold.errors import did_you_mean

if TYPE_CHECKING:
    Choice = click.Choice[str]
else:  # before click 8.2, it was no generic type
    Choice = click.Choice

# The parameters of all commands by the heading below which their options are.
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "What to measure": (
        "measure", "suite", "rows", "protocol", "ungrouped", "metric", "metrics", "time_to",
        "energy", "study", "probe", "only", "by", "delays", "thorough", "continued", "revision",
        "baseline", "always",
    ),
    "Models and environments": (
        "folders", "env", "environments", "via", "install", "engine", "threads", "scheduler",
        "jobs",
    ),
    "Data": (
        "dataset", "target", "positive", "group", "sample_weight", "data", "sheet", "drop",
        "categorical", "ordinal", "missing", "preprocess", "datasets",
    ),
    "Precision and time": (
        "folds", "repeats", "seeds", "interval", "budget", "minutes", "clock", "error", "seed",
        "timeout",
    ),
    "Verdicts": ("rope", "margin", "rate", "silence", "fail_on", "require"),
    "Output": (
        "plan_only", "detect", "results", "base", "store", "name", "check", "style",
    ),
}  # fmt: skip
# Ranges of numbers as click writes them, and in words.
RANGES: Final[Mapping[str, str]] = {
    r"(\d+)<=x<=(\d+)": r"\1 to \2",
    r"x>=(\d+)": r"at least \1",
    r"x>(\d+)": r"above \1",
}


class GroupedCommand(click.Command):
    """A command whose help has its options in groups, and then its examples.

    Its ``epilog`` holds the examples: lines of shell, as they can be pasted.
    """

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, a group at a time."""
        records: dict[str, list[tuple[str, str]]] = {heading: [] for heading in SECTIONS}
        for parameter in self.get_params(ctx):
            # Arguments have one too, from click 8.4 on.
            is_option = isinstance(parameter, click.Option)
            record = parameter.get_help_record(ctx) if is_option else None
            if record is not None:
                records[section_of(parameter)].append((record[0], range_in_words(record[1])))
        for heading, group in records.items():
            if group:
                with formatter.section(heading):
                    formatter.write_dl(group)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in inspect.cleandoc(self.epilog).splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line}".rstrip() + "\n")


class OneOf(Choice):
    """A choice of words; an unknown one is refused with the one that may be meant."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word. Raises BadParameter."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            meant = did_you_mean(str(value), list(self.choices))
            raise click.BadParameter(error.message.rstrip(".") + meant, ctx, param) from error


def section_of(parameter: click.Parameter) -> str:
    """Return the heading of an option's group; that of --help, which click adds, is the last."""
    headings = (heading for heading, names in SECTIONS.items() if parameter.name in names)
    return next(headings, list(SECTIONS)[-1])


def range_in_words(text: str) -> str:
    """Return the help of an option with its range in words: ``[at least 2]`` for ``[x>=2]``."""
    for pattern, words in RANGES.items():
        text = re.sub(pattern, words, text)
    return text
