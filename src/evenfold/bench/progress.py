"""The live line of a bench run: which benchmark runs now, and how long the rest will take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest

from evenfold.bench.selection import parameters
from evenfold.bench.session import BenchSession, ExpectedFit
from evenfold.render.progress import Line
from evenfold.render.words import duration

# Seconds of a benchmark that is not a training: calibration, samples and what comes before.
USUAL_SECONDS = 0.7
# Seconds of a training benchmark where none is known.
USUAL_TRAINING_SECONDS = 15.0
TRAINING, CPU, PREDICT = "training", "cpu", "predict"

# Benchmarks that take about as long: their kind, their path, and whether of a network.
Group = tuple[str, str, bool]


class BenchProgress:
    """What runs, what is left, and the seconds that it is expected to take.

    Trainings are expected to take what a first, short one foretells, or as long as others do where
    there was none; other benchmarks as long as those that have run of the same kind and path, for
    networks and estimators apart.

    Parameters
    ----------
    items
        The benchmarks in the order in which they run.
    training_seconds
        Expected seconds of the training benchmark of each model and device.
    """

    def __init__(
        self, items: Sequence[pytest.Item], training_seconds: Mapping[tuple[str, str], float]
    ) -> None:
        """Count the benchmarks."""
        self._subjects = {item.nodeid: _subject(item) for item in items}
        self._seconds = dict(training_seconds)
        self._order = [item.nodeid for item in items]
        self._groups = _groups(items)
        self._expected_spent: dict[Group, float] = defaultdict(float)
        self._spent: dict[Group, float] = defaultdict(float)
        # By benchmark that has begun: the share of it that is done, from 0 to 1.
        self._done: dict[str, float] = {}

    def advance(self, nodeid: str, done: float, seconds: float) -> None:
        """Record that a further part of a benchmark is done.

        Parameters
        ----------
        nodeid
            The benchmark.
        done
            The share of it that is done by now, from 0 to 1.
        seconds
            What this part took.
        """
        group = self._groups[nodeid]
        part = done - self._done.get(nodeid, 0.0)
        self._expected_spent[group] += part * self._expected(nodeid)
        self._spent[group] += seconds
        self._done[nodeid] = done

    @property
    def left_seconds(self) -> float:
        """Expected seconds of all benchmarks that have not finished."""
        return sum(
            (1 - self._done.get(nodeid, 0.0))
            * self._expected(nodeid)
            * self._correction(self._groups[nodeid])
            for nodeid in self._order
        )

    def line(self, nodeid: str, part: str = "") -> str:
        """Return the line on a benchmark, or on a part of it, that begins."""
        number = self._order.index(nodeid) + 1
        kind, *subject = self._subjects[nodeid]
        return (
            f"{number} of {len(self._order)}: {kind} {' on '.join(filter(None, subject))}{part}; "
            f"about {duration(self.left_seconds)} left"
        )

    def _expected(self, nodeid: str) -> float:
        kind, model, device = self._subjects[nodeid]
        if kind == TRAINING:
            known = self._seconds.values()
            usual = sum(known) / len(known) if known else USUAL_TRAINING_SECONDS
            return self._seconds.get((model, device or CPU), usual)
        return USUAL_SECONDS

    def _correction(self, group: Group) -> float:
        """Return how much longer finished benchmarks took than was expected."""
        expected = self._expected_spent[group]
        return self._spent[group] / expected if expected else 1.0


def training_seconds(
    items: Sequence[pytest.Item], session: BenchSession, line: Line
) -> dict[tuple[str, str], float]:
    """Train each built-in model once, shortly, to foretell its training benchmark.

    A user's model may change what cannot be restored in this process: it runs when its turn comes.

    Parameters
    ----------
    items
        The benchmarks.
    session
        The opened run.
    line
        Shows which model is trained.

    Returns
    -------
    dict
        Seconds by model and device.
    """
    fits: dict[tuple[str, str], ExpectedFit] = {}
    for item in items:
        kind, spec, device = _subject(item)
        if kind != TRAINING or "contender" not in parameters(item) or not session.is_built_in(spec):
            continue
        line.show(f"warming up {spec}")
        # An error is that of its benchmark, which has it again.
        with suppress(Exception), session.running(spec) as plugin:
            if fit := session.warm_up(plugin, device or CPU):
                fits[spec, device or CPU] = fit
    # The first network also loads what all use, so the start of the quickest stands for all.
    starts = [fit.start for fit in fits.values() if fit.epochs]
    return {
        subject: session.options.rounds * (fit.epochs + min([fit.start, *starts]))
        for subject, fit in fits.items()
    }


def _groups(items: Sequence[pytest.Item]) -> dict[str, Group]:
    """Return what each benchmark has in common with those that take about as long."""
    paths = {item.nodeid: str(parameters(item).get("path", "")) for item in items}
    # An estimator has one path, unless only running its file shows that it is one.
    networks = {_subject(item)[1] for item in items if paths[item.nodeid] not in ("", PREDICT)}
    groups: dict[str, Group] = {}
    for item in items:
        kind, model, _ = _subject(item)
        is_network = kind != TRAINING and model in networks
        groups[item.nodeid] = (kind, paths[item.nodeid], is_network)
    return groups


def _subject(item: pytest.Item) -> tuple[str, str, str]:
    """Return kind, model and device; the device only where it is not the CPU."""
    found = parameters(item)
    device = str(found.get("device", CPU))
    return (
        item.path.stem.removeprefix("test_"),
        str(found.get("contender", getattr(item, "originalname", item.name))),
        "" if device == CPU else device,
    )
