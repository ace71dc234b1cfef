"""The contract suite: what every model keeps, checked on small generated data.

A check is a function of a ``Subject`` that returns, raises ``Broken``, or raises ``Skip`` where it
does not apply. Its name is the function's.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator

import numpy as np

from evenfold.contract import Fold, Task
from evenfold.errors import EvenfoldError, Skip
from evenfold.worker import inference, train
from evenfold.worker.device import Framework
from evenfold.worker.optimizers import given_learning_rates
from evenfold.worker.plugin import Plugin

ROWS, FEATURES = 40, 12
BATCH = 8
ODD_FEATURES = 7
PASSED, FAILED, SKIPPED, EXPECTED = "passed", "failed", "skipped", "expected failure"


class Broken(Exception):
    """A check that failed: what was expected and what was found."""


@dataclass(frozen=True)
class Outcome:
    """One check of one model: ``result`` is passed, failed, skipped or expected failure."""

    model: str
    check: str
    result: str
    detail: str = ""


class Subject:
    """A plug-in under check: one model trained for one epoch, made when it is first needed."""

    def __init__(self, plugin: Plugin, framework: Framework) -> None:
        """Builds nothing yet."""
        self.plugin = plugin
        self.framework = framework
        self.fold = self.make_fold()
        self._trained: Any = None

    def make_fold(self, features: int = FEATURES, classes: int = 2) -> Fold:
        """Generated rows of separable classes in the plug-in's layout; half of them test rows."""
        layout = self.plugin.model.layout
        shape = (features,) if layout == "flat" else (features, 1)
        y = np.arange(2 * ROWS) % classes
        x = np.random.RandomState(0).normal(size=(2 * ROWS, features)) + y[:, np.newaxis]
        x = x.reshape(2 * ROWS, *shape)
        return Fold(Task(shape, classes), layout, x[:ROWS], y[:ROWS], x[ROWS:])

    def prepare(self, fold: Fold | None = None, seed: int = 0) -> train.PreparedFit:
        """A fresh model."""
        return train.prepare(self.plugin, fold or self.fold, seed, self.framework, epochs=1)

    def fit(self, fold: Fold | None = None) -> Any:
        """A fresh model after one epoch."""
        prepared = self.prepare(fold)
        train.run(prepared)
        return prepared.model

    @property
    def trained(self) -> Any:
        """The model after one epoch on ``fold``; the same for every check."""
        if self._trained is None:
            self._trained = self.fit()
        return self._trained

    def outputs(self, model: Any, x: np.ndarray) -> np.ndarray:
        """What the model gives for rows on the reference path."""
        run = inference.prepare_path(inference.REFERENCE, model, self.framework, self.fold.x_train)
        return np.asarray(run(inference.as_input(model, x)))

    def network(self) -> Any:
        """The trained model. Raises Skip when it is no Keras model."""
        if not train.is_keras(self.trained):
            raise Skip("for Keras models")
        return self.trained


Check = Callable[[Subject], None]


def output_shape(subject: Subject) -> None:
    """One column for two classes or one a class; an estimator always one a class."""
    task = subject.fold.task
    units = task.output_units if train.is_keras(subject.trained) else task.n_classes
    expected, found = (BATCH, units), _batch(subject).shape
    if found != expected:
        raise Broken(f"expected outputs of shape {expected} for {BATCH} rows, found {found}")


def finite(subject: Subject) -> None:
    """No output is NaN or infinite."""
    wrong = int((~np.isfinite(_batch(subject))).sum())
    if wrong:
        raise Broken(f"expected finite outputs, found {wrong} that are NaN or infinite")


def within_0_and_1(subject: Subject) -> None:
    """Outputs are probabilities."""
    found = _batch(subject)
    if found.min() < 0 or found.max() > 1:
        raise Broken(
            f"expected outputs in [0, 1], found {found.min():g} to {found.max():g}: "
            "end with task.output_activation"
        )


def rows_sum_to_1(subject: Subject) -> None:
    """The probabilities of a row's classes sum to 1; one sigmoid unit does by itself."""
    fold = subject.make_fold(classes=3)
    sums = subject.outputs(subject.fit(fold), fold.x_test[:BATCH]).sum(axis=1)
    if np.abs(sums - 1).max() > inference.ROUNDING:
        raise Broken(
            f"expected rows that sum to 1 with three classes, found {sums.min():g} to "
            f"{sums.max():g}: end with task.output_activation"
        )


def batch_of_n_is_n_of_one(subject: Subject) -> None:
    """What a row gets does not depend on the rows beside it."""
    x = subject.fold.x_test[:BATCH]
    single = np.concatenate([subject.outputs(subject.trained, x[[i]]) for i in range(BATCH)])
    _same(subject.outputs(subject.trained, x), single, "a batch and its rows one by one")


def row_order(subject: Subject) -> None:
    """Rows in another order get the same outputs in that order."""
    x = subject.fold.x_test[:BATCH]
    found = subject.outputs(subject.trained, x[::-1])[::-1]
    _same(subject.outputs(subject.trained, x), found, "rows and the same rows reversed")


def several_classes(subject: Subject) -> None:
    """Five classes give five probabilities a row."""
    _fits(subject, subject.make_fold(classes=5))


def smallest_input(subject: Subject) -> None:
    """One feature, or one step of one channel, fits or is skipped with a reason."""
    _fits(subject, subject.make_fold(features=1))


def odd_input(subject: Subject) -> None:
    """An odd number of features fits or is skipped with a reason."""
    _fits(subject, subject.make_fold(features=ODD_FEATURES))


def inputs_are_kept(subject: Subject) -> None:
    """Neither training nor prediction writes into the arrays, which other models get too."""
    mine, untouched = subject.make_fold(), subject.make_fold()
    model = subject.fit(mine)
    subject.outputs(model, mine.x_test)
    for name in ("x_train", "y_train", "x_test"):
        if not np.array_equal(getattr(mine, name), getattr(untouched, name)):
            raise Broken(f"expected {name} as it was, found it changed: work on a copy")


def inference_keeps_weights(subject: Subject) -> None:
    """Prediction changes no weight, on no path."""
    model = subject.network()
    before = _weights(model)
    for path in inference.path_names():
        try:
            run = inference.prepare_path(path, model, subject.framework, subject.fold.x_train)
        except Skip:
            continue
        run(inference.as_input(model, subject.fold.x_test[:BATCH]))
        if not _equal(before, _weights(model)):
            raise Broken(f"expected the same weights after inference, found others after {path}")


def training_changes_weights(subject: Subject) -> None:
    """One epoch changes at least one weight."""
    subject.network()
    prepared = subject.prepare()
    before = _weights(prepared.model)
    train.run(prepared)
    if _equal(before, _weights(prepared.model)):
        raise Broken(
            "expected other weights after an epoch, found the same: is anything trainable?"
        )


def save_and_load(subject: Subject) -> None:
    """A model saved by Keras and loaded again gives the same outputs."""
    model, x = subject.network(), subject.fold.x_test[:BATCH]
    import keras

    version = tuple(int(part) for part in keras.__version__.split(".")[:2])
    # The .keras format came with Keras 2.12.
    name = "model.keras" if version >= (2, 12) else "model.h5"
    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
        file = str(Path(folder) / name)
        model.save(file)
        loaded = keras.models.load_model(file, compile=False)
    _same(subject.outputs(model, x), subject.outputs(loaded, x), "the model and its saved copy")


def same_seed_same_weights(subject: Subject) -> None:
    """Two models built with one seed begin with the same weights."""
    subject.network()
    first, second = (_weights(subject.prepare(seed=5).model) for _ in range(2))
    if not _equal(first, second):
        raise Broken(
            "expected the same initial weights with the same seed, found others: "
            "draw them with Keras' initializers and no seed of their own"
        )


def learning_rate(subject: Subject) -> None:
    """The learning rate that ``build`` gives is the optimizer's.

    Keras from TensorFlow 2.11 to 2.15 warns about ``lr=`` and ignores it.
    """
    subject.network()
    with given_learning_rates() as given:
        optimizer = subject.prepare().model.optimizer
    wanted = given.get(id(optimizer))
    if not isinstance(wanted, (int, float)):
        return  # none was given, or a schedule
    found = float(np.asarray(optimizer.learning_rate))
    if not np.isclose(found, wanted, rtol=1e-6):
        raise Broken(
            f"expected learning rate {wanted:g} as given to the optimizer, found {found:g}"
        )


CHECKS: tuple[Check, ...] = (
    output_shape,
    finite,
    within_0_and_1,
    rows_sum_to_1,
    batch_of_n_is_n_of_one,
    row_order,
    several_classes,
    smallest_input,
    odd_input,
    inputs_are_kept,
    inference_keeps_weights,
    training_changes_weights,
    save_and_load,
    same_seed_same_weights,
    learning_rate,
)
LOADS, BUILDS = "loads", "builds"


def run_checks(
    plugin: Plugin, framework: Framework, names: Iterable[str] | None = None
) -> Iterator[Outcome]:
    """Every check of a plug-in, or those of ``names``, one outcome each; the first is ``builds``.

    A model that cannot be built, or that skips itself, has that outcome alone.
    """
    wanted = None if names is None else set(names)
    expected = plugin.model.expected_failures
    unknown = set(expected) - {check.__name__ for check in CHECKS}
    if unknown:
        there = ", ".join(check.__name__ for check in CHECKS)
        detail = f"expected_failures names no check {min(unknown)!r}: there are {there}"
        yield Outcome(plugin.name, BUILDS, FAILED, detail)
        return
    subject = Subject(plugin, framework)
    first = _outcome(plugin.name, BUILDS, lambda: subject.trained, None)
    yield first
    if first.result != PASSED:
        return
    for check in CHECKS:
        name = check.__name__
        if wanted is None or name in wanted:
            yield _outcome(plugin.name, name, partial(check, subject), expected.get(name))


def _outcome(model: str, name: str, check: Callable[[], Any], reason: str | None) -> Outcome:
    try:
        check()
    except Skip as skip:
        return Outcome(model, name, SKIPPED, str(skip))
    except Exception as error:  # whatever a model does wrong is its outcome
        told = isinstance(error, (Broken, EvenfoldError))
        detail = str(error) if told else f"raised {type(error).__name__}: {error}"
        if reason is not None:
            return Outcome(model, name, EXPECTED, f"{reason} ({detail})")
        return Outcome(model, name, FAILED, detail)
    if reason is not None:
        return Outcome(model, name, FAILED, "passes, though expected_failures says that it fails")
    return Outcome(model, name, PASSED)


def _batch(subject: Subject) -> np.ndarray:
    return subject.outputs(subject.trained, subject.fold.x_test[:BATCH])


def _fits(subject: Subject, fold: Fold) -> None:
    model = subject.fit(fold)
    inference.probabilities(subject.outputs(model, fold.x_test[:BATCH]), fold.task.n_classes)


def _same(expected: np.ndarray, found: np.ndarray, what: str) -> None:
    if expected.shape != found.shape:
        raise Broken(f"expected the same of {what}, found shapes {expected.shape}, {found.shape}")
    difference = float(np.abs(expected - found).max())
    if not difference <= inference.TOLERANCE:
        raise Broken(f"expected the same of {what}, found outputs that differ by {difference:.2g}")


def _weights(model: Any) -> list[np.ndarray]:
    return [np.array(weight) for weight in model.get_weights()]


def _equal(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second))
