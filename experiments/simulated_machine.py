"""A simulated machine: timings with a known ratio, and the disturbances of real machines.

All times are logarithms of seconds, vectorised over runs. Magnitudes are those of a shared two-core
machine: samples of 0.16 s, ratios within a block that vary by 1.4 %, a machine speed that wanders
and is a quarter slower while a neighbour works. Two runs of the same work at different times then
differ by more than 3 or 10 % as often as on that machine: 84 and 64 % of pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import lfilter

Logs = NDArray[np.float64]
SAMPLE_SECONDS = 0.16
# Between two launches: new processes import, build and warm up.
GAP = round(11 / SAMPLE_SECONDS)


@dataclass(frozen=True)
class Machine:
    """Disturbances of a run, each 0 if absent. Standard deviations are of log seconds."""

    noise: float = 0.01  # of each sample independently
    tails: float = 0.0  # degrees of freedom of Student's t in place of normal noise
    wander: float = 0.0  # of the machine's speed, with a memory of a minute
    neighbour: float = 0.0  # log slow-down while another guest works
    launch: float = 0.0  # of a contender's effect per launch
    modes: float = 0.0  # log slow-down of a contender in half of its launches
    bursts: float = 0.0  # share of samples that start a second of 1.2 to 2 times slower work


DRIFT = {"wander": 0.07, "neighbour": 0.28}
TAILS = {"tails": 2.5, "bursts": 0.004}
SCENARIOS = {
    "calm": Machine(),
    "drift": Machine(**DRIFT),
    "launch effects": Machine(launch=0.003),
    "two modes": Machine(modes=0.006),
    "heavy tails": Machine(**TAILS),
    "everything": Machine(launch=0.003, **DRIFT, **TAILS),
}
WANDERING, STAYING, BURST = (round(s / SAMPLE_SECONDS) for s in (60, 40, 1))


def race(rng: Generator, machine: Machine, runs: int, shape: tuple[int, int, int]) -> Logs:
    """Interleaved timings at ratio 1, of shape ``(runs, launches, blocks, contenders)``.

    ``shape`` holds the last three. Each block runs every contender once, in random order.
    """
    launches, blocks, contenders = shape
    samples = blocks * contenders
    speeds = _speeds(rng, machine, runs, launches * (samples + GAP))
    speeds = speeds.reshape(runs, launches, -1)[..., GAP:].reshape(runs, *shape)
    order = rng.permuted(np.broadcast_to(np.arange(contenders), speeds.shape), axis=-1)
    logs = np.take_along_axis(speeds, order, axis=-1) + _noise(rng, machine, speeds.shape)
    return logs + _launch_effects(rng, machine, (runs, launches, 1, contenders))


def sequential(rng: Generator, machine: Machine, runs: int, shape: tuple[int, int]) -> Logs:
    """Timings of one contender after the other, one launch each.

    The result has the shape ``(runs, contenders, samples)``; ``shape`` holds the last two.
    """
    contenders, samples = shape
    speeds = _speeds(rng, machine, runs, contenders * (samples + GAP))
    logs = speeds.reshape(runs, contenders, -1)[..., GAP:] + _noise(rng, machine, (runs, *shape))
    return logs + _launch_effects(rng, machine, (runs, contenders, 1))


def apart(rng: Generator, machine: Machine, runs: int, shape: tuple[int, int]) -> Logs:
    """Timings as by ``sequential``, so far apart that the machine's speeds are independent."""
    contenders, samples = shape
    logs = sequential(rng, machine, runs * contenders, (1, samples))
    return logs.reshape(runs, contenders, samples)


def _speeds(rng: Generator, machine: Machine, runs: int, samples: int) -> Logs:
    # The speed that all contenders share over time.
    shape = (runs, samples)
    logs = np.zeros(shape)
    if machine.wander:
        decay = np.exp(-1 / WANDERING)
        steps = rng.normal(0, machine.wander * np.sqrt(1 - decay**2), shape)
        steps[:, 0] = rng.normal(0, machine.wander, runs)
        logs += lfilter([1], [1, -decay], steps, axis=-1)
    if machine.neighbour:
        switches = rng.random(shape) < 1 / STAYING
        switches[:, 0] = rng.random(runs) < 0.5
        logs += machine.neighbour * (np.cumsum(switches, axis=-1) % 2)
    if machine.bursts:
        started = np.cumsum(rng.random(shape) < machine.bursts, axis=-1)
        before = np.pad(started, ((0, 0), (BURST, 0)))[:, :samples]
        logs += (started > before) * rng.uniform(np.log(1.2), np.log(2), shape)
    return logs


def _noise(rng: Generator, machine: Machine, shape: tuple[int, ...]) -> Logs:
    if not machine.tails:
        return rng.normal(0, machine.noise, shape)
    # Delays are one-sided: the tail is on the slow side.
    tail = np.abs(rng.standard_t(machine.tails, shape))
    return machine.noise * np.where(tail > 1, tail, rng.normal(0, 1, shape))


def _launch_effects(rng: Generator, machine: Machine, shape: tuple[int, ...]) -> Logs:
    effects = rng.normal(0, machine.launch, shape)
    return effects + machine.modes * rng.integers(0, 2, shape)
