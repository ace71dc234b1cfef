"""The contract between harness, worker and plug-in: ``Task``, ``Model`` and ``Fold``.

Keeps to Python 3.8 and numpy 1.18, because workers import it beside old frameworks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Callable, Literal, Mapping, Sequence, Union

from evenfold.errors import PluginError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Layout = Literal["flat", "sequence"]
LAYOUTS: tuple[Layout, ...] = ("flat", "sequence")
BALANCED = "balanced"
SETTINGS = ("epochs", "batch_size")  # of a spec: conv1d[epochs=100]
ClassWeight = Union[Literal["balanced"], Mapping[Any, float]]


@dataclass(frozen=True)
class Task:
    """All that a plug-in may know about the problem.

    Attributes
    ----------
    input_shape : tuple of int
        Shape of one row in the model's layout: ``(features,)`` if flat, ``(steps, channels)`` as a
        sequence. Of a table with categories or missing cells, folds may have other numbers of
        features, as the training rows decide which levels have a column.
    n_classes : int
        Number of classes, at least 2.
    """

    input_shape: tuple[int, ...]
    n_classes: int

    @property
    def output_units(self) -> int:
        """Width of a network's last layer: 1 for two classes, else one unit per class."""
        return 1 if self.n_classes == 2 else self.n_classes

    @property
    def output_activation(self) -> str:
        """``sigmoid`` for two classes (the probability of class 1), else ``softmax``."""
        return "sigmoid" if self.n_classes == 2 else "softmax"

    @property
    def loss(self) -> str:
        """Keras loss for ``output_activation`` and integer labels."""
        return "binary_crossentropy" if self.n_classes == 2 else "sparse_categorical_crossentropy"


def _no_callbacks() -> list[Any]:
    return []


@dataclass(frozen=True)
class Model:
    """A plug-in's value: how to build the model and how to train it.

    Parameters
    ----------
    build : callable
        ``build(task)`` returns a compiled Keras model, or an estimator with ``fit`` and
        ``predict_proba``.
    layout : {"flat", "sequence"}
        Layout of the rows.
    epochs : int, optional
        Epochs of a Keras model; None for an estimator.
    batch_size : int
        Batch size of a Keras model.
    callbacks : callable
        ``callbacks()`` returns new Keras callbacks for one fit.
    validation : float, optional
        Share of the training rows of each class, above 0 and below 1, that a Keras model is not
        trained on. They are its ``validation_data``, for callbacks that monitor ``val_loss`` and
        the like; the seed of the fit draws them. Groups of the data are not seen: rows of one
        group may be on both sides.
    class_weight : {"balanced"} or mapping, optional
        Weight of each row in the loss by its label. ``"balanced"`` is ``rows / (classes * rows of
        the class)``, of the rows that a fit trains on; a mapping has weights above 0 by label, and
        1 for labels that it does not name. Sample weights of the data are multiplied by them, and
        ``"balanced"`` counts a row by its weight.
        Keras' ``fit`` trains such a network. An estimator gets the weights as ``sample_weight``:
        its ``fit`` takes them, or that of the last step of a pipeline, or that of what is in a
        search or a stack.
    expected_failures : mapping
        Checks of the contract suite that the model is known to fail, each with the reason:
        ``{"row_order": "it ranks the batch"}``.

    Raises
    ------
    PluginError
        If a field has a wrong type or value.
    """

    build: Callable[[Task], Any]
    layout: Layout = "flat"
    epochs: int | None = None
    batch_size: int = 32
    callbacks: Callable[[], Sequence[Any]] = _no_callbacks
    validation: float | None = None
    expected_failures: Mapping[str, str] = field(default_factory=dict)
    class_weight: ClassWeight | None = None

    def __post_init__(self) -> None:
        _expect(callable(self.build), "build", "a function of a Task", self.build)
        _expect(self.layout in LAYOUTS, "layout", "one of " + ", ".join(LAYOUTS), self.layout)
        _expect(
            self.epochs is None or _positive(self.epochs),
            "epochs",
            "a whole number of at least 1, or None for an estimator",
            self.epochs,
        )
        _expect(
            _positive(self.batch_size),
            "batch_size",
            "a whole number of at least 1",
            self.batch_size,
        )
        _expect(
            callable(self.callbacks), "callbacks", "a function that returns a list", self.callbacks
        )
        _expect(
            self.validation is None or (_share(self.validation) and self.epochs is not None),
            "validation",
            "a share above 0 and below 1 of a network with epochs, or None",
            self.validation,
        )
        _expect(
            _is_class_weight(self.class_weight),
            "class_weight",
            '"balanced", a mapping of labels to weights above 0, or None',
            self.class_weight,
        )
        _expect(
            _reasons(self.expected_failures),
            "expected_failures",
            "a mapping of checks to reasons",
            self.expected_failures,
        )

    def with_settings(self, settings: Mapping[str, int]) -> Model:
        """Return a copy with other ``epochs`` or ``batch_size``.

        Raises PluginError for another setting, and if the model has no epochs.
        """
        for key in settings:
            if key not in SETTINGS:
                raise PluginError(
                    f"no setting {key!r}: settings are {' and '.join(SETTINGS)}"
                    f"{did_you_mean(key, SETTINGS)}"
                )
        if self.epochs is None and settings:
            raise PluginError("settings change a network's training; this model has no epochs")
        changes: Any = dict(settings)
        return replace(self, **changes)


def _positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _share(value: Any) -> bool:
    return isinstance(value, float) and 0 < value < 1


def _is_class_weight(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value) and all(
            isinstance(label, (str, int)) and _is_weight(weight) for label, weight in value.items()
        )
    return value is None or value == BALANCED


def _is_weight(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 < value < float("inf")


def _reasons(value: Any) -> bool:
    pairs = value.items() if isinstance(value, Mapping) else [(None, None)]
    return all(isinstance(text, str) for pair in pairs for text in pair)


def _expect(ok: bool, name: str, expected: str, found: Any) -> None:
    if not ok:
        raise PluginError(f"Model({name}=...) must be {expected}, found {found!r}")


@dataclass(frozen=True)
class Fold:
    """The arrays of a split that one fit may see, in the model's layout.

    Test labels stay with the harness.

    Attributes
    ----------
    task : Task
        The problem.
    layout : {"flat", "sequence"}
        Layout of the rows.
    x_train : float64 array
        Training inputs of shape ``(rows,) + task.input_shape``, prepared by their own statistics.
    y_train : int64 array
        Training labels of shape ``(rows,)``, below ``task.n_classes``.
    x_test : float64 array
        Test inputs, prepared by the statistics of the training rows.
    class_names : tuple of str
        Names of the classes, by label; empty if they are unknown.
    sample_weight : float64 array, optional
        Weights of the training rows, of shape ``(rows,)``; None: all rows count alike.
    """

    task: Task
    layout: Layout
    x_train: NDArray[np.float64]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float64]
    class_names: tuple[str, ...] = ()
    sample_weight: NDArray[np.float64] | None = None
