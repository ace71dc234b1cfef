"""Pages of the reference that are written by hand agree with the code."""

from __future__ import annotations

import re

from click.testing import CliRunner

from builders import ROOT
from evenfold import errors
from evenfold.check.studies import CHECKS as STUDY_CHECKS
from evenfold.cli.main import INTERRUPTED, TERMINATED, cli
from evenfold.worker.contract_checks import CHECKS

REFERENCE = ROOT / "docs" / "reference"


def test_every_check_is_on_its_page_with_its_meaning():
    text = (REFERENCE / "checks.md").read_text(encoding="utf-8")
    functions = {check.__name__: check for check in CHECKS} | STUDY_CHECKS
    documented = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.M))
    first = {
        name: " ".join(str(check.__doc__).split("\n\n")[0].split()).replace("``", "`")
        for name, check in functions.items()
    }
    assert first == documented


def test_every_command_is_on_its_page_in_the_order_and_words_of_the_help():
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `evenfold (\w+)` \| (.+) \|$", text, re.M)
    shown = CliRunner().invoke(cli, ["--help"]).output
    assert re.findall(r"^  (\w+)  +([A-Z].*)$", shown, re.M) == documented


def test_every_exit_code_is_on_its_page():
    text = (REFERENCE / "exit-codes.md").read_text(encoding="utf-8")
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.M)}
    raised = {
        value.exit_code
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.EvenfoldError)
    }
    assert {0, 1, *raised, INTERRUPTED, TERMINATED} == documented
