"""What a training epoch takes on one core, and where a framework's other threads have a second.

``python experiments/cores.py FILE tf2.15 tf2.21`` keeps workers that train conv1d in two environments or
more, one thread each, on one core and on two in turns, and prints the medians; FILE, JSON, holds
them. A race gives its contenders one core more than they have threads.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from against import ROOT, request_of
from evenfold.race.launch import Crew
from evenfold.race.setup import entered
from evenfold.runtime import environment
from evenfold.runtime.results_folder import write_json
from evenfold.worker.cores import available
from evenfold.worker.device import backend_name

MODEL = "conv1d"


def measured(contenders: list[str], turns: int, blocks: int) -> dict[str, dict[int, float]]:
    """Median milliseconds of each contender's epoch by number of cores; so many blocks a turn."""
    with (
        tempfile.TemporaryDirectory() as folder,
        entered(request_of(contenders, Path(folder))) as (made, _),
        Crew(made.course, made.contenders, np.random.default_rng(0)) as crew,
    ):
        crew.prepare(scored=False)
        cores = available()
        on = []
        for turn in range(2 * turns):
            count = 1 + turn % 2
            for number in range(len(contenders)):
                crew.ask(number, {"do": "pin", "cores": cores[-count:]})
            for _ in range(blocks):
                crew.block([1] * len(contenders))
            on += [count] * (blocks * len(contenders))
    order, seconds, counts = (np.array(of) for of in (crew.order, crew.seconds, on))
    return {
        name: {
            count: float(1000 * np.median(seconds[(order == number) & (counts == count)]))
            for count in (1, 2)
        }
        for number, name in enumerate(contenders)
    }


def main() -> int:
    """Measures and writes the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("environments", nargs="+", metavar="ENVIRONMENT")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--blocks", type=int, default=12)
    asked = parser.parse_args()
    if len(available()) < 2:
        sys.exit("this takes two cores")
    contenders = [f"{MODEL}@{name}" for name in asked.environments]
    told = {
        "epoch_milliseconds_by_cores": measured(contenders, asked.turns, asked.blocks),
        "environment": environment.current(backend_name(), threads=1, root=ROOT).to_json(),
    }
    write_json(asked.file, told)
    print(json.dumps(told["epoch_milliseconds_by_cores"], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
