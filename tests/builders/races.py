"""Races and trials of a self-check, with a ratio or a verdict that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evenfold.race.files import SETTINGS
from evenfold.race.record import ContenderRecord, LaunchRecord, Race
from evenfold.race.selfcheck_record import Trial, trial_margin
from evenfold.race.settings import RaceSettings

BLOCKS_PER_LAUNCH = 4


def launch(ratio, chance, contenders=2):
    """Four blocks of two contenders, the second that many times as slow."""
    order, seconds = [], []
    for _ in range(BLOCKS_PER_LAUNCH):
        turn = [int(number) for number in chance.permutation(contenders)]
        order += turn
        seconds += [float(0.002 * (ratio if n else 1) * chance.normal(1, 1e-4)) for n in turn]
    at = tuple(float(number) for number in range(len(order)))
    return LaunchRecord("2026-01-01T00:00:00", (1,), tuple(reversed(range(contenders))),
                        (5, 6, 7)[:contenders], (0, 9, 9)[:contenders], 0.5,
                        tuple(order), at, tuple(seconds))  # fmt: skip


def race(ratio=1.0, launches=5, judged=(5,), planned=5):
    environment = {"name": "tf2.21", "versions": {}, "flags": {}, "python": "3"}
    contenders = tuple(
        ContenderRecord(name, "mine", None, "d", "predict", "cpu", environment, 7, 0.5)
        for name in ("mine", "mine (2)")
    )
    chance = np.random.default_rng(0)
    return Race(
        name="aa", machine="epyc-2c", dataset="breast_cancer", fingerprint="f", split="holdout",
        settings=RaceSettings("predict", rows=1, margin=0.02, threads=1, seed=3, budget=60.0),
        planned=planned, judged=judged, contenders=contenders,
        launches=tuple(launch(ratio, chance) for _ in range(launches)),
    )  # fmt: skip


def raced_versions(name="aa", rows=1, environments=("tf2.15", "tf2.8", "tf2.21")):
    """A race of one model in several environments, in all but the first of which it is slower."""
    saved, chance = race(), np.random.default_rng(0)
    contenders = tuple(
        replace(
            saved.contenders[0],
            name=f"mine@{environment}",
            spec=f"mine@{environment}",
            environment={**saved.contenders[0].environment, "name": environment},
        )
        for environment in environments
    )
    launches = tuple(launch(1.1, chance, len(environments)) for _ in range(5))
    return changed(saved, name=name, rows=rows, contenders=contenders, launches=launches)


def changed(saved, **fields):
    """The race with other values of its fields or of its settings."""
    settings = {name: fields.pop(name) for name in SETTINGS & fields.keys()}
    return replace(saved, settings=replace(saved.settings, **settings), **fields)


def trial(delay, verdict, seconds=30.0):
    return Trial(
        delay, trial_margin(delay), 1 + delay, 1.0, 1.02 + delay, verdict, 5, 50, seconds, "x"
    )


def trials(delay, **verdicts):
    return [trial(delay, word) for word, count in verdicts.items() for _ in range(count)]
