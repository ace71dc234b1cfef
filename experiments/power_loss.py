"""The power fails while a study saves its fits: what the disk then holds, and what is lost.

    python experiments/power_loss.py --points 2000 > power_loss.json

A process creates a store, saves fits in it and closes it, while a small library
(``power_loss_recorder.c``, made by ``cc``) records every write, sync and removal. Then the disk is
put together as a loss of power may leave it at a random moment: what was synced is there, and of
what was written since then each sector of 512 bytes is there or not, by chance; removed files may
be back. The store has to open with every fit whose saving had returned, unchanged, and take
another.
``--synchronous OFF`` does the same with a store whose writes SQLite does not sync: it loses fits.
Linux only.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from commands import argument_parser, environment_record, print_result

HERE = Path(__file__).parent
SECTOR = 512
FITS, ROWS = 120, 2000
# The process that saves fits; it says in a file of its own how many are saved.
WRITER = """
import sys
from pathlib import Path
from evenfold.score import store
from power_loss import fit_of, key_of, place_of

folder, fits, synchronous = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if synchronous != "FULL":
    opened = store.open_for_writing
    def open_otherwise(file):
        connection = opened(file)
        connection.execute(f"PRAGMA synchronous={synchronous}")
        return connection
    store.open_for_writing = open_otherwise
with store.Store(folder / "s.sqlite") as opened, open(folder / "saved", "wb", 0) as saved:
    for number in range(fits):
        opened.put(key_of(number), place_of(number), fit_of(number))
        saved.write(b".")
"""


@dataclass(frozen=True)
class Operation:
    """A write (W), truncation (T), sync (S) or removal (U) of a file."""

    kind: str
    path: str
    offset: int
    data: bytes


@dataclass
class DiskFile:
    """A file: its bytes on the disk, and what was done since the last sync; None: not there."""

    durable: bytearray | None = None
    pending: list[Operation] = field(default_factory=list)

    def sync(self) -> None:
        """Bring all that is pending onto the disk."""
        self.durable = _with_operations(self.durable, self.pending)
        self.pending = []

    def sync_folder(self) -> None:
        """Bring removals onto the disk."""
        removals = [place for place, one in enumerate(self.pending) if one.kind == "U"]
        if removals:
            self.durable, self.pending = None, self.pending[removals[-1] + 1 :]

    def after_loss(self, rng: random.Random) -> bytearray | None:
        """Return the bytes that a loss of power may leave: of each pending write some sectors."""
        share = rng.choice((0.0, 0.5, 0.9, 1.0))
        kept = [
            part
            for operation in self.pending
            for part in _sectors(operation)
            if rng.random() < share
        ]
        return _with_operations(self.durable, kept)


def _sectors(operation: Operation) -> Iterator[Operation]:
    """Split a write at the sectors of the disk; others are done or not."""
    if operation.kind != "W":
        yield operation
        return
    start, end = operation.offset, operation.offset + len(operation.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        first = start - operation.offset
        part = operation.data[first : first + stop - start]
        yield Operation("W", operation.path, start, part)
        start = stop


def _with_operations(
    content: bytearray | None, operations: Sequence[Operation]
) -> bytearray | None:
    """Return bytes after operations; a file that is not there begins with a write."""
    content = None if content is None else bytearray(content)
    for operation in operations:
        if operation.kind == "U":
            content = None
            continue
        content = bytearray() if content is None else content
        end = operation.offset + len(operation.data)
        content += bytes(max(0, end - len(content)))
        if operation.kind == "T":
            del content[operation.offset :]
        else:
            content[operation.offset : end] = operation.data
    return content


def recorded(folder: Path, fits: int, synchronous: str = "FULL") -> list[Operation]:
    """Save fits in a store below a folder, and return what was done to its files, in order."""
    library, log, files = folder / "recorder.so", folder / "log", folder / "files"
    files.mkdir()
    source = HERE / "power_loss_recorder.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    places = os.pathsep.join([str(HERE), *filter(None, sys.path)])
    variables = {
        **os.environ, "PYTHONPATH": places, "LD_PRELOAD": str(library),
        "RECORDED_FOLDER": str(files), "RECORD_FILE": str(log),
    }  # fmt: skip
    command = [sys.executable, "-c", WRITER, str(files), str(fits), synchronous]
    subprocess.run(command, env=variables, check=True)
    operations = list(_operations(log.read_bytes()))
    return [one for one in operations if not one.path.endswith(("-shm", ".lock"))]


def _operations(log: bytes) -> Iterator[Operation]:
    at = 0
    while at < len(log):
        kind = chr(log[at])
        offset, length, characters = struct.unpack_from("=qqq", log, at + 1)
        at += 25
        path = log[at : at + characters].decode()
        at += characters
        yield Operation(kind, path, offset, log[at : at + length])
        at += length


def write_after_loss(
    operations: Sequence[Operation], folder: Path, rng: random.Random
) -> tuple[int, Path]:
    """Write the files that a loss of power after some operations may leave.

    Returns
    -------
    int
        The number of fits that were saved before.
    Path
        The store.
    """
    files: dict[str, DiskFile] = {}
    saved = 0
    for operation in operations:
        if operation.path.endswith("/saved"):
            saved += len(operation.data)
            continue
        file = files.setdefault(operation.path, DiskFile())
        if operation.kind == "S":
            file.sync()
            for other, inside in files.items():
                if Path(other).parent == Path(operation.path):
                    inside.sync_folder()
        else:
            file.pending.append(operation)
    for path, file in files.items():
        content = file.after_loss(rng)
        if content is not None:
            (folder / Path(path).name).write_bytes(content)
    return saved, folder / "s.sqlite"


def key_of(number: int) -> str:
    """Return the key of a fit."""
    return f"fit-{number}"


def place_of(number: int) -> object:
    """Return the place of a fit in its study."""
    from evenfold.score.fit import FitPlace, FitSeries

    series = FitSeries("d", "f", "kfold2", "e", "keras", 0, "m", "i")
    return FitPlace(series, f"r{number}f0", number, "rows")


def fit_of(number: int, rows: int = ROWS) -> object:
    """Return a fit whose predictions are those of its number."""
    import numpy as np

    from evenfold.score.fit import Fit
    from evenfold.stats.metric_names import METRIC_NAMES

    first = np.random.default_rng(number).random(rows)
    probabilities = np.column_stack([first, 1 - first])
    scores = dict.fromkeys(METRIC_NAMES, 0.5)
    return Fit("keras", "", 0.5, 1, probabilities, {"loss": [0.5]}, scores)


@dataclass
class Losses:
    """What was looked at, and what was lost."""

    points: int = 0
    fits_saved: int = 0
    fits_lost: int = 0
    fits_counted_twice: int = 0
    damaged_stores: int = 0
    stores_that_take_no_fit: int = 0


def look(file: Path, saved: int, losses: Losses) -> None:
    """Open a store after a loss of power, and count what it lacks."""
    from evenfold.errors import ResultsError
    from evenfold.score.store import Store

    losses.points += 1
    losses.fits_saved += saved
    keys = [key_of(number) for number in range(saved + 1)]
    try:
        with Store(file) as store:
            fits = store.get(keys)
            store.put("another", place_of(10**6), fit_of(0))
            losses.stores_that_take_no_fit += "another" not in store.get(["another"])
    except ResultsError as error:
        print(error, file=sys.stderr)
        losses.damaged_stores += 1
        losses.fits_lost += saved
        return
    losses.fits_lost += sum(
        key_of(number) not in fits
        or bool((fits[key_of(number)].probabilities != fit_of(number).probabilities).any())
        for number in range(saved)
    )
    with closing(sqlite3.connect(file)) as connection:
        losses.damaged_stores += connection.execute("PRAGMA integrity_check").fetchall() != [
            ("ok",)
        ]
        (count,) = connection.execute("SELECT count(*) FROM fits").fetchone()
        losses.fits_counted_twice += max(0, count - 1 - saved - 1)


def run(points: int, fits: int, seed: int, synchronous: str = "FULL") -> Losses:
    """Lose power so often, and return what that cost."""
    rng, losses = random.Random(seed), Losses()
    base = Path(tempfile.mkdtemp())
    try:
        operations = recorded(base, fits, synchronous)
        for number in range(points):
            folder = base / f"after-{number}"
            folder.mkdir()
            moment = rng.randrange(len(operations) + 1)
            saved, file = write_after_loss(operations[:moment], folder, rng)
            look(file, saved, losses)
            shutil.rmtree(folder)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return losses


def main() -> None:
    """Print one JSON object; exit code 1 if anything was lost, counted twice or damaged."""
    parser = argument_parser(__doc__)
    parser.add_argument("--points", type=int, default=2000, help="losses of power (default: 2000)")
    parser.add_argument("--fits", type=int, default=FITS, help=f"fits to save (default: {FITS})")
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    parser.add_argument("--synchronous", default="FULL", choices=["FULL", "NORMAL", "OFF"])
    options = parser.parse_args()
    losses = run(options.points, options.fits, options.seed, options.synchronous)
    names = {"fits": options.fits, "synchronous": options.synchronous}
    versions = {"sqlite": sqlite3.sqlite_version, "environment": environment_record()}
    print_result({**names, **asdict(losses), **versions})
    costs = (losses.fits_lost, losses.fits_counted_twice, losses.damaged_stores)
    sys.exit(1 if any(costs) or losses.stores_that_take_no_fit else 0)


if __name__ == "__main__":
    main()
