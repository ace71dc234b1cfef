"""Help texts: groups, defaults, examples, and what a bare ``evenfold`` shows."""

from __future__ import annotations

import re

import click
import pytest

from builders.commands import run_command
from evenfold.cli.help import SECTIONS, range_in_words
from evenfold.cli.main import COMMANDS, cli

GROUP = click.Context(cli, info_name="evenfold")
MOST_COLUMNS = 80


def command(name):
    return cli.get_command(GROUP, name)


def help_of(name):
    made = command(name)
    return made.get_help(click.Context(made, info_name=name, parent=GROUP))


def options():
    for name in COMMANDS:
        for parameter in command(name).params:
            if isinstance(parameter, click.Option):
                yield pytest.param(name, parameter, id=f"{name} {parameter.opts[0]}")


@pytest.mark.parametrize(("name", "option"), options())
def test_every_option_is_in_one_group_and_shows_its_default(name, option):
    """A flag is off by default, and what can be repeated is absent."""
    assert 1 == sum(option.name in names for names in SECTIONS.values())
    made = command(name)
    _, text = option.get_help_record(click.Context(made, info_name=name, parent=GROUP))
    assert option.is_flag or option.multiple or "[default: " in text


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_its_groups_in_order_and_its_examples_last(name):
    text = help_of(name)
    headings = re.findall(r"^(\w[\w ]+):$", text, re.MULTILINE)
    assert "Output" in headings
    assert [*(each for each in SECTIONS if each in headings), "Examples"] == headings
    assert f"  evenfold {name}" in text.partition("Examples:")[2]
    assert MOST_COLUMNS >= max(map(len, text.splitlines()))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_no_name_of_a_type_or_a_parser(name):
    assert not re.search(r"RANGE|PARSE_|TEXT|x>|<=x", help_of(name))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Folds.  [default: 10]  [x>=2]", "Folds.  [default: 10]  [at least 2]"),
        ("Seconds.  [default: 1; x>0]", "Seconds.  [default: 1; above 0]"),
        ("Seed.  [0<=x<=9]", "Seed.  [0 to 9]"),
    ],
)
def test_ranges_are_in_words(text, words):
    assert words == range_in_words(text)


def test_without_arguments_it_shows_a_command_for_each_of_four_questions():
    done = run_command()
    assert (0, "") == (done.returncode, done.stderr)
    assert 4 == done.stdout.count("?\n")
    for words in ("evenfold score", "evenfold race", "evenfold upgrade", "pytest bench/"):
        assert re.search(rf"\?\n    {words} ", done.stdout)


def test_the_help_of_all_lists_each_command_once():
    text = cli.get_help(GROUP)
    for name in COMMANDS:
        assert 1 == len(re.findall(rf"^  {name} ", text, re.MULTILINE))
