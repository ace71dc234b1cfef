"""A machine that does not exist: timings with a known ratio, and all that troubles real ones.

Logarithms of seconds, vectorised over runs. Magnitudes are those of a shared two-core machine:
samples of 0.16 s; ratios within a block that scatter by 1.4 %; a machine whose speed wanders, and
which is a quarter slower while a neighbour works. Two runs of one thing at different times then
differ by more than 3 or 10 % as often as they did there: 84 and 64 % of pairs.
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
    """What troubles a run; 0 for what does not. Deviations are of log seconds."""

    noise: float = 0.01  # of each sample by itself
    tails: float = 0.0  # degrees of freedom of Student's t in place of normal noise
    wander: float = 0.0  # of the machine's speed, forgotten within a minute
    neighbour: float = 0.0  # how much slower it is while another works
    launch: float = 0.0  # of a contender's effect in a launch
    modes: float = 0.0  # how much slower a contender is in a launch, or is not: even odds
    bursts: float = 0.0  # of samples begin a second in which all is 1.2 to 2 times slower


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
    """Interleaved timings at ratio 1, ``(runs, launches, blocks, contenders)``.

    ``shape`` is all but the runs. Each block runs every contender once, in random order.
    """
    launches, blocks, contenders = shape
    samples = blocks * contenders
    speeds = _speeds(rng, machine, runs, launches * (samples + GAP))
    speeds = speeds.reshape(runs, launches, -1)[..., GAP:].reshape(runs, *shape)
    order = rng.permuted(np.broadcast_to(np.arange(contenders), speeds.shape), axis=-1)
    logs = np.take_along_axis(speeds, order, axis=-1) + _noise(rng, machine, speeds.shape)
    return logs + _launch_effects(rng, machine, (runs, launches, 1, contenders))


def sequential(rng: Generator, machine: Machine, runs: int, shape: tuple[int, int]) -> Logs:
    """All of one contender, then all of the next, one launch each.

    ``(runs, contenders, samples)``; ``shape`` is all but the runs.
    """
    contenders, samples = shape
    speeds = _speeds(rng, machine, runs, contenders * (samples + GAP))
    logs = speeds.reshape(runs, contenders, -1)[..., GAP:] + _noise(rng, machine, (runs, *shape))
    return logs + _launch_effects(rng, machine, (runs, contenders, 1))


def apart(rng: Generator, machine: Machine, runs: int, shape: tuple[int, int]) -> Logs:
    """As ``sequential``, but so long after one another that the machine has forgotten itself."""
    contenders, samples = shape
    logs = sequential(rng, machine, runs * contenders, (1, samples))
    return logs.reshape(runs, contenders, samples)


def _speeds(rng: Generator, machine: Machine, runs: int, samples: int) -> Logs:
    # What all contenders share, as time goes by.
    shape = (runs, samples)
    logs = np.zeros(shape)
    if machine.wander:
        kept = np.exp(-1 / WANDERING)
        steps = rng.normal(0, machine.wander * np.sqrt(1 - kept**2), shape)
        steps[:, 0] = rng.normal(0, machine.wander, runs)
        logs += lfilter([1], [1, -kept], steps, axis=-1)
    if machine.neighbour:
        switches = rng.random(shape) < 1 / STAYING
        switches[:, 0] = rng.random(runs) < 0.5
        logs += machine.neighbour * (np.cumsum(switches, axis=-1) % 2)
    if machine.bursts:
        begun = np.cumsum(rng.random(shape) < machine.bursts, axis=-1)
        before = np.pad(begun, ((0, 0), (BURST, 0)))[:, :samples]
        logs += (begun > before) * rng.uniform(np.log(1.2), np.log(2), shape)
    return logs


def _noise(rng: Generator, machine: Machine, shape: tuple[int, ...]) -> Logs:
    if not machine.tails:
        return rng.normal(0, machine.noise, shape)
    # What holds up a sample is one-sided: its tail is to the slow side.
    tail = np.abs(rng.standard_t(machine.tails, shape))
    return machine.noise * np.where(tail > 1, tail, rng.normal(0, 1, shape))


def _launch_effects(rng: Generator, machine: Machine, shape: tuple[int, ...]) -> Logs:
    effects = rng.normal(0, machine.launch, shape)
    return effects + machine.modes * rng.integers(0, 2, shape)
