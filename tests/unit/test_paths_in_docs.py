"""Files, folders and functions that the documents name exist."""

from __future__ import annotations

import re

import pytest

from builders import ROOT

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    ROOT / "experiments" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FOLDERS = "src|tests|bench|experiments|models|docs|results"
NAMED = re.compile(rf"`(?:python )?((?:{FOLDERS})/[\w./-]*\w(?:\.\w+|/))`")
LINKED = re.compile(r"\]\(((?!https?://)[^)#]+)\)")
# A step of a walk: a file of the package, and functions in it.
STEP = re.compile(r"`(\w+/\w+\.py)`:\s+((?:`\w+`(?:,\s+)?)+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_and_linked_files_exist(document):
    text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.S | re.M)
    missing = [name for name in NAMED.findall(text) if not (ROOT / name).exists()]
    missing += [link for link in LINKED.findall(text) if not (document.parent / link).exists()]
    made = {"results/report.html"}  # by evenfold report
    assert [] == [name for name in missing if name not in made]


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
