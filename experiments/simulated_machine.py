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

from evenfold.stats.block_orders import williams_pairs

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
    memory: float = 0.0  # correlation of a contender's noise from one block to the next
    place: float = 0.0  # log slow-down of all samples of a block but the first
    after: float = 0.0  # log slow-down of a sample right after one of the reference
    rare: float = 0.0  # share of the second contender's launches that are slower by RARE
    doubled: float = 0.0  # share of the second contender's samples that take twice as long


@dataclass(frozen=True)
class Blocks:
    """Simulated races.

    Log seconds and places in their block have the shape ``(runs, launches, blocks, contenders)``;
    ``slow`` says which launches of the second contender are slow: ``(runs, launches)``.
    """

    logs: Logs
    places: NDArray[np.int64]
    slow: NDArray[np.bool_]


ORDER = np.log(1.05)
RARE = np.log(1.05)
DRIFT = {"wander": 0.07, "neighbour": 0.28}
TAILS = {"tails": 2.5, "bursts": 0.004}
SCENARIOS = {
    "calm": Machine(),
    "drift": Machine(**DRIFT),
    "launch effects": Machine(launch=0.003),
    "two modes": Machine(modes=0.006),
    "heavy tails": Machine(**TAILS),
    "autocorrelation": Machine(memory=0.8),
    "order": Machine(noise=0.0075, place=ORDER),
    "carry-over": Machine(noise=0.0075, after=ORDER),
    "rare slow launches": Machine(rare=0.05),
    "slow samples": Machine(doubled=0.1),
    "everything": Machine(launch=0.003, memory=0.3, place=0.01, **DRIFT, **TAILS),
}
WANDERING, STAYING, BURST = (round(s / SAMPLE_SECONDS) for s in (60, 40, 1))


def race(
    rng: Generator,
    machine: Machine,
    runs: int,
    shape: tuple[int, int, int],
    counterbalanced: bool = True,
) -> Blocks:
    """Interleaved timings at ratio 1 of ``runs`` races of ``shape`` launches, blocks, contenders.

    The order in blocks is that of `evenfold.stats.block_orders`, or random.
    """
    launches, blocks, contenders = shape
    samples = blocks * contenders
    speeds = _speeds(rng, machine, runs, launches * (samples + GAP))
    speeds = speeds.reshape(runs, launches, -1)[..., GAP:].reshape(runs, *shape)
    make = _counterbalanced if counterbalanced else _random
    order = make(rng, (runs, *shape))
    in_turn = speeds + machine.place * (np.arange(contenders) > 0)
    in_turn += machine.after * _after_reference(order)
    places = np.argsort(order, axis=-1)
    logs = np.take_along_axis(in_turn, places, axis=-1)
    logs += _noise(rng, machine, speeds.shape, axis=2)
    logs[..., 1] += np.log(2) * (rng.random(logs.shape[:-1]) < machine.doubled)
    logs += _launch_effects(rng, machine, (runs, launches, 1, contenders))
    slow = rng.random((runs, launches)) < machine.rare
    logs[..., 1] += RARE * slow[..., None]
    return Blocks(logs, places, slow)


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


def _counterbalanced(rng: Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Orders as `counterbalanced_orders` yields them, for all launches of all runs."""
    runs, launches, blocks, contenders = shape
    half = np.array(williams_pairs(contenders))
    pairs = np.stack([half, half[:, ::-1]], axis=1)
    rounds = -(-blocks // (2 * len(half)))
    numbers = np.broadcast_to(np.arange(len(half)), (runs, launches, rounds, len(half)))
    design = pairs[rng.permuted(numbers, axis=-1)].reshape(runs, launches, -1, contenders)
    labels = np.broadcast_to(np.arange(contenders), (runs, launches, 1, contenders))
    return np.take_along_axis(rng.permuted(labels, axis=-1), design[:, :, :blocks], axis=-1)


def _random(rng: Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
    return rng.permuted(np.broadcast_to(np.arange(shape[-1]), shape), axis=-1)


def _after_reference(order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the sample before, in its block or the block before, is of the first contender."""
    runs, launches, blocks, contenders = order.shape
    flat = order.reshape(runs, launches, blocks * contenders) == 0
    before = np.zeros_like(flat)
    before[..., 1:] = flat[..., :-1]
    return before.reshape(order.shape)


def _noise(rng: Generator, machine: Machine, shape: tuple[int, ...], axis: int = -1) -> Logs:
    """Noise of samples; along ``axis`` it has the machine's memory."""
    values = rng.normal(0, machine.noise, shape)
    if machine.tails:
        # Delays are one-sided: the tail is on the slow side.
        tail = np.abs(rng.standard_t(machine.tails, shape))
        values = np.where(tail > 1, machine.noise * tail, values)
    if machine.memory:
        decay = machine.memory
        values *= np.sqrt(1 - decay**2)
        values = lfilter([1], [1, -decay], values, axis=axis)
    return values


def _launch_effects(rng: Generator, machine: Machine, shape: tuple[int, ...]) -> Logs:
    effects = rng.normal(0, machine.launch, shape)
    return effects + machine.modes * rng.integers(0, 2, shape)
