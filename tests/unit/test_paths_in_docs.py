"""Files, folders, headings and functions that the documents name exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from builders import ROOT

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    ROOT / "experiments" / "README.md",
    ROOT / "results" / "README.md",
    *sorted(file for file in (ROOT / "docs").rglob("*") if file.suffix in (".md", ".ipynb")),
]
FOLDERS = "src|tests|bench|experiments|models|docs|results"
NAMED = re.compile(rf"`(?:python )?((?:{FOLDERS})/[\w./-]*\w(?:\.\w+|/))`")
LINKED = re.compile(r"\]\(((?!https?://)[^)#\s]*)(?:#([^)\s]+))?\)")
FENCE = re.compile(r"^( *)```.*?^\1```$", re.S | re.M)
# A step of a walk: a file of the package, and functions in it.
STEP = re.compile(r"`(\w+/\w+\.py)`:\s+((?:`\w+`(?:,\s+)?)+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_and_linked_files_exist(document):
    text = prose(document)
    missing = [name for name in NAMED.findall(text) if not (ROOT / name).exists()]
    missing += [link for link, _ in LINKED.findall(text) if not (document.parent / link).exists()]
    made = {"results/report.html"}  # by evenfold report
    assert [] == [name for name in missing if name not in made]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_linked_headings_exist(document):
    missing = [
        f"{link}#{anchor}"
        for link, anchor in LINKED.findall(prose(document))
        if anchor and anchor not in headings(document.parent / link if link else document)
    ]
    assert [] == missing


def prose(document: Path) -> str:
    """A document without its blocks of code; of a notebook, its text."""
    text = document.read_text(encoding="utf-8")
    if document.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return FENCE.sub("", text)


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as web sites of repositories and Sphinx make them."""
    found = re.findall(r"^#+ +(.+)$", prose(document), re.M)
    plain = [re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading).lower() for heading in found]
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


def test_anchors_are_those_of_headings(tmp_path):
    document = tmp_path / "a.md"
    document.write_text("# A `b`, c\n\n```sh\n# no heading\n```\n\n## [D](e.md) & f\n")
    assert {"a-b-c", "d--f"} == headings(document)


def test_functions_in_the_walks_exist():
    steps = STEP.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(steps) >= 12
    for file, names in steps:
        code = (ROOT / "src" / "evenfold" / file).read_text(encoding="utf-8")
        for name in re.findall(r"`(\w+)`", names):
            assert re.search(rf"^ *(?:def|class) {name}\b|^{name}\b.*=", code, re.M), (file, name)


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    files = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert files == re.findall(r"\]\((\d+-[\w-]+\.md)\)", index)
    for name in files:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.startswith(f"# {int(name[:3])}. ")
        parts = re.findall(r"^\*\*(\w+)\.\*\*", text, re.M)
        assert ["Context", "Decision", "Consequence", "Figure"] == parts, name
