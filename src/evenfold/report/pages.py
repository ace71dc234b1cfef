"""The files made from results: results/README.md, its figures, and the tables in README.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.errors import ResultsError
from evenfold.report.answers import answers
from evenfold.report.blocks import METRIC, Shown, filled
from evenfold.report.compare import CAPTION, comparison
from evenfold.report.figures import DIGEST, fit_times, race_ratios
from evenfold.report.races import caption, heading, race_table
from evenfold.report.scores import score_tables
from evenfold.report.tables import write
from evenfold.results.found import Result
from evenfold.results.races import Race
from evenfold.results.studies import StudyScores

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("tensorflow", "tensorflow-cpu", "jax", "torch", "keras", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Page:
    """A file as it should be. A drawing is compared by its data's digest: fonts may differ."""

    path: Path
    text: str

    def is_current(self) -> bool:
        """Whether the file on disk says the same."""
        try:
            found = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return False
        digest = DIGEST.search(self.text)
        if digest is not None and self.path.suffix == ".svg":
            return digest.group() in found
        return found == self.text

    def write(self) -> None:
        """Writes the file. Raises ResultsError when that cannot be done."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self.text, encoding="utf-8")
        except OSError as error:
            raise ResultsError(f"{self.path} cannot be written: {error.strerror}") from error


def pages(shown: Shown, base: Path) -> Iterator[Page]:
    """All files that are made from what is below ``base``.

    Raises ResultsError when README.md or the answers' template asks for what is not there, or two
    results would have one figure.
    """
    by_machine = {
        machine: list(group) for machine, group in groupby(shown.results, key=lambda r: r.machine)
    }
    figures = base / "figures"
    _require_apart([*by_machine, *map(_figure, shown.races)])
    parts = ["# Results\n\nMade by `evenfold report` from the files beside it; not to be edited.\n"]
    if told := answers(base, shown.studies, shown.races):
        parts.append(told)
    if shown.studies:
        parts.append("## Scores\n")
        parts += [f"{part}\n" for part in _scores(shown.studies)]
    if shown.races:
        parts.append("## Races\n")
    for race in shown.races:
        yield Page(figures / f"{_figure(race)}.svg", race_ratios(race))
        parts += _race(race)
    for machine, of_machine in by_machine.items():
        yield Page(figures / f"{machine}.svg", fit_times(of_machine))
        parts += _machine(machine, of_machine)
    yield Page(base / "README.md", "\n".join(parts))
    readme = base.resolve().parent / "README.md"
    if readme.is_file():
        text = readme.read_text(encoding="utf-8")
        yield Page(readme, filled(text, shown, readme))


def drifted(made: Iterable[Page]) -> list[Page]:
    """The pages that are not on disk as they should be."""
    return [page for page in made if not page.is_current()]


def _machine(machine: str, results: list[Result]) -> Iterator[str]:
    told = results[0].environment
    yield f"## {machine}\n\n{told.get('processor')}, {told.get('cores')} cores.\n"
    yield write(_environments(results), "markdown", numbers=False) + "\n"
    yield f"![Training time by environment](figures/{machine}.svg)\n"
    table = comparison(results)
    for model in dict.fromkeys(table["model"]):
        rows = table[table["model"] == model].drop(columns="model")
        yield f"### {model}\n\n{write(rows, 'markdown')}\n"
    yield f"{CAPTION}\n"


def _race(race: Race) -> Iterator[str]:
    yield f"### {heading(race)}, {race.machine}\n"
    yield write(race_table(race), "markdown") + "\n"
    yield f"![Ratios with their intervals](figures/{_figure(race)}.svg)\n"
    yield f"{caption([race], 'markdown')}\n"


def _figure(race: Race) -> str:
    return f"{race.machine}-{race.name}"


def _require_apart(figures: Sequence[str]) -> None:
    twice = [name for name, count in Counter(figures).items() if count > 1]
    if twice:
        raise ResultsError(f"{twice[0]} is two results with one figure: name one of them otherwise")


def _environments(results: list[Result]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for result in results:
        told = result.environment
        versions = told.get("versions", {})
        named = ", ".join(f"{name} {versions[name]}" for name in PACKAGES if name in versions)
        rows.append((result.label, told.get("python"), named, told.get("revision") or "–"))
    return pd.DataFrame(rows, columns=["environment", "Python", "packages", "revision"])


def _scores(studies: Sequence[StudyScores]) -> Iterator[str]:
    for part in score_tables(studies, METRIC, None, "markdown"):
        is_heading = not part.startswith("|") and "\n" not in part
        yield f"### {part}" if is_heading else part
