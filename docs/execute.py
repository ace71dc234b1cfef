"""Runs the commands of a document from top to bottom, and writes their output below them.

``python docs/execute.py docs/how-to/your-model.md`` works in a new folder with the installed
evenfold. A block ```` ```python mine/bump.py ```` is written to that file, blocks ```` ```sh ````
and ```` ```python ```` are run, and a block ```` ```text ```` is replaced by the output of the
block before it. Blocks of ``console`` and ``toml`` are left alone. A document that begins with
``<!-- execute: results -->`` finds a copy of that folder of the repository.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(
    r"^```(?P<kind>\w+) ?(?P<file>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)

NEEDED = re.compile(r"<!-- execute: ([\w ]+) -->")
# Examples that are shown as they are: sessions that take long, and settings.
SHOWN = ("console", "toml")
KINDS = ("python", "sh", "text")


def executed(text: str, folder: Path) -> str:
    """Return the document with the current output of its blocks.

    Parameters
    ----------
    text : str
        The document, in Markdown.
    folder : Path
        Where files are written and commands run.

    Raises
    ------
    subprocess.CalledProcessError
        If a block fails.
    ValueError
        If a block is of another kind, or names a file outside the folder.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"}
    printed = ""

    def execute(match: re.Match[str]) -> str:
        nonlocal printed
        kind, file, body = match["kind"], match["file"], match["body"]
        if kind in SHOWN:
            return match[0]
        if kind not in KINDS:
            raise ValueError(f"a block of {kind} cannot be run: write one of {', '.join(KINDS)}")
        if kind == "text":
            return f"```{kind} {file}".rstrip() + f"\n{printed}```"
        if file:
            write_file(folder, file, body)
            return match[0]
        command = ["bash", "-e", "-c", body] if kind == "sh" else [sys.executable, "-c", body]
        process = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
            encoding="utf-8",
        )
        lines = process.stdout.strip("\n").split("\n")
        printed = "\n".join(line.rstrip() for line in lines) + "\n"
        return match[0]

    return BLOCK.sub(execute, text)


def copy_needed(text: str, folder: Path) -> None:
    """Copy the folders of the repository that the document's first line names."""
    named = NEEDED.match(text)
    for name in named[1].split() if named else ():
        shutil.copytree(Path(__file__).parents[1] / name, folder / name)


def write_file(folder: Path, name: str, body: str) -> None:
    """Write a block that is a file below the folder."""
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{name} is not below the document's folder")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(body, encoding="utf-8")


if __name__ == "__main__":
    document = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        content = document.read_text(encoding="utf-8")
        copy_needed(content, Path(name))
        document.write_text(executed(content, Path(name)), encoding="utf-8")
