"""The files made from results: README.md beside them, figures, report.html, and our README."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenfold.errors import ResultsError
from evenfold.render.charts import DIGEST, Figure
from evenfold.render.tables import escaped, write
from evenfold.report.blocks import filled
from evenfold.report.page import page
from evenfold.report.report_data import Shown
from evenfold.report.sections import Part, Section, Table, Words, sections

FIRST = "# Results\n\nMade by `evenfold report` from the files beside it; not to be edited.\n"
FIGURES = "figures"
DIGESTED = (".svg", ".png", ".html")
ENDING = 7  # bytes: the last chunk of a PNG, </html>


@dataclass(frozen=True)
class Page:
    """A file as it should be; ``is_kept`` where it belongs in a repository.

    Drawings and report.html are compared by their data's digest: fonts and libraries may differ.
    """

    path: Path
    content: bytes
    is_kept: bool = True

    def is_current(self) -> bool:
        """Whether the file on disk says the same."""
        try:
            found = self.path.read_bytes()
        except OSError:
            return False
        digest = DIGEST.search(self.content)
        if digest is not None and self.path.suffix in DIGESTED:
            # A file that was cut off has no such end.
            whole = found.rstrip().endswith(self.content.rstrip()[-ENDING:])
            return whole and digest.group() in found
        return found.replace(b"\r\n", b"\n") == self.content

    def write(self) -> None:
        """Writes the file. Raises ResultsError when that cannot be done."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(self.content)
        except OSError as error:
            raise ResultsError(f"{self.path} cannot be written: {error.strerror}") from error


def pages(shown: Shown, base: Path) -> Iterator[Page]:
    """All files that are made from what is below ``base``.

    Raises ResultsError when README.md or the answers' template asks for what is not there, or two
    results would have one figure.
    """
    found = list(sections(shown, base))
    figures = [part for one in found for part in one.parts if isinstance(part, Figure)]
    _require_apart([figure.name for figure in figures])
    for figure in figures:
        yield Page(base / FIGURES / f"{figure.name}.svg", figure.svg().encode())
    yield Page(base / "README.md", "\n".join([FIRST, *map(_markdown, found)]).encode())
    yield Page(base / "report.html", page(found).encode(), is_kept=False)
    readme = base.resolve().parent / "README.md"
    if readme.is_file():
        try:
            text = readme.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ResultsError(f"{readme} is not UTF-8 at byte {error.start}") from error
        yield Page(readme, filled(text, shown, readme).encode())
        yield from _pictures(text, figures, base, readme)


def left_over(made: Iterable[Page], base: Path) -> list[Path]:
    """Figures of ours on disk that nothing makes any more."""
    known = {page.path.name for page in made}
    files = sorted((base / FIGURES).glob("*.svg")) + sorted((base / FIGURES).glob("*.png"))
    return [f for f in files if f.name not in known and DIGEST.search(f.read_bytes())]


def drifted(made: Iterable[Page]) -> list[Page]:
    """The pages that are not on disk as they should be."""
    return [one for one in made if not one.is_current()]


def _pictures(text: str, figures: Sequence[Figure], base: Path, readme: Path) -> Iterator[Page]:
    """The figures that README.md shows as PNG, which is drawn wherever a README is."""
    known = {figure.name: figure for figure in figures}
    folder = f"{base.resolve().name}/{FIGURES}"
    for name in dict.fromkeys(re.findall(rf"{re.escape(folder)}/([\w.-]+)\.png\b", text)):
        file = base / FIGURES / f"{name}.png"
        if name in known:
            yield Page(file, known[name].png())
        elif not file.exists():
            raise ResultsError(f"{readme} shows {folder}/{name}.png: there is no such figure")


def _markdown(section: Section) -> str:
    title = escaped(section.title, "markdown")
    head = [f"{'#' * section.level} {title}\n"] if section.title else []
    return "\n".join([*head, *map(_part, section.parts)])


def _part(part: Part) -> str:
    if isinstance(part, Table):
        return write(part.frame, "markdown", part.numbers) + "\n"
    if isinstance(part, Words):
        return part.text if part.text.endswith("\n") else part.text + "\n"
    title = escaped(part.title, "markdown").replace("[", "\\[").replace("]", "\\]")
    return f"![{title}]({FIGURES}/{part.name}.svg)\n\n{escaped(part.says, 'markdown')}\n"


def _require_apart(figures: Sequence[str]) -> None:
    twice = [name for name, count in Counter(figures).items() if count > 1]
    if twice:
        raise ResultsError(f"{twice[0]} is two results with one figure: name one of them otherwise")
