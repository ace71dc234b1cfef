"""Every command of evenfold that a document or a help text names is accepted."""

from __future__ import annotations

import re
import shlex
from itertools import takewhile

import click
import pytest

from builders import ROOT
from builders.commands import words_of
from evenfold.cli.main import COMMANDS, OVERVIEW, cli

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "src" / "evenfold" / "cli" / "starter" / "README.md.j2",
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "decisions"),
]
# What ends a command's own words: a redirection or an operator.
SHELL_WORD = re.compile(r"\d?[<>|&;]")
SHELL = re.compile(r"^ *```(?:sh|console)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def commands(document):
    yield from commands_in("".join(SHELL.findall(document.read_text(encoding="utf-8"))))


def commands_in(lines):
    for line in lines.replace("\\\n", " ").splitlines():
        words = words_of(line.strip().removeprefix("$ "))
        if words[:1] == ["evenfold"]:
            yield list(takewhile(lambda word: not SHELL_WORD.match(word), words[1:]))


def accept(words):
    """Parse a command line, with all checks of its options, and run nothing."""
    group = click.Context(cli, info_name="evenfold")
    name, command, rest = cli.resolve_command(group, list(words))
    command.make_context(name, rest, parent=group)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_its_commands_are_accepted(document):
    for words in commands(document):
        try:
            accept(words)
        except click.ClickException as error:
            pytest.fail(f"evenfold {shlex.join(words)}: {error.format_message()}")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_its_help_are_accepted(name):
    examples = list(commands_in(cli.get_command(click.Context(cli), name).epilog))
    assert examples
    for words in examples:
        assert words[0] == name
        accept(words)


def test_the_command_of_each_question_is_accepted():
    words = list(commands_in("\n".join(re.findall(r"^    (.+)", OVERVIEW, re.MULTILINE))))
    assert ["score", "race", "upgrade"] == [each[0] for each in words]
    for each in words:
        accept(each)


def test_commands_are_found_and_a_wrong_one_is_noticed():
    assert sum(len(list(commands(document))) for document in DOCUMENTS) > 30
    with pytest.raises(click.ClickException):
        accept(["score", "--no-such-option"])
