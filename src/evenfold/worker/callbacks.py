"""The callbacks of one fit: a model's own, whose monitored quantities must exist, and a clock."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Sequence

from evenfold.contract import Model
from evenfold.errors import PluginError

VALIDATION_PREFIX = "val_"


def fit_callbacks(
    model: Model, description: str, ends: list[int], now: Callable[[], int]
) -> list[Any]:
    """Return the callbacks of one fit.

    Parameters
    ----------
    model
        The model, which has callbacks of its own.
    description
        What messages call the model.
    ends
        Gets the reading of the clock at the end of each epoch.
    now
        The clock, in nanoseconds.

    Raises
    ------
    PluginError
        A callback monitors a quantity of validation rows that are not there.
    """
    callbacks = list(model.callbacks())
    monitored = _monitored(callbacks)
    for name, quantity in monitored:
        if model.validation is None and quantity.startswith(VALIDATION_PREFIX):
            raise PluginError(
                f"{description}: {name} monitors {quantity}, but the model has no validation rows: "
                "write Model(..., validation=0.1) or monitor "
                f"{quantity[len(VALIDATION_PREFIX) :]}"
            )
    if monitored:
        callbacks.append(_monitor_check(description, monitored))
    return [*callbacks, _epoch_clock(ends, now)]


def require_reported(
    description: str, monitored: Sequence[tuple[str, str]], reported: Iterable[str]
) -> None:
    """Raise PluginError if a callback, by name, monitors a quantity that Keras does not report."""
    names = sorted(reported)
    for name, quantity in monitored:
        if quantity not in names:
            raise PluginError(
                f"{description}: {name} monitors {quantity}, which the training does not report: "
                f"monitor one of {', '.join(names)}, or compile the model with that metric"
            )


def _monitored(callbacks: Sequence[Any]) -> list[tuple[str, str]]:
    """Return the name of each callback that acts on a quantity, and the quantity."""
    found = []
    for callback in callbacks:
        quantity = getattr(callback, "monitor", None)
        # A ModelCheckpoint that saves every epoch compares nothing.
        if isinstance(quantity, str) and getattr(callback, "save_best_only", True):
            found.append((type(callback).__name__, quantity))
    return found


def _monitor_check(description: str, monitored: Sequence[tuple[str, str]]) -> Any:
    """Return a Keras callback that ends a training in which a monitored quantity is missing."""
    import keras

    class MonitorCheck(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            require_reported(description, monitored, logs or {})

    return MonitorCheck()


def _epoch_clock(ends: list[int], now: Callable[[], int]) -> Any:
    """Return a Keras callback that appends the clock's reading at the end of each epoch."""
    import keras

    class EpochClock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            ends.append(now())

    return EpochClock()
