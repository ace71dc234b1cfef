"""Probes of Keras 2 and 3: policies, settings and registered objects."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Iterator, Mapping

from evenfold.worker.process_state.keras_names import BACKENDS_2, NAMES_3, STATE_3
from evenfold.worker.process_state.probes import Probe, attribute, mapping

CONFIGS = (
    "keras.src.backend.config",  # Keras 3
    "keras.src.backend_config",  # Keras 2.13 to 2.15
    "keras.backend_config",
    "tensorflow.python.keras.backend_config",
)
REGISTRIES = (
    "keras.src.saving.object_registration",
    "keras.saving.object_registration",
    "keras.src.utils.generic_utils",
    "keras.utils.generic_utils",
    "tensorflow.python.keras.utils.generic_utils",
)
TRACKERS_3 = ("GLOBAL_STATE_TRACKER", "GLOBAL_SETTINGS_TRACKER")
# What Keras 3 notes while it builds and trains: no setting, and empty in a new process.
TRANSIENT = (NAMES_3, "global_seed_generator", "global_random_seed",
             "uninitialized_variables", "current_call_ctx", "name_scope_stack")  # fmt: skip


def probes() -> list[Probe]:
    """Return the probes; Keras is imported."""
    all_probes = []
    for module in _imported(CONFIGS):
        for name, value in list(vars(module).items()):
            is_private = name.startswith("_") and not name.startswith("__")
            if is_private and isinstance(value, (str, float, int, type(None))):
                label = f"keras.config ({name.strip('_').lower()})"
                all_probes.append(attribute(module.__name__, name, label))
    for module in _imported(REGISTRIES):
        for name, value in list(vars(module).items()):
            if "GLOBAL_CUSTOM" in name and isinstance(value, dict):
                all_probes.append(_registry(value))
    if STATE_3 in sys.modules:
        all_probes += [_tracker(sys.modules[STATE_3], name) for name in TRACKERS_3]
    else:
        all_probes += [_policy_2(), *_generator_2()]
    return all_probes


def _imported(names: tuple[str, ...]) -> Iterator[ModuleType]:
    seen: set[int] = set()
    for name in names:
        module = sys.modules.get(name)
        if isinstance(module, ModuleType) and id(module) not in seen:
            seen.add(id(module))
            yield module


def _registry(registry: dict[Any, Any]) -> Probe:
    return mapping("the registered objects of Keras", lambda: registry)


def _tracker(module: ModuleType, name: str) -> Probe:
    """Probe a thread's settings of Keras 3; ``clear_session`` replaces the whole object."""

    def read() -> dict[str, Any]:
        held = vars(getattr(module, name, None) or object)
        return {
            key: value
            for key, value in held.items()
            if key not in TRANSIENT and not _is_of_tensors(key) and value is not None
        }

    def write(value: Mapping[str, Any]) -> None:
        held = vars(getattr(module, name))
        for key in set(read()) - set(value):
            del held[key]
        held.update(value)

    return Probe("the settings of Keras", read, write)


def _is_of_tensors(key: str) -> bool:
    """Return whether Keras 3 notes there what single tensors carry."""
    return key.endswith("_dict") and key != "custom_objects_scope_dict"


def _policy_2() -> Probe:
    import tensorflow as tf

    # In TensorFlow 2.8 the package keras lacks it, in 2.3 it has another name.
    mixed_precision: Any = tf.keras.mixed_precision
    if not hasattr(mixed_precision, "set_global_policy"):
        mixed_precision = mixed_precision.experimental
    set_policy = getattr(mixed_precision, "set_global_policy", None) or mixed_precision.set_policy

    def read() -> str:
        return str(mixed_precision.global_policy().name)

    return Probe("the dtype policy of Keras", read, set_policy)


def _generator_2() -> list[Probe]:
    return [
        attribute(module.__name__, "_USE_GENERATOR_FOR_RNG", "Keras' random generators")
        for module in _imported(BACKENDS_2)
        if hasattr(module, "_USE_GENERATOR_FOR_RNG")
    ]
