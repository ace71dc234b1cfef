"""The files that a report consists of, and whether each is current on disk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evenfold.errors import ResultsError
from evenfold.files.reading import read_file
from evenfold.files.writing import require_inside, write_whole
from evenfold.render.charts import DIGEST, PNG_END, Figure
from evenfold.report.blocks import filled
from evenfold.report.markdown import FIGURES
from evenfold.report.page import page, page_digest
from evenfold.report.parts import Section
from evenfold.report.report_data import ReportData
from evenfold.report.sections import complete_sections
from evenfold.report.summary import summary, summary_sections

PAGE = "report.html"


@dataclass(frozen=True)
class Page:
    """A generated file.

    A drawing, and report.html, is compared by the digest of its data and definition, so that it
    need not be rendered to learn that it has not changed.

    Parameters
    ----------
    path
        The file.
    folder
        The folder that it must not leave.
    render
        Returns its content.
    digest
        The digest that a current file holds; None where contents are compared.
    end
        The last bytes of a file that was not cut off, where there is a digest.
    is_committed
        Whether the file belongs in a repository.
    """

    path: Path
    folder: Path
    render: Callable[[], bytes]
    digest: str | None = None
    end: bytes = b""
    is_committed: bool = True

    @cached_property
    def content(self) -> bytes:
        """The content that the file should have."""
        return self.render()

    def is_current(self) -> bool:
        """Return whether the file on disk shows the same."""
        try:
            found = read_file(self.path)
        except OSError:
            return False
        if self.digest is None:
            return found.replace(b"\r\n", b"\n") == self.content
        is_whole = found.rstrip().endswith(self.end)
        return is_whole and f"data {self.digest}".encode() in found

    def write(self) -> None:
        """Write the file.

        Raises
        ------
        ResultsError
            When it cannot be written, or a link leads out of the folder.
        """
        require_inside(self.path, self.folder)
        write_whole(self.path, self.content)


def pages(report_data: ReportData, base: Path, with_page: bool = True) -> Iterator[Page]:
    """Yield all files that are generated from a folder of results.

    Parameters
    ----------
    report_data
        The results.
    base
        Their folder.
    with_page
        Whether report.html is among the files. Without it, figures and tables that it alone shows
        are not computed.

    Raises
    ------
    ResultsError
        When README.md or the template of answers names a result that is not there, or two results
        would share a figure.
    """
    short = list(summary_sections(report_data, base))
    figures = _figures(short)
    yield from (_svg(figure, base) for figure in figures)
    text = summary(report_data, base, short).encode()
    yield Page(base / "README.md", base, lambda: text)
    if with_page:
        first, *others = whole = list(complete_sections(report_data, base))
        _figures(whole)
        digest = page_digest(whole)
        yield Page(
            base / PAGE, base, lambda: page(others, first, digest).encode(), digest, b"</html>",
            False,
        )  # fmt: skip
    readme = (base.resolve().parent / "README.md").resolve()
    if readme.is_file():
        before = _read(readme)
        after = filled(before, report_data, readme, base).encode()
        yield Page(readme, readme.parent, lambda: after)
        yield from _images(before, figures, report_data, base, readme)


def left_over(made: Iterable[Page], base: Path) -> list[Path]:
    """Return the generated figures on disk that belong to no result any more."""
    known = {page.path.name for page in made}
    files = sorted((base / FIGURES).glob("*.svg")) + sorted((base / FIGURES).glob("*.png"))
    return [f for f in files if f.name not in known and _is_drawing(f)]


def _is_drawing(file: Path) -> bool:
    """Whether a file was drawn by evenfold."""
    try:
        return DIGEST.search(read_file(file)) is not None
    except OSError:
        return False


def drifted(made: Iterable[Page]) -> list[Page]:
    """Return the files that are missing on disk, or show something else."""
    return [one for one in made if not one.is_current()]


def _svg(figure: Figure, base: Path) -> Page:
    file = base / FIGURES / f"{figure.name}.svg"
    end = figure.svg_end.strip().encode()
    return Page(file, base, lambda: figure.svg().encode(), figure.digest, end)


def _images(
    text: str, short: Sequence[Figure], report_data: ReportData, base: Path, readme: Path
) -> Iterator[Page]:
    """The figures that README.md shows, as PNG: every viewer of a README draws it."""
    folder = f"{base.resolve().name}/{FIGURES}"
    names = dict.fromkeys(re.findall(rf"{re.escape(folder)}/([\w.-]+)\.png\b", text))
    known = {figure.name: figure for figure in short}
    if not names.keys() <= known.keys():
        complete = _figures(list(complete_sections(report_data, base)))
        known.update((figure.name, figure) for figure in complete)
    for name in names:
        file = base / FIGURES / f"{name}.png"
        if name in known:
            yield Page(file, base, known[name].png, known[name].digest, PNG_END.rstrip())
        elif not file.exists():
            raise ResultsError(
                f"{readme} shows {folder}/{name}.png, but there is no such figure: correct its name"
            )


def _read(readme: Path) -> str:
    try:
        return read_file(readme).decode("utf-8")
    except OSError as error:
        raise ResultsError(f"{readme} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ResultsError(
            f"{readme} is not UTF-8 at byte {error.start}: save it as UTF-8"
        ) from error


def _figures(sections: Sequence[Section]) -> list[Figure]:
    """All figures of some sections. Raises ResultsError when two have one name."""
    figures = [part for one in sections for part in one.flat_parts if isinstance(part, Figure)]
    counts = Counter(figure.name for figure in figures)
    for name, number in counts.items():
        if number > 1:
            raise ResultsError(
                f"{name} is the figure of {number} results: give one of them another name"
            )
    return figures
