"""CPU time of contenders that run at once, against CPU time in turns on the same core.

``python experiments/clocks.py FILE conv1d,dense_ann conv1d@tf2.15,conv1d@tf2.21`` samples each
pair's training epochs both in turns and at once, alternately, in several launches. For both it
prints the ratio with its interval and the scatter of a block's ratio, and then by how much the two
ratios differ, which is the effect of sharing a core. It writes the same to FILE, as JSON.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from commands import argument_parser, environment_record, print_result
from evenfold.race.launch import Launch
from evenfold.race.prepare import prepared_race
from evenfold.runtime.results_folder import write_json
from evenfold.stats.race_looks import CONFIDENCE
from evenfold.stats.race_ratios import student_half
from race_requests import request_of

# How samples are taken, and the clock of a race that takes them so. All measure CPU time here.
SCHEDULES = {"in_turns": "wall", "at_once": "cpu"}
# Standard deviation of a normal distribution over its median absolute deviation.
SCALE = 1.4826


def sample_pair(pair, launches, seconds):
    """Log-ratios of the second's CPU time to the first's, by schedule: one array per launch."""
    logs = {schedule: [] for schedule in SCHEDULES}
    with (
        tempfile.TemporaryDirectory() as folder,
        prepared_race(request_of(pair, Path(folder), clock="cpu")) as prepared,
    ):
        for number in range(launches):
            rng = np.random.default_rng(number)
            with Launch(prepared.config, prepared.contenders, rng) as launch:
                for schedule, launch_logs in sample_launch(launch, seconds).items():
                    logs[schedule].append(launch_logs)
    return logs


def sample_launch(launch, seconds):
    """A launch's log-ratios by schedule, with the schedules in random order."""
    launch.prepare(scored=False)
    order = []
    with launch.pinned():
        repeats = launch.calibrate()
        until = launch.elapsed + seconds
        while launch.elapsed < until:
            for schedule in launch.rng.permutation(list(SCHEDULES)):
                settings = replace(launch.config.settings, clock=SCHEDULES[schedule])
                launch.config = replace(launch.config, settings=settings)
                launch.run_block(repeats)
                order.append(schedule)
    times = np.log(launch.record().timed_blocks(2).seconds)
    return {schedule: np.diff(times[np.array(order) == schedule])[:, 0] for schedule in SCHEDULES}


def summary(logs):
    """Ratios with intervals, their scatter, and the ratio between the two schedules."""
    medians = {name: np.array([np.median(launch) for launch in logs[name]]) for name in SCHEDULES}
    schedules = {
        name: {
            "ratio": ratio(medians[name]),
            "block_scatter": float(np.mean([scatter(launch) for launch in logs[name]])),
        }
        for name in SCHEDULES
    }
    return {
        **schedules,
        "at_once_over_in_turns": ratio(medians["at_once"] - medians["in_turns"]),
        "launches": len(logs["at_once"]),
        "blocks": sum(map(len, logs["at_once"])),
    }


def ratio(logs):
    """``[ratio, low, high]`` from launches' log-ratios: Student's t, 99 %."""
    mean, count = np.mean(logs), len(logs)
    half = student_half(np.var(logs, ddof=1), count - 1, count, CONFIDENCE)
    return [float(value) for value in np.exp([mean, mean - half, mean + half])]


def scatter(logs):
    """Standard deviation of blocks' log-ratios, from their median absolute deviation."""
    return float(SCALE * np.median(np.abs(logs - np.median(logs))))


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file to write")
    pair = "two contenders of a race, with a comma between them"
    parser.add_argument("pairs", nargs="+", metavar="CONTENDER,CONTENDER", help=pair)
    parser.add_argument("--launches", type=int, default=8, help="launches of each pair")
    parser.add_argument("--seconds", type=float, default=20.0, help="sampling time of a launch")
    options = parser.parse_args()
    pairs = {
        pair: summary(sample_pair(pair.split(","), options.launches, options.seconds))
        for pair in options.pairs
    }
    write_json(options.file, {"pairs": pairs, "environment": environment_record(threads=1)})
    print_result(pairs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
