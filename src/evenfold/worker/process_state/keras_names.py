"""The counters from which Keras names layers and metrics: ``dense``, then ``dense_1``."""

from __future__ import annotations

import sys
from collections import defaultdict
from types import ModuleType
from typing import Any, Dict, Iterator

BACKENDS_2 = ("keras.src.backend", "keras.backend", "tensorflow.python.keras.backend")
STATE_3 = "keras.src.backend.common.global_state"
NAMES_3 = "object_name_uids"
# The counters by graph, and the names that are taken, of each module of Keras 2; those of Keras 3.
NameCounters = Dict[str, Any]


def name_counters() -> NameCounters:
    """Return a copy of the counters; it is empty where Keras is not imported."""
    if STATE_3 in sys.modules:
        return {STATE_3: dict(_state_3().get(NAMES_3, {}))}
    return {
        module.__name__: (
            {graph: dict(counts) for graph, counts in module.PER_GRAPH_OBJECT_NAME_UIDS.items()},
            set(getattr(module, "OBSERVED_NAMES", ())),
        )
        for module in _backends_2()
    }


def set_name_counters(counters: NameCounters) -> None:
    """Let names continue from counters that ``name_counters`` returned.

    Parameters
    ----------
    counters
        Where it is empty, names begin as in a new process.
    """
    if STATE_3 in sys.modules:
        _state_3()[NAMES_3] = defaultdict(int, counters.get(STATE_3, {}))
        return
    for module in _backends_2():
        module.reset_uids()
        graphs, observed = counters.get(module.__name__, ({}, set()))
        for graph, counts in graphs.items():
            module.PER_GRAPH_OBJECT_NAME_UIDS[graph] = defaultdict(int, counts)
        if hasattr(module, "OBSERVED_NAMES"):
            module.OBSERVED_NAMES.update(observed)


def _state_3() -> dict[str, Any]:
    held: dict[str, Any] = vars(sys.modules[STATE_3].GLOBAL_STATE_TRACKER)
    return held


def _backends_2() -> Iterator[Any]:
    for name in BACKENDS_2:
        module = sys.modules.get(name)
        if isinstance(module, ModuleType) and hasattr(module, "PER_GRAPH_OBJECT_NAME_UIDS"):
            yield module
