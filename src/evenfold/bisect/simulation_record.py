"""How often answers of a bisect err on simulated machines: one JSON file.

``experiments/simulate_bisect.py`` computes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from evenfold.runtime.experiment_files import Experiment
from evenfold.runtime.record_checks import is_number, is_printable
from evenfold.runtime.records import converted
from evenfold.stats.race_ratios import MARGIN as RACE_MARGIN

SCHEMA = 1  # 1: the first
# As TensorFlow 2.3 to 2.21.
STEPS, MARGIN, ERROR = 18, RACE_MARGIN, 0.05
THRESHOLD_SHARE = 0.03
SHARES = FALSE, FOUND, NARROWED, MISSED = "false", "found", "narrowed", "missed"
RACES = "mean_races"
SEARCH, THOROUGH = "bisect", "bisect, thorough"
BY_ITSELF = "races with 99 % intervals each"
THRESHOLD = f"one run of each version, threshold {THRESHOLD_SHARE:.0%}"
DESIGNS = (SEARCH, THOROUGH, BY_ITSELF, THRESHOLD)


@dataclass(frozen=True)
class Case:
    """A kind of history: the changes of random steps as shares, and that of every step."""

    sizes: tuple[float, ...] = ()
    drift: float = 0.0


CASES = {
    "no change": Case(),
    "one of just the margin": Case((MARGIN,)),
    "one of 5 %": Case((0.05,)),
    "one of 20 %": Case((0.2,)),
    "two, 5 and 10 %": Case((0.05, 0.1)),
    "two, 10 and -5 %": Case((0.1, -0.05)),
    "two that cancel, 10 %": Case((0.1, 1 / 1.1 - 1)),
    "0.5 % in every step": Case(drift=0.005),
}
Count = Annotated[int, Meta(ge=1, le=10**9)]
BisectScenario = Mapping[str, Mapping[str, Mapping[str, Any]]]  # rates by case and design


@dataclass(frozen=True)
class BisectSimulation:
    """Simulated bisects.

    Parameters
    ----------
    histories
        Number of histories of each kind on each machine.
    blocks
        Blocks of a launch.
    steps
        Steps of a history.
    error, margin
        The stated error of an answer, and the margin.
    scenarios
        Rates by machine, kind of history and design.
    """

    histories: Count
    blocks: Count
    steps: Count
    error: float
    margin: float
    scenarios: dict[str, dict[str, dict[str, dict[str, Any]]]]


def _from_content(content: Mapping[str, Any]) -> BisectSimulation:
    """Convert and check a file's content. Raises ValueError or KeyError, naming the field."""
    names = ("histories", "blocks", "steps", "error", "margin", "scenarios")
    simulation = converted({name: content[name] for name in names}, BisectSimulation)
    for name in ("error", "margin"):
        if not is_number(getattr(simulation, name), 0, 1):
            raise ValueError(f"{name}: {getattr(simulation, name)!r} is no share")
    if not simulation.scenarios:
        raise ValueError("scenarios: there is none")
    for machine, cases in simulation.scenarios.items():
        for case, designs in cases.items():
            if not is_printable(machine) or not is_printable(case):
                raise ValueError(f"scenarios: {machine!r}, {case!r} cannot be printed")
            for design in DESIGNS:
                _require_rates(f"{machine}, {case}, {design}", designs[design])
    return simulation


def _require_rates(where: str, rates: Mapping[str, Any]) -> None:
    """Raise ValueError or KeyError if a rate that tables show is missing or is no share."""
    for measure in (m for m in SHARES if m in rates or m == FALSE):
        rate = rates[measure]
        complete = isinstance(rate, list) and len(rate) == 3
        if not complete or not all(is_number(value, 0, 1) for value in rate):
            raise ValueError(f"{where}: {measure} of {rate!r}")
    if RACES in rates and not is_number(rates[RACES], 1, 1e9):
        raise ValueError(f"{where}: {RACES} of {rates[RACES]!r}")


BISECT_SIMULATIONS = Experiment("simulate_bisect", "scenarios", SCHEMA, _from_content)
