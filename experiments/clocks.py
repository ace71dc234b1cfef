"""CPU time of contenders that run at once, beside what they take in turns on the same core.

``python experiments/clocks.py FILE conv1d,dense_ann conv1d@tf2.15,conv1d@tf2.21`` samples each pair's
training epochs in turns and at once, alternately, in several launches, and prints of both ways the
ratio with its interval, how much a block's ratio scatters, and by how much the ratios of the two
ways differ: what it does to a ratio that contenders share a core. FILE, JSON, holds them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from against import ROOT, request_of
from evenfold.race.launch import Crew
from evenfold.race.record import CPU, WALL
from evenfold.race.setup import entered
from evenfold.runtime import environment
from evenfold.runtime.results_folder import write_json
from evenfold.stats.race_ratios import CONFIDENCE, interval
from evenfold.worker.device import backend_name

# How samples are taken, by the clock of a race that takes them so; all are of CPU time here.
WAYS = {"in_turns": WALL, "at_once": CPU}
# A normal distribution's standard deviation by its median absolute deviation.
SCALE = 1.4826


def sampled(pair, launches, seconds):
    """Log-ratios of the second's CPU time to the first's: a list a way, an array a launch."""
    logs = {way: [] for way in WAYS}
    with (
        tempfile.TemporaryDirectory() as folder,
        entered(request_of(pair, Path(folder), clock=CPU)) as (made, _),
    ):
        for launch in range(launches):
            rng = np.random.default_rng(launch)
            with Crew(made.course, made.contenders, rng) as crew:
                for way, found in of_launch(crew, seconds).items():
                    logs[way].append(found)
    return logs


def of_launch(crew, seconds):
    """A launch's log-ratios of each way, of turns that follow one another at random."""
    crew.prepare(scored=False)
    ways = []
    with crew.pinned():
        repeats = crew.calibrate()
        until = crew.elapsed + seconds
        while crew.elapsed < until:
            for way in crew.rng.permutation(list(WAYS)):
                crew.course = replace(crew.course, clock=WAYS[way])
                crew.block(repeats)
                ways.append(way)
    times = np.log(crew.record().times(2))
    return {way: np.diff(times[np.array(ways) == way])[:, 0] for way in WAYS}


def summary(logs):
    """Ratios with intervals, scatter, and the difference between the ways in per cent."""
    medians = {way: np.array([np.median(launch) for launch in logs[way]]) for way in WAYS}
    told = {
        way: {
            "ratio": ratio(medians[way]),
            "block_scatter": float(np.mean([scatter(launch) for launch in logs[way]])),
        }
        for way in WAYS
    }
    return {
        **told,
        "at_once_over_in_turns": ratio(medians["at_once"] - medians["in_turns"]),
        "launches": len(logs["at_once"]),
        "blocks": sum(map(len, logs["at_once"])),
    }


def ratio(logs):
    """``[ratio, low, high]`` of launches' logarithms: Student's t, 99 %."""
    mean, half = interval(logs, CONFIDENCE)
    return [float(value) for value in np.exp([mean, mean - half, mean + half])]


def scatter(logs):
    """The standard deviation of blocks' log-ratios, by their median absolute deviation."""
    return float(SCALE * np.median(np.abs(logs - np.median(logs))))


def main() -> int:
    """Measures and writes the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("pairs", nargs="+", metavar="CONTENDER,CONTENDER")
    parser.add_argument("--launches", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0, help="of a launch, of both ways")
    asked = parser.parse_args()
    told = {
        "pairs": {
            pair: summary(sampled(pair.split(","), asked.launches, asked.seconds))
            for pair in asked.pairs
        },
        "environment": environment.current(backend_name(), threads=1, root=ROOT).to_json(),
    }
    write_json(asked.file, told)
    print(json.dumps(told["pairs"], indent=1))
    return 0


if __name__ == "__main__":
    main()
