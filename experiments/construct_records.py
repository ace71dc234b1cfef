"""Records of ``engine_constructs.py``: one file per environment, and the table of them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from evenfold.runtime.records import RecordType
from evenfold.runtime.results_folder import natural

Status = Literal["equal", "left to fit", "not in this version", "wrong"]
FOLDER = Path(__file__).parents[1] / "results" / "experiments"
# The error of the whole table of one environment, over all constructs that are compared by chance.
LEVEL = 0.01


@dataclass(frozen=True)
class ConstructResult:
    """The engines compared on one construct.

    ``difference`` is the largest one between trainings that draw the same random numbers, absolute
    and relative at once, and ``differs`` what it is of; None if it is not finite. ``p`` is the
    p-value of equal distributions. ``caught`` says whether the comparison notices the breakage
    ``caught_by``.
    """

    name: str
    group: str
    status: Status
    tolerance: float
    reason: str = ""
    difference: float | None = None
    differs: str = ""
    p: float | None = None
    caught_by: str = ""
    caught: bool | None = None
    caught_difference: float | None = None
    caught_p: float | None = None


@dataclass(frozen=True)
class ConstructStudy:
    """All constructs in one environment.

    ``seconds`` is how long the comparison took, and ``shift`` the difference of means, in standard
    deviations, that it finds in nine of ten cases.
    """

    environment: str
    tensorflow: str
    keras: str
    engine_version: int
    seeds: int
    level: float
    shift: float
    seconds: float
    constructs: list[ConstructResult]


def _check(study: ConstructStudy) -> None:
    names = [result.name for result in study.constructs]
    if len(names) != len(set(names)):
        raise ValueError("constructs: a name occurs twice")


CONSTRUCT_STUDIES = RecordType(
    ConstructStudy,
    schema=1,
    name="comparison of engines",
    remedy="Write it again with experiments/engine_constructs.py.",
    check=_check,
)


def read_studies(folder: Path = FOLDER) -> list[ConstructStudy]:
    """Read the records of all environments, the oldest version first."""
    files = sorted(folder.glob("engine_constructs.*.json"), key=natural)
    return [CONSTRUCT_STUDIES.read(file) for file in files]


def record_file(environment: str, folder: Path = FOLDER) -> Path:
    """The file of an environment's record."""
    return folder / f"engine_constructs.{environment}.json"


def judged_by_holm(results: Iterable[ConstructResult], level: float) -> list[ConstructResult]:
    """Judge constructs that are compared by chance together, with Holm's step-down procedure.

    References
    ----------
    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6 (1979) 65-70.
    """
    results = list(results)
    tested = sorted((result.p, result.name) for result in results if result.p is not None)
    rejected = set()
    for rank, (p, name) in enumerate(tested):
        if p * (len(tested) - rank) >= level:
            break
        rejected.add(name)
    return [
        replace(result, status="wrong" if result.name in rejected else "equal")
        if result.p is not None
        else result
        for result in results
    ]


def construct_table(studies: Sequence[ConstructStudy]) -> str:
    """The table of constructs by environment in Markdown, with the reasons below it."""
    by_study = [{result.name: result for result in study.constructs} for study in studies]
    rows = {result.name: result for study in studies for result in study.constructs}
    reasons: dict[str, int] = {}
    lines: list[str] = []
    groups = dict.fromkeys(result.group for result in rows.values())
    for group in groups:
        head = ["construct", *(f"TensorFlow {study.environment[2:]}" for study in studies)]
        lines += ["", f"### {group.capitalize()}", "", _row(head), _row(["---"] * len(head))]
        for name in (name for name, result in rows.items() if result.group == group):
            cells = [_cell(results.get(name), reasons) for results in by_study]
            lines.append(_row([name, *cells]))
    lines += ["", "### Reasons", ""]
    lines += [f"{number}. {' '.join(reason.split())}" for reason, number in reasons.items()]
    return "\n".join(lines).strip() + "\n"


def _cell(result: ConstructResult | None, reasons: dict[str, int]) -> str:
    if result is None:
        return "not compared"
    if result.status == "left to fit":
        number = reasons.setdefault(result.reason, len(reasons) + 1)
        return f"`fit` ({number})"
    if result.status == "not in this version":
        return "–"
    if result.status == "wrong":
        return "**wrong**"
    return "equal" if result.p is None else "equal in distribution"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
