"""Half-widths of races of two versions of evenfold, in turns.

``python experiments/half_widths.py FILE --before PYTHON`` races conv1d's training epoch against
itself with this evenfold and with the one of another interpreter, in random order within each pair
of races. FILE, JSON, is written after each race, so that an interrupted call continues where it
stopped. The script prints the median half-width of the 99 % interval and the median share of the
wall time that was measured, for both. 40 minutes with ten races each of 120 s.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from commands import argument_parser, environment_record
from evenfold.race.files import race_files, read_race
from evenfold.race.settings import CLOCKS
from evenfold.runtime.results_folder import read_json, write_json

MODEL = "conv1d"
VERSIONS = ("before", "after")


def remaining(record, races):
    """Versions of the races that are left, each pair in random order."""
    counts = {version: len(record["races"][version]) for version in VERSIONS}
    rng = np.random.default_rng()
    while min(counts.values()) < races:
        for number in rng.permutation(len(VERSIONS)):
            version = VERSIONS[number]
            if counts[version] < races:
                counts[version] += 1
                yield version


def measure(python, record):
    """One race by an interpreter's evenfold: half-width, launches and measured share."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [str(python), "-m", "evenfold", "race", MODEL, MODEL, "--measure", "epoch",
                   "--budget", f"{record['budget']}s", "--clock", record["clock"],
                   "--margin", "0.5%", "--format", "json", "--results", str(folder)]  # fmt: skip
        process = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{process.stderr[-2000:]}")
        second = json.loads(process.stdout)["contenders"][1]
        (file,) = race_files(folder)
        race = read_race(file)
        return {
            "half_width": math.sqrt(second["high"] / second["low"]) - 1,
            "launches": second["launches"],
            "measured": round(race.measured_share, 3),
        }


def read_options() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file to write, or to continue")
    before = "interpreter of the environment with the other evenfold"
    parser.add_argument("--before", type=Path, required=True, help=before)
    parser.add_argument("--races", type=int, default=10, help="races of each (default: 10)")
    budget = "seconds of each race (default: 120)"
    parser.add_argument("--budget", type=float, default=120.0, help=budget)
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="clock of the races")
    return parser.parse_args()


def main() -> int:
    options = read_options()
    empty = {"model": MODEL, "clock": options.clock, "budget": options.budget,
             "races": {version: [] for version in VERSIONS},
             "environment": environment_record(threads=1)}  # fmt: skip
    record = read_json(options.file) if options.file.exists() else empty
    for name in ("model", "clock", "budget"):
        if record[name] != empty[name]:
            sys.exit(f"{options.file} is of {name} {record[name]}, not {empty[name]}")
    pythons = dict(zip(VERSIONS, (options.before.absolute(), sys.executable), strict=True))
    machine, wanted = record["environment"]["machine"], empty["environment"]["machine"]
    if machine != wanted:
        sys.exit(f"{options.file} is of machine {machine}, not {wanted}")
    for version in remaining(record, options.races):
        record["races"][version].append(measure(pythons[version], record))
        write_json(options.file, record)
        print(version, record["races"][version][-1], file=sys.stderr, flush=True)
    for version, races in record["races"].items():
        half, share = (median(race[key] for race in races) for key in ("half_width", "measured"))
        print(f"{version}: ±{half:.2%} in {len(races)} races, {share:.0%} of the time measured")
    return 0


if __name__ == "__main__":
    sys.exit(main())
