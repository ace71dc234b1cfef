"""What commands print of hostile texts has the structure of what they print of usual ones."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from builders.commands import run_command
from builders.upgrades import NEW, OLD, SETTINGS, upgraded
from evenfold.render.media import for_terminal
from evenfold.upgrade.tables import upgrade_text

HOSTILE = (
    "<img src=x>|x`y # a ![i](http://evil/p.png) [l](javascript:1) \x1b[2J\x1b[45m\u202e\x9b31m"
    "\r## b"
)
USUAL = "usual text"
GFM = MarkdownIt("commonmark").enable("table")
STYLE = re.compile(r"\x1b\[[\d;]*m")
TEXT = {"inline", "text", "text_special", "softbreak", "code_inline"}


def structure(text):
    """The kinds of all parts of a page but for text, in order."""
    return [
        (token.type, str(token.attrs) if token.type in ("link_open", "image") else "")
        for block in GFM.parse(text)
        for token in (block, *(block.children or ()))
        if token.type not in TEXT
    ]


def controls(text):
    return {c for c in text if not c.isprintable()} - {"\n"}


@pytest.fixture(params=["table", "markdown"])
def style(request):
    return request.param


def printed(arguments, style, cwd):
    done = run_command(*arguments, "--format", style, cwd=cwd, NO_COLOR="1")
    assert 0 == done.returncode, done.stderr
    return done.stdout


def write_table(file, text):
    """A table whose columns, classes and levels have a text in them."""
    rows = [
        {f"size {text}": n * 1.5, f"colour {text}": f"{text}{n % 3}", "who": n // 2,
         "kind": f"{text}{n % 2}"}
        for n in range(60)
    ]  # fmt: skip
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_what_is_understood_of_a_table(tmp_path, style):
    pages = []
    for name, text in (("usual", USUAL), ("hostile", HOSTILE)):
        write_table(tmp_path / f"{name}.csv", text)
        arguments = ("data", f"{name}.csv", "--target", "kind", "--group", "who")
        pages.append(printed(arguments, style, tmp_path).replace(f"{name}.csv", "x.csv"))
    assert not controls(pages[1])
    assert "\\x1b[2J" in pages[1]
    if style == "markdown":
        assert structure(pages[0]) == structure(pages[1])


def test_the_list_of_models_and_datasets(tmp_path, style):
    pages = []
    for name, text in (("usual", USUAL), ("hostile", HOSTILE)):
        folder = tmp_path / name / "models"
        folder.mkdir(parents=True)
        (folder / "mine.py").write_text(f"{text!r}\nMODEL = None\n", encoding="utf-8")
        pages.append(printed(("list", "--models", "models"), style, tmp_path / name))
    assert not controls(pages[1])
    assert "\\x1b[2J" in pages[1]
    if style == "markdown":
        assert structure(pages[0]) == structure(pages[1])


def test_what_an_upgrade_changed(style):
    pages = []
    for text in (USUAL, HOSTILE):
        environments = [replace(one, name=f"{one.name}{text}") for one in (OLD, NEW)]
        settings = replace(SETTINGS, environments=tuple(one.name for one in environments))
        pages.append(upgrade_text([upgraded(model=f"m{text}")], settings, environments, style))
    usual, hostile = map(for_terminal, pages)
    assert set(STYLE.findall(usual)) == set(STYLE.findall(hostile))
    assert not controls(STYLE.sub("", hostile))
    if style == "markdown":
        assert structure(pages[0]) == structure(pages[1])
