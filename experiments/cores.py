"""Time of a training epoch on one core, and with a second core for the framework's other threads.

``python experiments/cores.py FILE tf2.15 tf2.21`` pins workers that train conv1d with one thread in
the named environments to one core and to two, in turns. It prints the median times and writes them
to FILE, as JSON. A race gives its contenders one core more than they have threads.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from commands import argument_parser, environment_record, print_result
from evenfold.race.launch import Launch
from evenfold.race.prepare import prepared_race
from evenfold.runtime.results_folder import write_json
from evenfold.worker.cores import available_cores
from race_requests import request_of

MODEL = "conv1d"


def measure(contenders: list[str], turns: int, blocks: int) -> dict[str, dict[int, float]]:
    """Median milliseconds of each contender's epoch, by number of cores."""
    with (
        tempfile.TemporaryDirectory() as folder,
        prepared_race(request_of(contenders, Path(folder))) as prepared,
        Launch(prepared.config, prepared.contenders, np.random.default_rng(0)) as launch,
    ):
        launch.prepare(scored=False)
        cores = available_cores()
        core_counts = []
        for turn in range(2 * turns):
            count = 1 + turn % 2
            for number in range(len(contenders)):
                launch.ask(number, {"do": "pin", "cores": cores[-count:]})
            for _ in range(blocks):
                launch.run_block([1] * len(contenders))
            core_counts += [count] * (blocks * len(contenders))
    order, seconds, counts = map(np.array, (launch.order, launch.seconds, core_counts))
    return {
        name: {
            count: float(1000 * np.median(seconds[(order == number) & (counts == count)]))
            for count in (1, 2)
        }
        for number, name in enumerate(contenders)
    }


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file to write")
    environment = "environment of a contender, as after @ in a race"
    parser.add_argument("environments", nargs="+", metavar="ENVIRONMENT", help=environment)
    turns = "turns with each number of cores (default: 5)"
    parser.add_argument("--turns", type=int, default=5, help=turns)
    parser.add_argument("--blocks", type=int, default=12, help="blocks of a turn (default: 12)")
    options = parser.parse_args()
    if len(available_cores()) < 2:
        sys.exit("this measurement needs two cores")
    contenders = [f"{MODEL}@{name}" for name in options.environments]
    milliseconds = measure(contenders, options.turns, options.blocks)
    write_json(
        options.file,
        {
            "epoch_milliseconds_by_cores": milliseconds,
            "environment": environment_record(threads=1),
        },
    )
    print_result(milliseconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
