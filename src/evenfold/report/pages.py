"""The files made from results: results/README.md, its figures, and the tables in README.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.errors import ResultsError
from evenfold.report.answers import answers
from evenfold.report.compare import CAPTION, comparison
from evenfold.report.figures import DIGEST, fit_times
from evenfold.report.scores import caption, comparisons, score_summary, score_tables
from evenfold.report.tables import CAPTION as BENCH_CAPTION
from evenfold.report.tables import bench_table, write
from evenfold.results.found import Result
from evenfold.results.stats import ROPE
from evenfold.results.studies import StudyScores

if TYPE_CHECKING:
    import pandas as pd

BLOCK = re.compile(
    r"(<!-- evenfold (?P<where>\S+)(?: (?P<study>\S+))? -->\n).*?(<!-- /evenfold -->)", re.DOTALL
)
METRIC = "accuracy"
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


def pages(results: Sequence[Result], studies: Sequence[StudyScores], base: Path) -> Iterator[Page]:
    """All files that are made from the results and studies below ``base``.

    Raises ResultsError when README.md or the answers' template asks for what is not there.
    """
    by_machine = {
        machine: list(group) for machine, group in groupby(results, key=lambda r: r.machine)
    }
    parts = ["# Results\n\nMade by `evenfold report` from the files beside it; not to be edited.\n"]
    if told := answers(base, studies):
        parts.append(told)
    if studies:
        parts.append("## Scores\n")
        parts += [f"{part}\n" for part in _scores(studies)]
    for machine, of_machine in by_machine.items():
        yield Page(base / "figures" / f"{machine}.svg", fit_times(of_machine))
        parts += _machine(machine, of_machine)
    yield Page(base / "README.md", "\n".join(parts))
    readme = base.resolve().parent / "README.md"
    if readme.is_file():
        text = readme.read_text(encoding="utf-8")
        yield Page(readme, BLOCK.sub(lambda match: _block(match, results, studies, readme), text))


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


def _block(
    match: re.Match[str],
    results: Sequence[Result],
    studies: Sequence[StudyScores],
    readme: Path,
) -> str:
    where = match.group("where")
    if match.group("study"):
        return _study_block(match, studies, readme)
    for result in results:
        if where == f"{result.machine}/{result.environment['name']}":
            table = write(bench_table(result.benchmarks), "markdown")
            return f"{match.group(1)}{table}\n\n{BENCH_CAPTION}\n{match.group(4)}"
    raise ResultsError(f"{readme} shows {where}, and there is no such result")


def _study_block(match: re.Match[str], studies: Sequence[StudyScores], readme: Path) -> str:
    where, name = match.group("where"), match.group("study")
    for study in studies:
        if (where, name) == (f"{study.machine}/{study.told['name']}", study.file.stem):
            models = sorted(study.scores["model"].unique())
            table = score_summary(study.scores, models, METRIC, study.design, None)
            found = comparisons(study.scores, models, METRIC, study.design, None)
            width = max((c.difference.half_width for c in found.values()), default=float("nan"))
            told = caption(study.design, models[0], METRIC, ROPE[METRIC], width)
            return f"{match.group(1)}{write(table, 'markdown')}\n\n{told}\n{match.group(4)}"
    raise ResultsError(f"{readme} shows {where} {name}, and there is no such study")
