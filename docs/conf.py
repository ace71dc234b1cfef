"""Sphinx builds the documentation: ``tox run -e docs``."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import evenfold

if TYPE_CHECKING:
    import click
    from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent

project = "evenfold"
author = "the authors of evenfold"
version = release = evenfold.__version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
]
exclude_patterns = ["**/.evenfold"]

myst_heading_anchors = 3
# Options are written as they are typed: --study.
smartquotes = False
nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_raise_on_error = True

autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
# Names that are written as in the standard library or in another package; there is no network here.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!evenfold).*"), ("py:.*", r"evenfold\.(?!\w+$).*")]

html_theme = "furo"
html_title = "evenfold"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["evenfold.css"]
html_theme_options = {"footer_icons": []}

# A link to a file of the repository outside docs/, such as [x](../../experiments/README.md).
OUTSIDE = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)#]+)(?:#[^)]*)?\)")


def name_outside_files(app: Sphinx, page: str, source: list[str]) -> None:
    """Replace links to files outside docs/, which the built pages lack, by their paths."""

    def replace(match: re.Match[str]) -> str:
        target = ((DOCS / page).parent / match[2]).resolve()
        if target.is_relative_to(DOCS):
            return match[0]
        path = target.relative_to(ROOT).as_posix()
        return match[1] if match[1].strip("`") == path else f"{match[1]} (`{path}`)"

    source[0] = OUTSIDE.sub(replace, source[0])


def list_decisions(app: Sphinx, page: str, source: list[str]) -> None:
    """Put all decisions into the contents, below their index."""
    if page == "decisions/README":
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n[0-9]*\n```\n"


def show_examples(app: Sphinx, context: click.Context, lines: list[str]) -> None:
    """Show the examples of a command's help as lines of shell."""
    if context.command.name != "cli":
        examples = (context.command.epilog or "").strip("\n").splitlines()
        lines[:] = [".. code-block:: sh", "", *(f"   {line}" for line in examples), ""]


def remove_runs(app: Sphinx, problem: Exception | None) -> None:
    """Remove what the notebook saved beside itself."""
    shutil.rmtree(DOCS / "how-to" / ".evenfold", ignore_errors=True)


def add_report(app: Sphinx, problem: Exception | None) -> None:
    """Put the report of the committed results beside the pages."""
    if problem is not None or app.builder.format != "html":
        return
    with TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        shutil.copytree(ROOT / "results", results)
        command = [sys.executable, "-m", "evenfold", "report", "--results", "results"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        shutil.copy(results / "report.html", Path(app.outdir) / "report.html")


def setup(app: Sphinx) -> None:
    """Connect the functions above."""
    app.connect("source-read", name_outside_files)
    app.connect("source-read", list_decisions)
    app.connect("sphinx-click-process-epilog", show_examples)
    app.connect("build-finished", remove_runs)
    app.connect("build-finished", add_report)
