"""The checks of the contract suite: each is a function of a subject, named after the rule.

A check returns, with a note or None, raises ``CheckFailure``, or raises ``Skip`` where it does not
apply.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker import inference, train
from evenfold.worker.build import OutputWidthError, is_keras
from evenfold.worker.check_subject import BATCH_ROWS, CheckFailure, CheckSubject
from evenfold.worker.optimizers import given_learning_rates

ODD_FEATURES = 7
SEED = 5
FOR_TWO_CLASSES = (
    "harmless for data of two classes: it has one output, however many classes there are; for "
    "more, end with Dense(task.output_units, activation=task.output_activation)"
)
# It may return a note on what it left out.
Check = Callable[[CheckSubject], Optional[str]]


def output_shape(subject: CheckSubject) -> None:
    """A network has one output for two classes, else one per class, as an estimator always has."""
    task = subject.fold.task
    units = task.output_units if is_keras(subject.trained) else task.n_classes
    expected, actual = (BATCH_ROWS, units), subject.batch_outputs().shape
    if actual != expected:
        raise CheckFailure(
            f"expected outputs of shape {expected} for {BATCH_ROWS} rows, found {actual}"
        )


def finite(subject: CheckSubject) -> None:
    """No output is NaN or infinite."""
    count = int((~np.isfinite(subject.batch_outputs())).sum())
    if count:
        raise CheckFailure(f"expected finite outputs, found {count} that are NaN or infinite")


def within_0_and_1(subject: CheckSubject) -> None:
    """Outputs are probabilities."""
    outputs = subject.batch_outputs()
    if outputs.min() < 0 or outputs.max() > 1:
        raise CheckFailure(
            f"expected outputs in [0, 1], found {outputs.min():g} to {outputs.max():g}: "
            "end with task.output_activation"
        )


def rows_sum_to_1(subject: CheckSubject) -> None:
    """The probabilities of a row's classes sum to 1; one sigmoid unit does by itself."""
    fold = subject.make_fold(classes=3)
    model = _fit_several(subject, fold)
    sums = subject.outputs(model, fold.x_test[:BATCH_ROWS]).sum(axis=1)
    if np.abs(sums - 1).max() > inference.ROUNDING:
        raise CheckFailure(
            f"expected rows that sum to 1 with three classes, found {sums.min():g} to "
            f"{sums.max():g}: end with task.output_activation"
        )


def batch_of_n_is_n_of_one(subject: CheckSubject) -> None:
    """The outputs of a row do not depend on the other rows of its batch."""
    x = subject.fold.x_test[:BATCH_ROWS]
    single = np.concatenate([subject.outputs(subject.trained, x[[i]]) for i in range(BATCH_ROWS)])
    _require_same(subject.outputs(subject.trained, x), single, "a batch and its rows one by one")


def row_order(subject: CheckSubject) -> None:
    """Rows in another order have the same outputs in that order."""
    x = subject.fold.x_test[:BATCH_ROWS]
    reversed_back = subject.outputs(subject.trained, x[::-1])[::-1]
    _require_same(
        subject.outputs(subject.trained, x), reversed_back, "rows and the same rows reversed"
    )


def several_classes(subject: CheckSubject) -> None:
    """Five classes give five probabilities per row."""
    fold = subject.make_fold(classes=5)
    _require_probabilities(subject, fold, _fit_several(subject, fold))


def smallest_input(subject: CheckSubject) -> None:
    """One feature, or one step of one channel, fits or is skipped with a reason."""
    fold = subject.make_fold(features=1)
    _require_probabilities(subject, fold, subject.fit(fold))


def odd_input(subject: CheckSubject) -> None:
    """An odd number of features fits or is skipped with a reason."""
    fold = subject.make_fold(features=ODD_FEATURES)
    _require_probabilities(subject, fold, subject.fit(fold))


def inputs_are_kept(subject: CheckSubject) -> None:
    """Neither training nor prediction changes the input arrays, which models share."""
    mine, untouched = subject.make_fold(), subject.make_fold()
    model = subject.fit(mine)
    subject.outputs(model, mine.x_test)
    for name in ("x_train", "y_train", "x_test"):
        if not np.array_equal(getattr(mine, name), getattr(untouched, name)):
            raise CheckFailure(f"expected {name} as it was, found it changed: work on a copy")


def inference_keeps_weights(subject: CheckSubject) -> str | None:
    """Prediction changes no weight, on no path that the model has."""
    model = subject.network()
    before = _weights(model)
    x = inference.as_input(model, subject.fold.x_test[:BATCH_ROWS])
    skipped: dict[str, list[str]] = {}
    for path in inference.path_names():
        try:
            run = inference.prepare_path(path, model, subject.framework, subject.fold.x_train)
            run(x)
        except Skip as skip:
            skipped.setdefault(str(skip), []).append(path)
        if not _equal(before, _weights(model)):
            raise CheckFailure(
                f"expected the same weights after inference, found others after {path}"
            )
    return "; ".join(f"without {', '.join(paths)}: {why}" for why, paths in skipped.items()) or None


def training_changes_weights(subject: CheckSubject) -> None:
    """One epoch changes at least one weight."""
    subject.network()
    prepared = subject.prepare()
    before = _weights(prepared.model)
    train.run(prepared)
    if _equal(before, _weights(prepared.model)):
        raise CheckFailure(
            "expected other weights after an epoch, found the same: is anything trainable?"
        )


def save_and_load(subject: CheckSubject) -> None:
    """A model saved by Keras and loaded again gives the same outputs."""
    model, x = subject.network(), subject.fold.x_test[:BATCH_ROWS]
    import keras

    version = tuple(int(part) for part in keras.__version__.split(".")[:2])
    # Keras 2.12 introduced the .keras format.
    name = "model.keras" if version >= (2, 12) else "model.h5"
    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
        file = str(Path(folder) / name)
        model.save(file)
        loaded = keras.models.load_model(file, compile=False)
    _require_same(
        subject.outputs(model, x), subject.outputs(loaded, x), "the model and its saved copy"
    )


def same_seed_same_weights(subject: CheckSubject) -> None:
    """Two models built with one seed begin with the same weights."""
    subject.network()
    first, second = (_weights(subject.prepare(seed=5).model) for _ in range(2))
    if not _equal(first, second):
        raise CheckFailure(
            "expected the same initial weights with the same seed, found others: "
            "draw them with Keras' initializers and no seed of their own"
        )


def same_seed_same_predictions(subject: CheckSubject) -> None:
    """Two fits with one seed, and one in another process, give the same predictions."""
    x, classes = subject.fold.x_test, subject.fold.task.n_classes
    first, second = (
        inference.probabilities(subject.outputs(subject.fit_anew(SEED), x), classes)
        for _ in range(2)
    )
    _require_seeded(first, second, "a second fit with the same seed")
    if subject.fresh_fits is not None:
        third = subject.fresh_fits.predictions(subject.plugin, subject.fold, SEED)
        _require_seeded(first, third, "a fit with the same seed in another process")


def learning_rate(subject: CheckSubject) -> None:
    """The optimizer has the learning rate that ``build`` gives it.

    Keras from TensorFlow 2.11 to 2.15 warns about ``lr=`` and ignores it.
    """
    subject.network()
    with given_learning_rates() as given:
        optimizer = subject.prepare().model.optimizer
    expected = given.get(id(optimizer))
    if not isinstance(expected, (int, float)):
        return  # none was given, or a schedule
    actual = float(np.asarray(optimizer.learning_rate))
    if not np.isclose(actual, expected, rtol=1e-6):
        raise CheckFailure(
            f"expected learning rate {expected:g} as given to the optimizer, found {actual:g}"
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
    same_seed_same_predictions,
    learning_rate,
)


def _fit_several(subject: CheckSubject, fold: Fold) -> Any:
    """Train on a fold of several classes. Raises Skip for a network of one output.

    Such a network is for two classes. Studies refuse to score it on data of more, so that it
    cannot give a wrong result there.
    """
    try:
        return subject.fit(fold)
    except OutputWidthError as error:
        if error.units == 1:
            raise Skip(FOR_TWO_CLASSES) from error
        raise


def _require_probabilities(subject: CheckSubject, fold: Fold, model: Any) -> None:
    """Predict with a trained model. Raises FitError if the outputs are not probabilities."""
    inference.probabilities(subject.outputs(model, fold.x_test[:BATCH_ROWS]), fold.task.n_classes)


def _require_same(expected: np.ndarray, actual: np.ndarray, sources: str) -> None:
    """Raise CheckFailure if the outputs of two sources differ by more than rounding."""
    if expected.shape != actual.shape:
        raise CheckFailure(
            f"expected the same of {sources}, found shapes {expected.shape}, {actual.shape}"
        )
    difference = float(np.abs(expected - actual).max())
    if not difference <= inference.TOLERANCE:
        raise CheckFailure(
            f"expected the same of {sources}, found outputs that differ by {difference:.2g}"
        )


def _require_seeded(expected: np.ndarray, actual: np.ndarray, source: str) -> None:
    """Raise CheckFailure if a fit gives other probabilities, beyond rounding."""
    difference = float(np.abs(expected - actual).max())
    if not difference <= inference.TOLERANCE:
        raise CheckFailure(
            f"expected the same probabilities of {source}, found some that differ by "
            f"{difference:.2g}: draw from numpy.random, random or the framework, or give "
            "random_state to what draws; numpy.random.default_rng() and the clock have no seed"
        )


def _weights(model: Any) -> list[np.ndarray]:
    return [np.array(weight) for weight in model.get_weights()]


def _equal(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second))
