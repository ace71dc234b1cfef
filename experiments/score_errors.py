"""Coverage and verdicts of score intervals on populations whose scores are known.

``python experiments/score_errors.py FILE`` draws data sets again and again, fits fast learners in
every design, and counts how often the intervals of ``evenfold.stats`` hold the true score, beside
Nadeau and Bengio's interval and the uncorrected t-interval. The truth comes from many training sets
and large test parts; of a holdout, from its own training rows and other seeds.

FILE, JSON, is written after each batch, so that an interrupted call continues where it stopped, and
every batch has a seed of its own. ``--cells`` chooses cells by parts of their names. Without it the
cells of the committed record run: every population, size and design at least once.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from commands import argument_parser
from evenfold.render.tables import write
from score_cells import CELLS, Cell, run_batch, true_scores
from score_record import BATCH, ScoreErrors, read_record, summary_table, write_record

# The cells of the committed record, the most telling first.
COMMITTED = (
    "learners, balanced, 178 rows, 10x10",
    "learners, heavy tails, 178 rows, 10x10",
    "learners, skewed, 178 rows, 10x10",
    "learners, balanced, 178 rows, holdout",
    "learners, balanced, 178 rows, 5x2",
    "learners, balanced, 178 rows, 10x1",
    "learners, 1:9, 178 rows, 10x10",
    "learners, easy, 178 rows, 10x10",
    "metrics, easy, 178 rows, 10x10",
    "metrics, heavy tails, 178 rows, 10x10",
    "metrics, skewed, 178 rows, 10x10",
    "learners, balanced, 80 rows, 10x10",
    "learners, three classes, 178 rows, 10x10",
    "learners, balanced, 569 rows, 10x10",
    "trees, balanced, 178 rows, 10x10",
    "ensembles, balanced, 178 rows, 10x10",
)


def read_options() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file to write, or to continue")
    parser.add_argument("--replicates", type=int, default=1000, help="data sets of each cell")
    parser.add_argument(
        "--cells",
        help="parts of the names of cells, separated by semicolons, '' for all "
        "(default: the cells of the committed record)",
    )
    parser.add_argument("--minutes", type=float, default=1e9, help="longest time of this call")
    return parser.parse_args()


def chosen(parts: str | None) -> list[Cell]:
    """The cells whose names have one of the parts, in the order of the parts."""
    names = COMMITTED if parts is None else [part.strip() for part in parts.split(";")]
    found = (cell for name in names for cell in CELLS if name in cell.name)
    return list(dict.fromkeys(found))


def main() -> int:
    options = read_options()
    record: ScoreErrors = read_record(options.file)
    ends = time.monotonic() + 60 * options.minutes
    for cell in chosen(options.cells):
        state = record.setdefault(cell.name, {"batches": 0, "truth": {}, "targets": {}})
        wanted = min(options.replicates, cell.most)
        while state["batches"] * BATCH < wanted and time.monotonic() < ends:
            started = time.process_time()
            if not state["truth"]:
                state["truth"] = true_scores(cell)
            run_batch(cell, state, state["batches"])
            state["batches"] += 1
            write_record(options.file, record)
            seconds = time.process_time() - started
            print(f"{cell.name}: {state['batches'] * BATCH}, {seconds:.1f} s", file=sys.stderr)
    print(write(summary_table(record), "markdown"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
