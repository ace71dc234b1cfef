"""Finds wording in documents, docstrings and messages that plain English has better words for.

``python docs/prose.py`` checks the repository, and prints each place with what to write instead.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Wording, and what to write instead.
INSTEAD = {
    r"asks for nothing": "works offline",
    r"skipped with a word": "skipped, with the reason",
    r"decides nothing": "informational only",
    r"of no interest": "below the practical threshold",
    r"of here and now": "of this run on this machine",
    r"is for a race\b": "use evenfold race",
    r"has to beat": "the baseline",
    r"out of sight": "off scale",
    r"\bcame to, side by side": "compare the results",
    r"none to act on": "does not fail the check",
    r"to be had\b": "available",
    r"\bis told\b": "the subject of the sentence",
    r"\bvery unique\b|\bin order to\b|\butili[sz]es?\b": "a shorter word",
    r"\b(\w{2,}) \1\b(?! ?[-=(])": "the word once",
}
PATTERNS = {re.compile(pattern, re.IGNORECASE): better for pattern, better in INSTEAD.items()}
# Doubled words that are right: numbers, names and the like.
RIGHT = re.compile(r"\b(that that|had had|\d+ \d+|is is)\b", re.IGNORECASE)


def passages(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts of a file that people read, each with its line."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        fences = re.compile(r"^( *)```.*?^\1```$|^\|.*?$", re.S | re.M)
        blank = fences.sub(lambda match: re.sub(r"[^\n]", "", match[0]), text)
        yield from enumerate(blank.split("\n"), start=1)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def faults(file: Path) -> Iterator[str]:
    """Yield a line for each wording that has a better one."""
    for line, text in passages(file):
        for pattern, better in PATTERNS.items():
            for match in pattern.finditer(text):
                if not RIGHT.fullmatch(match[0]):
                    yield f'{file}:{line}: "{match[0]}": write {better}'


def checked_files() -> list[Path]:
    """Return the documents and the Python files of the package and its models."""
    command = ["git", "ls-files", "*.md", "src/*.py", "models/*.py", "experiments/*.py"]
    process = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in process.stdout.split("\n") if name and (ROOT / name).exists()]


if __name__ == "__main__":
    found = [fault for file in checked_files() for fault in faults(file)]
    print("\n".join(found) or "no wording that plain English has better words for")
    sys.exit(1 if found else 0)
