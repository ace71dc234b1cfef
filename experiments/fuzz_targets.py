"""What is fuzzed: how an example is drawn, and what reads it."""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from fuzz_changes import WRONG, changed_bytes, changed_records
from fuzz_pages import record
from fuzz_readers import (
    configuration,
    contender,
    history_of_races,
    series,
    store,
    stored_fits,
    table,
)
from fuzz_results import EXPERIMENTS, RACE, STUDY, npz, past_races, sound_results
from fuzz_wire import FIT, GREETING, SAMPLES, fit, greeting, samples

ROWS = "".join(f"{n % 7},{n * 0.37:.2f},{'abc'[n % 3]},{n % 2}\n" for n in range(12))
CSV = b"a,b,c,y\n" + ROWS.encode()
SERIES = {"x": np.ones((6, 3, 2)), "y": np.arange(6) % 2}
TS = b"""@problemName d
@timeStamps false
@univariate true
@classLabel true n p
@data
1,2,3:n
2,3,4:p
4,5,6:n
7,8,9:p
"""
SETTINGS = f"""[tool.evenfold]
models = ["m"]
references = ["majority"]
[tool.evenfold.environments]
old = "{sys.executable},FLAG=1"
""".encode()
SETTINGS_TABLE = {
    "models": ["m"], "datasets": ["d"], "metrics": ["k"], "references": ["majority"],
    "silence": ["EF001"], "environments": {"old": f"{sys.executable},FLAG=1"},
    "tables": {"a.csv": {"target": "y", "drop": ["b"], "missing": "drop"}},
}  # fmt: skip
WORDS = st.sampled_from(
    ["conv1d", "majority", "[", "]", "epochs", "=", "100", "#", "@", "/", "predict", "litert", ",",
     " ", "-1", "1e999", "\x1b", "..", "main", "tf2.21", "²", "9" * 500, "9" * 5000, "é", "\n"]
)  # fmt: skip
SUITE_FILES = {
    "suite": "m/suites/test_mine-base-vs-head.json",
    "suite_errors": "m/experiments/suite_errors.json",
}


@dataclass(frozen=True)
class Target:
    """Something that is read: how an example is drawn, and read in a folder of its own.

    ``read`` returns whether the example was accepted.
    """

    examples: Callable[[], st.SearchStrategy[Any]]
    read: Callable[[Any, Path], bool]


def store_examples() -> st.SearchStrategy[tuple[str, Any]]:
    """Draw changed bytes, or a table, a column and a value."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "s.sqlite"
        file.write_bytes(stored_fits())
        with closing(sqlite3.connect(file)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            columns = [
                (table, row[1])
                for (table,) in tables.fetchall()
                for row in connection.execute(f"PRAGMA table_info({table})")
            ]
    values = st.sampled_from([v for v in WRONG if isinstance(v, (int, float, str, type(None)))])
    cells = st.tuples(st.sampled_from(columns), values | st.binary(max_size=20))
    return st.one_of(
        st.tuples(st.just("bytes"), changed_bytes(stored_fits())),
        st.tuples(st.just("value"), cells.map(lambda cell: (*cell[0], cell[1]))),
    )


def lines_of(answer: Any) -> st.SearchStrategy[Any]:
    """Draw an answer of a worker with other values, or other bytes in its line."""
    return changed_records(answer) | changed_bytes(json.dumps(answer).encode() + b"\n")


def race_examples() -> st.SearchStrategy[Any]:
    """Draw a changed race, of all its launches or interrupted after the first."""
    race = json.loads(sound_results()[RACE])
    interrupted = {**race, "launches": race["launches"][:1], "judged": []}
    return changed_records(race) | changed_records(interrupted)


def record_target(name: str) -> Target:
    """Return the target of a JSON record of the results."""
    return Target(lambda: changed_records(json.loads(sound_results()[name])), record(name))


def file_target(name: str) -> Target:
    """Return the target of another file of the results."""
    return Target(lambda: changed_bytes(sound_results()[name]), record(name))


TARGETS: dict[str, Target] = {
    "csv": Target(lambda: changed_bytes(CSV), table),
    "npz": Target(lambda: changed_bytes(npz(SERIES)), series(".npz")),
    "ts": Target(lambda: changed_bytes(TS), series(".ts")),
    "store": Target(store_examples, store),
    "contender": Target(lambda: st.lists(WORDS, max_size=8).map("".join), contender),
    "wire": Target(lambda: lines_of(FIT), fit),
    "pyproject": Target(lambda: changed_bytes(SETTINGS), configuration),
    "settings": Target(
        lambda: changed_records(SETTINGS_TABLE).map(lambda one: {"evenfold": one}), configuration
    ),
    "samples": Target(lambda: lines_of(SAMPLES), samples),
    "greeting": Target(lambda: lines_of(GREETING), greeting),
    "race_history": Target(lambda: changed_records(past_races()), history_of_races),
    "scores": file_target(f"{STUDY}.csv"),
    "predictions": file_target(f"{STUDY}.predictions.npz"),
    "history": file_target(f"{STUDY}.history.npz"),
    "answers": file_target("answers.md.j2"),
    "bench": record_target("m/e/bench.json"),
    "environment": record_target("m/e/environment.json"),
    "study": record_target(f"{STUDY}.environment.json"),
    "race": Target(race_examples, record(RACE)),
    **{name: record_target(file) for name, file in SUITE_FILES.items()},
    "upgrade": record_target("m/upgrades/u.json"),
    "bisect": record_target("m/bisects/b.json"),
    **{name: record_target(f".benchmarks/{name}.json") for name in ("pytest_benchmark", "asv")},
    **{name: record_target(f"m/experiments/{name}.json") for name in EXPERIMENTS},
}
