"""How often advice on undecided verdicts settles them, in simulations and on real tables.

``python experiments/settle.py FILE`` simulates studies of two models whose true accuracies are
known. Where a study is undecided and a number of rows, or of repeats, is advised, the same study is
done with that many, and its verdict is looked at. Then pairs of scikit-learn's models on some rows
of real tables: where one is undecided, and the table has as many rows as are advised, it is scored
on these. FILE is written after each cell and pair, and what it has does not run again.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from commands import argument_parser
from evenfold.runtime.results_folder import write_json
from evenfold.score.settling_record import SCHEMA, SettlingCell
from evenfold.stats.verdicts import BETTER, EQUIVALENT, NOT_BETTER, NOT_WORSE, UNDECIDED, WORSE
from settle_real import CANDIDATES, scored_pair
from settle_trials import Population, draw_pair, true_difference

REPEATS, FOLDS = 3, 5
MOST_ROWS, MOST_REPEATS = 30_000, 100
MARGIN = 0.01
POPULATIONS = {
    "no difference": Population(0.0, 0.05),
    "a difference of the margin": Population(0.01, 0.05),
    "twice the margin": Population(0.02, 0.05),
    "five times the margin": Population(0.05, 0.05),
    "differences of 2 points, drawn": Population(0.02, 0.05, is_drawn=True),
    "differences of 5 points, drawn": Population(0.05, 0.05, is_drawn=True),
    "seeds that matter, 2 points, drawn": Population(0.02, 0.3, is_drawn=True),
    "3,000 rows and seeds that matter, no difference": Population(0.0, 0.3, 0.99, rows=3000),
    "3,000 rows and seeds that matter, 2 points, drawn": Population(0.02, 0.3, 0.99, True, 3000),
}


def is_false(word: str, difference: float) -> bool:
    """Whether a true difference contradicts a verdict."""
    return {
        BETTER: difference <= MARGIN,
        WORSE: difference >= -MARGIN,
        EQUIVALENT: abs(difference) > MARGIN,
        NOT_WORSE: difference < -MARGIN,
        NOT_BETTER: difference > MARGIN,
    }.get(word, False)


def run_cell(population: Population, studies: int) -> dict[str, int]:
    """Follow the advice in every undecided study of a population."""
    counts = dict.fromkeys(asdict(SettlingCell(*[0] * 8)), 0)
    size = population.rows
    for seed in range(studies):
        pair = draw_pair(population, MOST_ROWS, REPEATS, FOLDS, seed)
        counts["studies"] += 1
        if pair.compared(size, REPEATS).verdict != UNDECIDED:
            continue
        counts["undecided"] += 1
        settlement = pair.settlement(size, REPEATS)
        true = true_difference(pair)
        if settlement.rows is not None and settlement.rows <= MOST_ROWS:
            word = pair.compared(settlement.rows, REPEATS).verdict
            _count(counts, "rows", word, true)
        if settlement.together is not None and settlement.together[0] <= MOST_ROWS:
            rows, repeats = settlement.together
            word = pair.with_repeats(repeats, rows).compared(rows, repeats).verdict
            _count(counts, "rows", word, true)
        if settlement.repeats is not None and settlement.repeats <= MOST_REPEATS:
            more = pair.with_repeats(settlement.repeats, size)
            _count(counts, "repeats", more.compared(size, settlement.repeats).verdict, true)
    return counts


def _count(counts: dict[str, int], what: str, word: str, true: float) -> None:
    counts[f"by_{what}"] += 1
    counts[f"settled_by_{what}"] += word != UNDECIDED
    counts[f"false_by_{what}"] += is_false(word, true)


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file of the results")
    parser.add_argument("--studies", type=int, default=1000, help="studies of a population")
    parser.add_argument("--pairs", type=int, default=30, help="undecided pairs of real tables")
    arguments = parser.parse_args()
    content: dict[str, Any] = {"schema": SCHEMA, "cells": {}, "pairs": [], "tried": []}
    if arguments.file.exists():
        content = json.loads(arguments.file.read_text())
    for name, population in POPULATIONS.items():
        if name not in content["cells"]:
            content["cells"][name] = run_cell(population, arguments.studies)
            write_json(arguments.file, content)
            print(name, content["cells"][name], flush=True)
    for candidate in CANDIDATES:
        if candidate.name in content["tried"] or len(content["pairs"]) >= arguments.pairs:
            continue
        content["tried"].append(candidate.name)
        pair = scored_pair(candidate)
        if pair is not None:
            content["pairs"].append(asdict(pair))
            print(pair, flush=True)
        write_json(arguments.file, content)


if __name__ == "__main__":
    main()
