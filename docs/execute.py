"""Runs a document's own commands, from top to bottom, and writes what they print below them.

``python docs/execute.py docs/example.md``. A block ```` ```python mine/bump.py ```` is that file,
```` ```sh ```` and ```` ```python ```` are run where the files are, and ```` ```text ```` below one
is what it printed. All in a new folder, with evenfold as it is installed here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(
    r"^```(?P<kind>\w+) ?(?P<file>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)

KINDS = ("python", "sh", "text")


def executed(text: str, folder: Path) -> str:
    """The document with every output as it is now. Raises CalledProcessError for a command's."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"}
    printed = ""

    def block(match: re.Match[str]) -> str:
        nonlocal printed
        kind, file, body = match["kind"], match["file"], match["body"]
        if kind not in KINDS:
            raise ValueError(f"a block of {kind} cannot be run: write one of {', '.join(KINDS)}")
        if kind == "text":
            return f"```{kind} {file}".rstrip() + f"\n{printed}```"
        if file:
            if not (folder / file).resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{file} is not below the document's folder")
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(body, encoding="utf-8")
            return match[0]
        command = ["bash", "-e", "-c", body] if kind == "sh" else [sys.executable, "-c", body]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
            encoding="utf-8",
        )
        printed = "\n".join(line.rstrip() for line in done.stdout.strip("\n").split("\n")) + "\n"
        return match[0]

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    document = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        document.write_text(
            executed(document.read_text(encoding="utf-8"), Path(name)), encoding="utf-8"
        )
