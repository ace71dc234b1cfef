"""The table of constructs in ``docs/engine.md``, from the records of all environments.

``python experiments/engine_table.py`` reads ``results/experiments/engine_constructs.*.json`` and
writes what stands between the two markers of the page. It needs no TensorFlow.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from construct_records import ConstructResult, ConstructStudy, construct_table, read_studies
from evenfold.files.writing import write_whole

PAGE = Path(__file__).parents[1] / "docs" / "engine.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def page_with(text: str, studies: Sequence[ConstructStudy]) -> str:
    """The page with its generated part made anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    generated = "\n\n".join([conclusion(studies), summary(studies), construct_table(studies)])
    return f"{before}{BEGIN}\n\n{generated}\n{END}{after}"


def conclusion(studies: Sequence[ConstructStudy]) -> str:
    """One sentence: whether any construct is wrong."""
    results = [result for study in studies for result in study.constructs]
    names = {result.name for result in results}
    wrong = sorted({result.name for result in results if result.status == "wrong"})
    versions = ", ".join(study.environment[2:] for study in studies)
    head = f"On {len(names)} constructs in TensorFlow {versions} "
    if wrong:
        return head + f"the compiled engine is wrong on {len(wrong)}: {', '.join(wrong)}."
    return head + "the compiled engine trains as `fit` does or leaves the training to `fit`."


def summary(studies: Sequence[ConstructStudy]) -> str:
    """Counts by environment, the largest difference, and how many breakages were noticed."""
    head = (
        "| TensorFlow | Keras | engine | equal | equal in distribution | left to `fit` | "
        "not in this version | largest difference | breakages noticed | detectable shift |"
    )
    return "\n".join([head, "| --- " * 10 + "|", *(_summary_row(study) for study in studies)])


def _summary_row(study: ConstructStudy) -> str:
    def count(status: str) -> int:
        return sum(result.status == status for result in study.constructs)

    by_chance = [r for r in study.constructs if r.status == "equal" and r.p is not None]
    broken = [r for r in study.constructs if r.caught is not None]
    cells = [
        study.tensorflow,
        study.keras,
        study.engine_version,
        count("equal") - len(by_chance),
        len(by_chance),
        count("left to fit"),
        count("not in this version"),
        _largest(study.constructs),
        f"{sum(bool(r.caught) for r in broken)} of {len(broken)}",
        f"{study.shift:g} SD",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def _largest(results: Sequence[ConstructResult]) -> str:
    """The largest difference of constructs of the usual tolerance that are equal."""
    usual = min(result.tolerance for result in results)
    equal = [
        result.difference
        for result in results
        if result.status == "equal" and result.tolerance == usual and result.difference is not None
    ]
    return f"{max(equal):.1g}" if equal else "–"


def main() -> int:
    text = PAGE.read_text(encoding="utf-8")
    write_whole(PAGE, page_with(text, read_studies()).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
