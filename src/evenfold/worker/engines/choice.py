"""Which compiled engine trains on a framework, and the versions of the engines."""

from __future__ import annotations

from typing import Mapping

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker.device import Framework
from evenfold.worker.engines.tensorflow.state import make_generators_resettable
from evenfold.worker.engines.tensorflow.training import TensorFlowTraining
from evenfold.worker.engines.training import CompiledTraining
from evenfold.worker.plugin import Plugin

ENGINES: Mapping[str, type[CompiledTraining]] = {"tensorflow": TensorFlowTraining}
# Part of a fit's identity.
# TensorFlow: 1: the first; 2: run in the order of one thread, which rounds differently; 3: steps by
# XLA where it compiles the model; 4: predictions by a traced function, and models that draw random
# numbers of their own are left to ``fit``; 5: optimizers begin and end as in ``fit``, and what is
# not proven equal to ``fit`` is compared with it first.
VERSIONS: Mapping[str, int] = {"tensorflow": 5}


def compile_training(plugin: Plugin, fold: Fold, framework: Framework) -> CompiledTraining:
    """Return the compiled training of a model on a framework, checked.

    Raises
    ------
    Skip
        With the reason, if only stock ``fit`` can train the model.
    PluginError
        As ``train.prepare`` does.
    """
    if framework.name not in ENGINES:
        raise Skip(f"Keras on {framework.name} has no compiled engine")
    return ENGINES[framework.name](plugin, fold, framework)


def version(backend: str | None) -> int:
    """Return the version of a backend's engine; one without an engine has TensorFlow's."""
    return VERSIONS.get(backend or "", VERSIONS["tensorflow"])


def seed_alike(framework: Framework) -> None:
    """Let a seed mean the same in both engines, in whatever order models are fitted.

    Raises
    ------
    Skip
        If this framework cannot.
    """
    if framework.name == "tensorflow":
        make_generators_resettable()
