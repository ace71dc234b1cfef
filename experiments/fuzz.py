"""Damaged and hostile input for everything that evenfold reads: an error of the user, or a value.

``python experiments/fuzz.py --minutes 10`` runs each target for ten minutes, and prints the numbers
of examples as JSON; ``--only NAME`` runs one. It ends at the first exception that is no message
for a user, and prints the example. What it found is among the examples of
``tests/unit/experiments/test_fuzz.py``.

A target takes a file or a text that is sound, changes it in a few places, and reads it. Changes are
of bytes, of the values of a record, or of a grammar's words.
"""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import StopTest

from commands import ROOT, argument_parser, print_result
from evenfold.errors import EvenfoldError

RESULTS = ROOT / "results" / "epyc-2c"
DEEP = json.loads("[" * 200 + "]" * 200)
# Values of every kind: a field of a record is refused for most of them.
WRONG = [
    None, True, -1, 0, 0.5, 10**400, float("inf"), float("-inf"), float("nan"), 1e-320, 2**63, "",
    "x", "\x1b[2J", "a/../../b", "<b>|`\n# a", "\ud800", "9" * 5000, [], {}, [1], ["x"], {"a": 1},
    DEEP,
]  # fmt: skip
MANY = 30  # names of an object that are cases of one kind rather than fields
BYTES = st.binary(min_size=1, max_size=6) | st.sampled_from(
    [b"\0", b"\xff\xfe", b'"', b",", b"\n", b"\r", b":", b"?", b"@data", b"1e999", b"-", b"nan",
     b"\xef\xbb\xbf", b"{", b"}", b"[", b"9" * 400, b";", b"\t"]
)  # fmt: skip


def accepts(read: Callable[[], Any]) -> bool:
    """Whether what is read is accepted; a message for the user is the only other outcome."""
    try:
        read()
    except EvenfoldError as error:
        if not str(error).strip():
            raise AssertionError("a message without words") from error
        return False
    return True


@st.composite
def changed_bytes(draw, content: bytes) -> bytes:
    """Bytes with some replaced, inserted, removed, or cut off."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(changed)))
        end = start + draw(st.integers(0, 8))
        changed[start:end] = draw(BYTES)
    is_cut = draw(st.integers(0, 3)) == 0
    return bytes(changed[: draw(st.integers(0, len(changed)))] if is_cut else changed)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside a JSON value, of many alike the first and the last."""
    yield path
    if isinstance(value, dict):
        names = list(value) if len(value) <= MANY else [min(value), max(value)]
        for name in names:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for number in sorted({0, len(value) - 1} if value else set()):
            yield from places(value[number], (*path, number))


def replaced(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a JSON value with another one at a path."""
    if not path:
        return value
    first, *rest = path
    changed = content.copy()
    changed[first] = replaced(content[first], tuple(rest), value)
    return changed


@st.composite
def changed_records(draw, content: Any) -> Any:
    """A record with a field of another value, without a field, or with one more."""
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(places(content))))
        content = replaced(content, path, draw(st.sampled_from(WRONG)))
    return content


@dataclass(frozen=True)
class Target:
    """Something that is read: how an example is drawn, and read in a folder of its own.

    ``read`` returns whether the example was accepted.
    """

    examples: Callable[[], st.SearchStrategy[Any]]
    read: Callable[[Any, Path], bool]


def table(content: bytes, folder: Path) -> bool:
    """Read a user's CSV."""
    from evenfold.data.table_files import read_table

    file = folder / "d.csv"
    file.write_bytes(content)
    return accepts(lambda: read_table(file, "y").fingerprint)


def series(suffix: str) -> Callable[[bytes, Path], bool]:
    """Return the reader of a user's series."""

    def read(content: bytes, folder: Path) -> bool:
        from evenfold.data.series import read_series

        file = folder / f"d{suffix}"
        file.write_bytes(content)
        return accepts(lambda: read_series(file).fingerprint)

    return read


def contender(text: str, _: Path) -> bool:
    """Parse contenders, which no file is needed for."""
    from evenfold.race.contenders import name_contenders

    return accepts(lambda: name_contenders([text, text]))


def configuration(content: bytes, folder: Path) -> bool:
    """Read a project's settings."""
    from evenfold.config import read_config

    (folder / "pyproject.toml").write_bytes(content)
    return accepts(lambda: read_config(folder))


def store(example: tuple[str, Any], folder: Path) -> bool:
    """Read a store of fits with changed bytes, or with a wrong value in a column."""
    from evenfold.score.store import Store
    from evenfold.score.stored_scores import read_scores, read_seconds, read_stored_arrays

    kind, change = example
    file = folder / "s.sqlite"
    if kind == "bytes":
        file.write_bytes(change)
    else:
        file.write_bytes(_store())
        name, column, value = change
        try:
            with closing(sqlite3.connect(file)) as connection, connection:
                connection.execute(f'UPDATE {name} SET "{column}" = ?', (value,))
        except (sqlite3.Error, OverflowError, UnicodeEncodeError):
            return False

    def read() -> None:
        stored = read_scores(file, ["accuracy"])
        read_seconds(file, ["a", "b"])
        read_stored_arrays(file, stored.table.assign(model="net", data="abc"))

    def resume() -> None:
        with Store(file) as opened:
            opened.get(["a", "b"])

    return accepts(read) & accepts(resume)


class Pipe:
    """A worker's pipe: the answer to a message is an example, with the message's own nonce."""

    def __init__(self, example: Any) -> None:
        """Keep the answer."""
        self.example = example
        self.line = b""

    def write(self, line: bytes, timeout: float | None = None) -> None:
        """Take a message, and make its answer."""
        if isinstance(self.example, bytes):
            self.line = self.example
            return
        message = json.loads(line)
        answer = self.example
        if isinstance(answer, dict):
            answer = {"key": message["key"], "nonce": message["nonce"], **answer}
        self.line = json.dumps(answer).encode() + b"\n"

    def read_line(self, timeout: float | None, most_bytes: int) -> bytes:
        """Return the answer."""
        return self.line

    def kill(self) -> None:
        """End nothing."""

    def how_it_ended(self, seconds: float) -> str:
        """Return how a process without an answer ended."""
        return "exit code 0"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """A process that has ended."""
        ended = subprocess.Popen(["true"])
        ended.wait()
        return ended


@cache
def _small_study() -> Any:
    """Return a dataset of eight rows and a split of it."""
    from evenfold.data.datasets import Dataset
    from evenfold.data.splits import kfold

    rows = np.arange(16.0).reshape(8, 2)
    dataset = Dataset("d", rows, np.arange(8) % 2, ("a", "b"), ("n", "p"))
    return dataset, kfold(dataset, 2, 1, 0)[0]


def wire(example: Any, folder: Path) -> bool:
    """Read a worker's answer to a fit, score it, and save it in a store."""
    from evenfold.runtime.worker_process import WorkerProcess
    from evenfold.score.fit import FitPlace, FitSeries
    from evenfold.score.runner import fit_of_answer
    from evenfold.score.store import Store

    worker = object.__new__(WorkerProcess)
    worker._child, worker._stderr = Pipe(example), io.BytesIO()
    dataset, split = _small_study()
    place = FitPlace(FitSeries("d", "f", "kfold2", "e", "keras", 0, "m", "i"), "r0f0", 7, "rows")

    def read() -> None:
        answer = worker.ask({"do": "fit", "key": "k"}, None)
        if "probabilities" in answer:
            with Store(folder / "s.sqlite") as opened:
                opened.put("k", place, fit_of_answer(dataset, split, answer))
                opened.get(["k"])

    return accepts(read)


def shown(folder: Path) -> bool:
    """Read a folder of results, and write every table and page of it."""
    from evenfold.bench.comparison import comparison, numbers
    from evenfold.bisect.tables import bisect_text
    from evenfold.history.collect import all_series
    from evenfold.history.options import HistoryOptions
    from evenfold.history.tables import history_text
    from evenfold.race.tables import race_text
    from evenfold.render.tables import FORMATS, write
    from evenfold.report.load import load
    from evenfold.report.page import page
    from evenfold.report.reading import read_report_data
    from evenfold.report.sections import complete_sections
    from evenfold.report.summary import summary, summary_sections

    options = HistoryOptions()

    def read() -> None:
        data, problems = read_report_data(folder)
        page(list(complete_sections(data, folder)))
        summary(data, folder, list(summary_sections(data, folder)))
        for style in FORMATS:
            write(comparison(data.results), style)
            write(numbers(data.results), style)
            for race in data.races:
                race_text(race, style)
            for bisect in data.bisects:
                bisect_text(bisect, style)
            history_text(all_series(data.races, (), data.other_results, options), options, style)
        assert load(folder).contents is not None
        if problems:
            raise EvenfoldError("; ".join(problems))

    return accepts(read)


def record(name: str) -> Callable[[Any, Path], bool]:
    """Return the reader of a results folder with one changed record among sound ones."""

    def read(content: Any, folder: Path) -> bool:
        for file in {name, *BESIDE.get(name, ())}:
            place = folder / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(sound_results()[file])
        text = content
        if not isinstance(content, bytes):
            text = json.dumps(content).encode("utf-8", "surrogatepass")
        (folder / name).write_bytes(text)
        return shown(folder)

    return read


@cache
def sound_results() -> dict[str, bytes]:
    """Return a small folder of results with every kind of record, by path."""
    environment = json.loads((RESULTS / "tf2.8" / "environment.json").read_text())
    environment |= {"name": "e", "machine": "m"}
    study = {
        **environment, "models": ["one", "two"], "reference": "one", "skipped": {"no": "why"},
        "data": "abc",
        "duplicates": {"splits": 4, "shared_rows": 1, "test_rows": 8, "conflicting_rows": 0},
    }  # fmt: skip
    bench = json.loads((RESULTS / "tf2.8" / "bench.json").read_text())
    kinds = {entry["extra_info"]["kind"]: entry for entry in bench["benchmarks"]}
    for entry in kinds.values():
        entry["stats"]["data"] = entry["stats"].get("data", [])[:3]
    entries = [{n: e[n] for n in ("name", "extra_info", "stats")} for e in kinds.values()]
    bench = {"evenfold": bench["evenfold"], "benchmarks": entries}
    race = json.loads((RESULTS / "races" / "versions-epoch.json").read_text())
    race |= {"name": "r", "machine": "m", "launches": race["launches"][:3], "judged": [3]}
    files: dict[str, bytes] = {
        "m/e/environment.json": json.dumps(environment).encode(),
        "m/e/bench.json": json.dumps(bench).encode(),
        "m/e/scores/d.kfold2x2.environment.json": json.dumps(study).encode(),
        "m/races/r.json": json.dumps(race).encode(),
        "m/upgrades/u.json": json.dumps(_upgrade()).encode(),
        "answers.md.j2": b'{% set s = "e/d/kfold2x2" %}Text {{ score(s, "one") }}.\n',
        **_scores(),
    }
    for name in ("scaling", "race_errors_cpu"):
        files[f"m/experiments/{name}.json"] = (RESULTS / f"experiments/{name}.json").read_bytes()
    files |= {f".benchmarks/{name}.json": text for name, text in _other_tools().items()}
    files["m/bisects/b.json"] = _bisect()
    for name in ("simulate_races", "score_errors", "simulate_bisect"):
        found = next((ROOT / "results").rglob(f"experiments/{name}.json"))
        files[f"m/experiments/{name}.json"] = found.read_bytes()
    return files


def _scores() -> dict[str, bytes]:
    """Return the files of a study of two models on two repeats of two folds."""
    from evenfold.stats.metric_names import METRIC_NAMES

    head = ["model", "dataset", "protocol", "split", "seed", "engine", *METRIC_NAMES, "fit_seconds",
            "peak_bytes", "data", "rows"]  # fmt: skip
    rng = np.random.default_rng(0)
    lines, arrays, histories = [",".join(head)], {}, {}
    for model in ("one", "two"):
        for split in ("r0f0", "r0f1", "r1f0", "r1f1"):
            scores = ",".join(f"{value:.3f}" for value in rng.random(len(METRIC_NAMES)))
            lines.append(f"{model},d,kfold2x2,{split},7,keras,{scores},1.5,100,abc,rows-{split}")
            p = rng.random(4)
            arrays[f"{model}/{split}/7"] = np.column_stack([p, 1 - p])
            arrays[f"y/{split}"] = np.array([0, 1, 0, 1])
            arrays[f"rows/{split}"] = np.arange(4) + 4 * (split[-1] == "1")
            histories[f"{model}/{split}/7/loss"] = rng.random(3)
    arrays |= {"classes": np.array(["n", "p"]), "positive": np.array(1)}
    return {
        f"{STUDY}.csv": "\n".join([*lines, ""]).encode(),
        f"{STUDY}.predictions.npz": npz(arrays),
        f"{STUDY}.history.npz": npz(histories),
    }


def _upgrade() -> Any:
    """Return the content of a saved upgrade of three models."""
    sys.path.insert(0, str(ROOT / "tests"))
    from builders.upgrades import result
    from evenfold.upgrade.files import SCHEMA, UPGRADE_FILE
    from evenfold.upgrade.record import upgrade_record

    fields = UPGRADE_FILE.to_fields(upgrade_record(result(), "u"))
    return json.loads(json.dumps({"schema": SCHEMA, **fields}))


def _bisect() -> bytes:
    """A bisect of four versions with one change."""
    from evenfold.bisect.record import Bisect, BisectSettings, BisectStep, BisectVersion

    settings = BisectSettings(
        "one", "d", "abc", "epoch", 0.02, 0.05, False, 0, "wall", None, 1, 60.0
    )
    versions = tuple(BisectVersion(f"v{n}", f"one@v{n}", "d", "A note") for n in range(4))
    bisect = Bisect("b", "m", settings, versions)

    def compare(first: int, last: int, error: float) -> tuple[float, float]:
        nonlocal bisect
        ratio = 1.5 if first < 2 <= last else 1.0
        ends = (ratio, ratio / 1.001, ratio * 1.001)
        step = BisectStep(first, last, *ends, error, f"b-{first}-{last}", 8)
        bisect = bisect.with_step(step)
        return bisect.ends(step)

    bisect.new_search(compare).run()
    return json.dumps({"schema": 1, **dataclasses.asdict(bisect)}).encode()


def _other_tools() -> dict[str, bytes]:
    """A file of pytest-benchmark and one of asv."""
    cpu = {"brand_raw": "AMD EPYC", "count": 2}
    benchmark = {
        "machine_info": {"node": "n", "cpu": cpu}, "commit_info": {"id": "abc"},
        "benchmarks": [{"fullname": "t.py::test", "stats": {"median": 0.01}}],
        "datetime": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    asv = {
        "version": 2, "commit_hash": "abc", "env_name": "py", "date": 1_700_000_000_000,
        "params": {"machine": "m", "cpu": "AMD"}, "result_columns": ["result", "params"],
        "results": {"s.time_x": [[0.1, 0.2], [["1", "2"]]]},
    }  # fmt: skip
    return {
        "pytest_benchmark": json.dumps(benchmark).encode(), "asv": json.dumps(asv).encode(),
    }  # fmt: skip


def npz(arrays: dict[str, Any]) -> bytes:
    """Return a file of arrays that are not compressed, so that changes of bytes reach them."""
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


@cache
def _store() -> bytes:
    """Return a store of two fits."""
    sys.path.insert(0, str(ROOT / "tests"))
    from builders.stores import make_store

    with tempfile.TemporaryDirectory() as folder:
        make_store(Path(folder) / "s.sqlite")
        return (Path(folder) / "s.sqlite").read_bytes()


def store_examples() -> st.SearchStrategy[tuple[str, Any]]:
    """Draw changed bytes, or a table, a column and a value."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "s.sqlite"
        file.write_bytes(_store())
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
        st.tuples(st.just("bytes"), changed_bytes(_store())),
        st.tuples(st.just("value"), cells.map(lambda cell: (*cell[0], cell[1]))),
    )


ROWS = "".join(f"{n % 7},{n * 0.37:.2f},{'abc'[n % 3]},{n % 2}\n" for n in range(12))
CSV = b"a,b,c,y\n" + ROWS.encode()
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
SETTINGS = b"""[tool.evenfold]
models = ["m"]
references = ["majority"]
[tool.evenfold.environments]
old = "/usr/bin/python3,FLAG=1"
"""
WORDS = st.sampled_from(
    ["conv1d", "majority", "[", "]", "epochs", "=", "100", "#", "@", "/", "predict", "litert", ",",
     " ", "-1", "1e999", "\x1b", "..", "main", "tf2.21", "²", "9" * 500, "é", "\n"]
)  # fmt: skip


ANSWER = {
    "engine": "keras", "note": "", "probabilities": [[0.25, 0.75]] * 4,
    "curves": [[[0.25, 0.75]] * 8] * 2, "history": {"loss": [0.5, 0.25]}, "seconds": 0.5,
    "peak_bytes": 100, "resident_bytes": 100,
}  # fmt: skip
STUDY = "m/e/scores/d.kfold2x2"
OF_STUDY = tuple(f"{STUDY}.{end}" for end in (
    "csv", "environment.json", "predictions.npz", "history.npz"
))  # fmt: skip
EXPERIMENTS = (
    "scaling", "race_errors_cpu", "simulate_races", "score_errors", "simulate_bisect",
)  # fmt: skip
# The files of the results without which another one is not read.
BESIDE = {
    "m/e/bench.json": ("m/e/environment.json",),
    "m/e/environment.json": ("m/e/bench.json",),
    "answers.md.j2": OF_STUDY,
    **dict.fromkeys(
        ("m/bisects/b.json", ".benchmarks/pytest_benchmark.json", ".benchmarks/asv.json"),
        ("m/races/r.json",),
    ),
    **dict.fromkeys((f"m/experiments/{name}.json" for name in EXPERIMENTS), ("m/races/r.json",)),
    "m/upgrades/u.json": ("m/races/r.json",),
    **dict.fromkeys(OF_STUDY, OF_STUDY),
}


def record_target(name: str) -> Target:
    """Return the target of a JSON record of the results."""
    return Target(lambda: changed_records(json.loads(sound_results()[name])), record(name))


def file_target(name: str) -> Target:
    """Return the target of another file of the results."""
    return Target(lambda: changed_bytes(sound_results()[name]), record(name))


TARGETS: dict[str, Target] = {
    "csv": Target(lambda: changed_bytes(CSV), table),
    "npz": Target(
        lambda: changed_bytes(npz({"x": np.ones((6, 3, 2)), "y": np.arange(6) % 2})),
        series(".npz"),
    ),
    "ts": Target(lambda: changed_bytes(TS), series(".ts")),
    "contender": Target(lambda: st.lists(WORDS, max_size=8).map("".join), contender),
    "pyproject": Target(lambda: changed_bytes(SETTINGS), configuration),
    "wire": Target(
        lambda: changed_records(ANSWER) | changed_bytes(json.dumps(ANSWER).encode() + b"\n"), wire
    ),
    "store": Target(store_examples, store),
    "bench": record_target("m/e/bench.json"),
    "environment": record_target("m/e/environment.json"),
    "study": record_target(f"{STUDY}.environment.json"),
    "race": record_target("m/races/r.json"),
    "upgrade": record_target("m/upgrades/u.json"),
    "bisect": record_target("m/bisects/b.json"),
    **{name: record_target(f".benchmarks/{name}.json") for name in ("pytest_benchmark", "asv")},
    **{name: record_target(f"m/experiments/{name}.json") for name in EXPERIMENTS},
    "scores": file_target(f"{STUDY}.csv"),
    "predictions": file_target(f"{STUDY}.predictions.npz"),
    "history": file_target(f"{STUDY}.history.npz"),
    "answers": file_target("answers.md.j2"),
}


def run_target(
    target: Target, most: int, seconds: float = float("inf"), seed: int | None = None
) -> dict[str, int]:
    """Read examples of a target, and return how many were read and accepted.

    Parameters
    ----------
    target
        The target.
    most
        The number of examples.
    seconds
        After this time, no further example is read.
    seed
        Makes the examples the same each time; None for others each time.
    """
    counts = {"examples": 0, "accepted": 0}
    ends = monotonic() + seconds
    folder = Path(tempfile.mkdtemp(prefix="evenfold-fuzz-"))

    @settings(
        max_examples=most, deadline=None, database=None, derandomize=seed is not None,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )  # fmt: skip
    @given(target.examples())
    def read(example: Any) -> None:
        if monotonic() > ends:
            return
        counts["examples"] += 1
        place = Path(tempfile.mkdtemp(dir=folder))
        try:
            counts["accepted"] += target.read(example, place)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    try:
        read()
    except StopTest:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counts


def run_for(target: Target, seconds: float) -> dict[str, int]:
    """Read examples of a target for a time, in rounds."""
    total = {"examples": 0, "accepted": 0}
    ends = monotonic() + seconds
    while (left := ends - monotonic()) > 0:
        counts = run_target(target, 2000, left)
        total = {name: total[name] + counts[name] for name in total}
    return total


def main() -> None:
    """Run the targets, and print how many examples each had."""
    parser = argument_parser(__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of each target")
    parser.add_argument("--only", choices=TARGETS, action="append", help="a target; repeatable")
    options = parser.parse_args()
    counts = {}
    for name in options.only or TARGETS:
        counts[name] = run_for(TARGETS[name], 60 * options.minutes)
        print(f"{name}: {counts[name]}", file=sys.stderr, flush=True)
    print_result({"minutes_each": options.minutes, "targets": counts})


if __name__ == "__main__":
    main()
