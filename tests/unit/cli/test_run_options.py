"""Commands that run races and studies share the definitions of their options."""

from __future__ import annotations

import pytest

from evenfold.cli.main import cli

COMMANDS = ("score", "race", "upgrade", "gate", "bisect", "selfcheck")
# Options of which each command means something of its own, or has a default of its own.
OWN = {
    "budget", "metric", "rows", "measure", "seed", "results", "name", "timeout", "folds", "repeats",
    "env", "environments", "require", "dataset", "fail_on", "clock",
}  # fmt: skip


def options(command):
    return {one.name: one for one in cli.get_command(None, command).params if one.name}


def shared_names():
    by_command = [set(options(command)) for command in COMMANDS]
    names = {name for name in set.union(*by_command) if sum(name in own for own in by_command) > 1}
    return sorted(names - OWN - {"models"})


@pytest.mark.parametrize("name", shared_names())
def test_a_shared_option_says_the_same_in_every_command(name):
    found = [options(command)[name] for command in COMMANDS if name in options(command)]
    texts = {(str(one.opts), getattr(one, "help", None)) for one in found}
    assert 1 == len(texts), texts


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("folds", ("upgrade", "bisect")),
        ("repeats", ("upgrade", "bisect")),
        ("timeout", ("upgrade", "gate", "bisect")),
        ("seed", ("upgrade", "gate", "bisect")),
        ("clock", ("race", "upgrade", "bisect", "selfcheck")),
        ("seed", ("race", "selfcheck")),
        ("measure", ("race", "bisect")),
        ("rows", ("race", "bisect")),
    ],
)
def test_commands_of_one_kind_share_these_too(name, commands):
    assert 1 == len({options(command)[name].help for command in commands})
