"""Wording that plain English has better words for is found in documents and messages."""

from __future__ import annotations

import sys

import pytest

from builders import ROOT

sys.path.insert(0, str(ROOT / "docs"))
from prose import faults


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("a.md", "Plain.\n\nIt asks for nothing, and the\nthe rest of of it.\n", [3, 4]),
        ("b.md", "| asks for nothing |\n\n```sh\nasks for nothing\n```\n", []),
        ("c.py", '"""Plain words."""\nx = f"that is told {1}"\n', [2]),
        ("d.py", "# a comment that asks for nothing\nx = 1\n", []),
    ],
)
def test_wording_is_found_in_prose_alone(tmp_path, name, text, lines):
    file = tmp_path / name
    file.write_text(text)
    assert lines == [int(fault.split(":")[1]) for fault in faults(file)]
