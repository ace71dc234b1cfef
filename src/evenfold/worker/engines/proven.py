"""The Keras constructs whose compiled training is proven equal to ``fit``, whatever their weights.

A model of these alone is compiled at once. Anything else, such as a plug-in's own class or an
option that is not listed, is first compared with ``fit`` (``verification.py``). To add a construct,
list it here: ``tests/unit/worker/test_proven.py`` trains every one of them in both engines.
"""

from __future__ import annotations

import inspect
from typing import Any, Iterable, Mapping

# Keras versions of which the constructs are proven, inclusive.
VERSIONS = (((2, 8), (2, 15)), ((3, 0), (3, 15)))

# By class, the options that may have any value; every other one must have its default. Initial
# values are copied, so every initializer will do; activations, penalties and constraints must be
# of those below.
_WEIGHTS = (
    "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer",
    "bias_regularizer", "kernel_constraint", "bias_constraint",
)  # fmt: skip
_POOLING = ("pool_size", "strides", "padding")
LAYERS: Mapping[str, tuple[str, ...]] = {
    "Activation": ("activation",),
    "Add": (),
    "AveragePooling1D": _POOLING,
    "BatchNormalization": (
        "axis", "momentum", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer",
        "moving_mean_initializer", "moving_variance_initializer",
    ),
    "Concatenate": ("axis",),
    "Conv1D": ("filters", "kernel_size", "strides", "padding", "activation", *_WEIGHTS),
    "Dense": ("units", "activation", *_WEIGHTS),
    "Dropout": ("rate", "seed"),
    "Flatten": (),
    "GlobalAveragePooling1D": (),
    "GlobalMaxPooling1D": (),
    "InputLayer": ("batch_shape", "batch_input_shape", "dtype"),
    "LayerNormalization": (
        "axis", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer",
    ),
    "MaxPooling1D": _POOLING,
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "Reshape": ("target_shape",),
}  # fmt: skip
ACTIVATIONS = frozenset(
    ("linear", "relu", "elu", "selu", "tanh", "sigmoid", "softmax", "softplus", "swish", "silu",
     "gelu", "exponential"),
)  # fmt: skip
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "L1": ("l1",),
    "L2": ("l2",),
    "L1L2": ("l1", "l2"),
    "MaxNorm": ("max_value", "axis"),
    "NonNeg": (),
    "UnitNorm": ("axis",),
}
_STEPS = (
    "learning_rate", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema",
    "ema_momentum", "ema_overwrite_frequency", "gradient_accumulation_steps", "jit_compile",
)  # fmt: skip
OPTIMIZERS: Mapping[str, tuple[str, ...]] = {
    "Adadelta": ("rho", "epsilon", *_STEPS),
    "Adagrad": ("initial_accumulator_value", "epsilon", *_STEPS),
    "Adam": ("beta_1", "beta_2", "epsilon", "amsgrad", *_STEPS),
    "AdamW": ("beta_1", "beta_2", "epsilon", "amsgrad", *_STEPS),
    "Adamax": ("beta_1", "beta_2", "epsilon", *_STEPS),
    "Nadam": ("beta_1", "beta_2", "epsilon", *_STEPS),
    "RMSprop": ("rho", "momentum", "epsilon", "centered", *_STEPS),
    "SGD": ("momentum", "nesterov", *_STEPS),
}
SCHEDULES: Mapping[str, tuple[str, ...]] = {
    "CosineDecay": ("initial_learning_rate", "decay_steps", "alpha"),
    "ExponentialDecay": ("initial_learning_rate", "decay_steps", "decay_rate", "staircase"),
    "PiecewiseConstantDecay": ("boundaries", "values"),
}
LOSSES = frozenset(("binary_crossentropy", "sparse_categorical_crossentropy"))
METRICS = frozenset(("accuracy", "acc", "binary_crossentropy", "sparse_categorical_crossentropy"))

# Optimizers whose step counts in Python, so that tracing changes what they compute.
COUNT_IN_PYTHON: Mapping[int, frozenset[str]] = {2: frozenset(("Nadam",))}

# Options that every layer, optimizer and component may have.
_FREE = ("name", "trainable")


def unproven(model: Any) -> str:
    """Return the first construct of a compiled Keras model that is not proven; empty if all are."""
    import keras

    version = tuple(int(part) for part in keras.__version__.split(".")[:2])
    if not any(oldest <= version <= newest for oldest, newest in VERSIONS):
        return f"Keras {keras.__version__}"
    if type(model).__name__ not in ("Sequential", "Functional") or not _is_of_keras(model):
        return f"the model class {type(model).__name__}"
    layers = list(model._flatten_layers(include_self=False, recursive=True))
    operations = getattr(model, "operations", None) or []
    found = (
        *(_unproven_layer(layer) for layer in [*layers, *operations]),
        _unproven_optimizer(model.optimizer, version[0]),
        _unproven_arguments(model),
    )
    return next((text for text in found if text), "")


def _unproven_layer(layer: Any) -> str:
    name = type(layer).__name__
    policy = getattr(layer, "dtype_policy", None)
    if policy is not None and policy.name != "float32":
        return f"{name} in {policy.name}"
    if name == "InputLayer":
        shape = getattr(layer, "batch_shape", None) or getattr(layer, "_batch_input_shape", None)
        if shape is None or shape[0] is not None:
            return "an input of a fixed number of rows"
    return _unproven_object(layer, LAYERS, ignored=(*_FREE, "dtype"))


def _unproven_optimizer(optimizer: Any, keras_major: int) -> str:
    if type(optimizer).__name__ in COUNT_IN_PYTHON.get(keras_major, ()):
        return f"{type(optimizer).__name__} of Keras {keras_major}"
    if "legacy" in type(optimizer).__module__:
        return f"the legacy optimizer {type(optimizer).__name__}"
    return _unproven_object(optimizer, OPTIMIZERS)


def _unproven_arguments(model: Any) -> str:
    """Check what ``compile`` was called with."""
    config = getattr(getattr(model, "_compile_config", None), "config", None)
    if config is None and hasattr(model, "_get_compile_args"):  # Keras before 2.12
        config = model._get_compile_args()
    if not config:
        return "unknown arguments of compile"
    # Keras on JAX always compiles, and sets this option so.
    if config.get("jit_compile") not in (None, False) and not _is_on_jax():
        return "jit_compile"
    for name in ("loss_weights", "weighted_metrics"):
        if config.get(name):
            return name
    loss = config.get("loss")
    if not (isinstance(loss, str) and loss in LOSSES):
        return "the loss"
    metrics = config.get("metrics") or ()
    if not isinstance(metrics, (list, tuple)):
        return "the metrics"
    strange = [m for m in metrics if not (isinstance(m, str) and m in METRICS)]
    return f"the metric {_name(strange[0])}" if strange else ""


def _unproven_object(
    item: Any, proven: Mapping[str, tuple[str, ...]], ignored: Iterable[str] = _FREE
) -> str:
    """Check the class of an object and its options."""
    name = type(item).__name__
    if name not in proven or not _is_of_keras(item) or "call" in vars(item):
        return name
    defaults = inspect.signature(type(item).__init__).parameters
    for option, value in item.get_config().items():
        if option in ignored:
            continue
        if option in proven[name]:
            ok = _is_proven_value(item, option, value)
        else:
            ok = _is_default(value, defaults.get(option))
        if not ok:
            return f"{name}({option}=...)"
    return ""


def _is_default(value: Any, parameter: inspect.Parameter | None) -> bool:
    """Return whether an option has its default, which Keras may have written in another way."""
    default = None if parameter is None else parameter.default
    if default is None or default is inspect.Parameter.empty:
        return not value or value == "channels_last"
    values = value if isinstance(value, (list, tuple)) else [value]
    return all(part == default for part in values)


def _is_proven_value(item: Any, option: str, value: Any) -> bool:
    if option.endswith("_initializer"):
        return True
    if option == "activation":
        live = getattr(item, option, None)
        return value in ACTIVATIONS if isinstance(value, str) and _is_of_keras(live) else False
    if option.endswith(("_regularizer", "_constraint")):
        live = getattr(item, option, None)
        return live is None or not _unproven_object(live, COMPONENTS)
    if option == "learning_rate" and isinstance(value, Mapping):
        # Optimizers of Keras before 2.11 have theirs among the hyperparameters.
        live = getattr(item, "_learning_rate", getattr(item, "_hyper", {}).get(option))
        return live is not None and not _unproven_object(live, SCHEDULES)
    return not isinstance(value, Mapping) and not callable(value)


def _is_of_keras(item: Any) -> bool:
    """Return whether a function or an object's class is Keras' own."""
    holder = item if inspect.isfunction(item) else type(item)
    return str(holder.__module__).split(".")[0] == "keras"


def _is_on_jax() -> bool:
    import keras

    backend = getattr(keras.backend, "backend", None)  # of Keras 3
    return backend is not None and backend() == "jax"


def _name(item: Any) -> str:
    return str(item) if isinstance(item, str) else getattr(item, "__name__", type(item).__name__)
