"""Which benchmarks run: those of the main table or all, and of these what can run here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from evenfold.bench.session import BenchSession
from evenfold.render.words import counted
from evenfold.worker.inference import missing_path, path_names

# The mark of benchmarks that --full adds.
FULL = "full"


@dataclass(frozen=True)
class Selection:
    """Benchmarks that run, and how many do not, by reason."""

    items: Sequence[pytest.Item]
    left_out: Counter[str]

    def notes(self) -> list[str]:
        """Return a line on each reason."""
        return [
            f"{counted(count, 'benchmark')} left out: {reason}"
            for reason, count in self.left_out.items()
        ]


def of_main_table(items: Sequence[pytest.Item]) -> Selection:
    """Leave out what only --full runs."""
    chosen = [item for item in items if item.get_closest_marker(FULL) is None]
    left_out = Counter({"--full runs them": len(items) - len(chosen)})
    return Selection(chosen, +left_out)


def runnable(items: Sequence[pytest.Item], session: BenchSession) -> Selection:
    """Leave out what cannot run on this machine or for a model.

    No model's file is run: where it does not show whether it is a network, the benchmarks of a
    model run, and skip what they lack.

    Parameters
    ----------
    items
        Benchmarks; their parameters ``device``, ``contender`` and ``path`` decide.
    session
        The opened run.
    """
    chosen, left_out = [], Counter[str]()
    for item in items:
        if reason := _reason(item, session):
            left_out[reason] += 1
        else:
            chosen.append(item)
    return Selection(chosen, left_out)


def parameters(item: pytest.Item) -> dict[str, object]:
    """Return the parameters of a benchmark by name."""
    call = getattr(item, "callspec", None)
    return {} if call is None else call.params


def _reason(item: pytest.Item, session: BenchSession) -> str:
    found = parameters(item)
    device, spec, path = (found.get(name) for name in ("device", "contender", "path"))
    if reason := session.absent.get(str(device)):
        return reason
    if path not in path_names() or spec is None:
        return ""
    is_network = session.is_network(str(spec))
    return "" if is_network is None else missing_path(str(path), is_network)
