"""Which compiled engine trains on a framework, and the versions of the engines."""

from __future__ import annotations

from typing import Mapping

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker.device import Framework
from evenfold.worker.engines.jax.training import JaxTraining
from evenfold.worker.engines.tensorflow.state import make_generators_resettable
from evenfold.worker.engines.tensorflow.training import TensorFlowTraining
from evenfold.worker.engines.training import CompiledTraining
from evenfold.worker.plugin import Plugin

ENGINES: Mapping[str, type[CompiledTraining]] = {
    "tensorflow": TensorFlowTraining,
    "jax": JaxTraining,
}
# Part of a fit's identity.
# TensorFlow: 1: the first; 2: run in the order of one thread, which rounds differently; 3: steps by
# XLA where it compiles the model; 4: predictions by a traced function, and models that draw random
# numbers of their own are left to ``fit``; 5: optimizers begin and end as in ``fit``, and what is
# not proven equal to ``fit`` is compared with it first. JAX: 1: the first.
VERSIONS: Mapping[str, int] = {"tensorflow": 5, "jax": 1}


def compile_training(
    plugin: Plugin, fold: Fold, framework: Framework, device: str = "cpu"
) -> CompiledTraining:
    """Return the compiled training of a model on a framework and a device, checked.

    Raises
    ------
    Skip
        With the reason, if only stock ``fit`` can train the model.
    PluginError
        As ``train.prepare`` does.
    """
    engine = ENGINES.get(framework.name or "")
    if engine is None:
        raise Skip(f"Keras on {framework.name} has no compiled engine")
    return engine(plugin, fold, framework, device)


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
