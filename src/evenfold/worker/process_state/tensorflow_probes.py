"""Probes of TensorFlow: how it executes, compiles and places what models compute."""

from __future__ import annotations

import sys
from typing import Any, Mapping

from evenfold.worker.process_state.probes import Probe, attribute

# Settings of its context that have no probe of their own.
CONTEXT = (
    "_default_is_async",
    "_device_policy",
    "_enable_mlir_graph_optimization",
    "_inter_op_parallelism_threads",
    "_intra_op_parallelism_threads",
    "_jit_compile_rewrite",
    "_log_device_placement",
    "_mirroring_policy",
    "_run_eager_op_as_function",
    "_visible_device_list",
)
DEBUG_MODES = ("tensorflow.python.data.ops.debug_mode", "tensorflow.python.data.ops.dataset_ops")


def probes() -> list[Probe]:
    """Return the probes; TensorFlow is imported."""
    import tensorflow as tf
    from tensorflow.python.eager import context

    config = tf.config
    all_probes = [
        Probe(
            "tf.config.run_functions_eagerly",
            config.functions_run_eagerly,
            config.run_functions_eagerly,
        ),
        Probe("tf.config.optimizer.set_jit", config.optimizer.get_jit, _write_jit),
        Probe(
            "tf.config.optimizer.set_experimental_options",
            lambda: dict(context.context()._optimizer_experimental_options),
            _write_optimizer_options,
        ),
        Probe(
            "tf.config.set_soft_device_placement",
            config.get_soft_device_placement,
            config.set_soft_device_placement,
        ),
        Probe(
            "tf.debugging.set_log_device_placement",
            tf.debugging.get_log_device_placement,
            tf.debugging.set_log_device_placement,
        )
        if hasattr(tf.debugging, "get_log_device_placement")
        else Probe("", bool),
        Probe("eager execution", tf.executing_eagerly),
        Probe("tf.device", lambda: context.context().device_name),
        Probe("tf.debugging.enable_check_numerics", _count_callbacks, _end_callbacks),
        Probe("the strategy of tf.distribute", tf.distribute.has_strategy, _end_strategy),
        Probe("the context of TensorFlow", _read_context),
        *_float_probes(),
        *_determinism_probes(),
    ]
    for module in DEBUG_MODES:
        if hasattr(sys.modules.get(module), "DEBUG_MODE"):
            all_probes.append(attribute(module, "DEBUG_MODE", "tf.data's debug mode"))
    return all_probes


def _float_probes() -> list[Probe]:
    import tensorflow as tf

    experimental = tf.config.experimental
    if not hasattr(experimental, "tensor_float_32_execution_enabled"):
        return []
    return [
        Probe(
            "TensorFloat-32",
            experimental.tensor_float_32_execution_enabled,
            experimental.enable_tensor_float_32_execution,
        )
    ]


def _determinism_probes() -> list[Probe]:
    from tensorflow.python.framework import config

    if not hasattr(config, "is_op_determinism_enabled"):
        return []

    def write(value: bool) -> None:
        (config.enable_op_determinism if value else config.disable_op_determinism)()

    return [Probe("tf.config.experimental.enable_op_determinism",
                  config.is_op_determinism_enabled, write)]  # fmt: skip


def _write_jit(value: Any) -> None:
    import tensorflow as tf

    tf.config.optimizer.set_jit("autoclustering" if value == "autoclustering" else False)


def _write_optimizer_options(value: Mapping[str, Any]) -> None:
    from tensorflow.python.eager import context

    here = context.context()
    here._optimizer_experimental_options.clear()
    here.set_optimizer_experimental_options(dict(value))


def _count_callbacks() -> int:
    from tensorflow.python.eager import context

    return len(context.context().op_callbacks)


def _end_callbacks(value: int) -> None:
    import tensorflow as tf

    tf.debugging.disable_check_numerics()


def _end_strategy(value: bool) -> None:
    import tensorflow as tf

    tf.distribute.experimental_set_strategy(None)


def _read_context() -> dict[str, Any]:
    from tensorflow.python.eager import context

    here = vars(context.context())
    settings = {name: here[name] for name in CONTEXT if name in here}
    # Listed when it is first asked for.
    settings["_visible_device_list"] = len(settings.get("_visible_device_list") or ())
    return settings
