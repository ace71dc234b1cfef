"""One construct trained by the compiled engine and by stock ``fit``, and what differs.

Without shuffling, histories, weights, predictions and the optimizer's variables must agree within
the construct's tolerance, absolute and relative at once. A construct that draws random numbers
while it trains is compared in distribution, over 60 seeds, if its engines draw other numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from builders.constructs import Breakage, Construct, all_constructs, set_policy, why_absent
from builders.engine_breakages import BREAKAGES, BrokenEngine
from construct_records import LEVEL, ConstructResult, Status
from evenfold.contract import Fold
from evenfold.errors import PluginError, Skip
from evenfold.worker import train
from evenfold.worker.device import Framework
from evenfold.worker.engines.choice import compile_training
from evenfold.worker.engines.training import CompiledTraining
from evenfold.worker.engines.verification import OTHERWISE
from evenfold.worker.fits import Fitter
from training_differences import SEEDS, Trained, distribution_test, trained

SEED, EARLIER_SEED = 5, 9


def compare(
    construct: Construct, framework: Framework, level: float = LEVEL, break_too: bool = True
) -> ConstructResult:
    """Compare the engines on a construct, as they are and with the compiled one broken.

    Parameters
    ----------
    construct, framework
        What to train, and the opened framework.
    level
        The error of a whole table; a single construct's is divided by their number.
    break_too
        Whether to break the engine too.
    """
    with clean_keras():
        result = _compare(construct, framework, level / chance_constructs(), break_too)
    return replace(
        result, name=construct.name, group=construct.group, tolerance=construct.tolerance
    )


def chance_constructs() -> int:
    """How many constructs draw random numbers while they train."""
    return sum(construct.is_random for construct in all_constructs())


def _compare(
    construct: Construct, framework: Framework, threshold: float, break_too: bool
) -> ConstructResult:
    try:
        engine, reason = _find_engine(construct, framework)
    except PluginError as error:
        reason = why_absent(error.__cause__ or error)
        if reason:
            return _result("not in this version", reason)
        return _result("wrong", f"the construct itself fails: {_one_line(error)}")
    except Exception as error:
        return _judge_failure(construct, framework, error)
    if engine is None:
        return _result("left to fit", reason=reason)
    runs = Runs(construct, framework)
    result = runs.judge(engine, threshold)
    if not break_too or result.status == "wrong":
        return result
    broken = runs.judge_broken(engine, threshold, same_numbers=result.p is None)
    return replace(
        result,
        caught_by=construct.caught_by,
        caught=broken.status == "wrong" or broken.reason.startswith(OTHERWISE),
        caught_difference=broken.difference,
        caught_p=broken.p,
    )


def _result(
    status: Status,
    reason: str = "",
    difference: float | None = None,
    differs: str = "",
    p: float | None = None,
) -> ConstructResult:
    return ConstructResult("", "", status, 0.0, reason, difference, differs, p)


def _find_engine(construct: Construct, framework: Framework) -> tuple[CompiledTraining | None, str]:
    """The engine's training, or why the construct is left to ``fit``."""
    fitter = Fitter(framework.threads, framework.determinism)
    fitted = fitter.fit(construct.plugin(), construct.fold(), EARLIER_SEED, "compiled")
    if fitted.engine != "compiled":
        return None, fitted.note
    (engine,) = fitter._compiled.values()
    assert isinstance(engine, CompiledTraining)
    return engine, ""


def _judge_failure(construct: Construct, framework: Framework, error: Exception) -> ConstructResult:
    """What fails with stock ``fit`` too is no fault of the engine."""
    try:
        Runs(construct, framework).stock()
    except Exception as own:
        return _result("not in this version", f"fit fails: {_one_line(own)}")
    return _result("wrong", f"the engine fails: {_one_line(error)}")


def _one_line(error: Exception) -> str:
    """The type of an error and the last line of its message: the first may only name a file."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1][:120]}" if lines else type(error).__name__


class Runs:
    """Trainings of one construct, of stock ``fit`` each only once."""

    def __init__(self, construct: Construct, framework: Framework) -> None:
        """Train nothing yet."""
        self.construct = construct
        self.framework = framework
        self.fold = construct.fold()
        self._stock: Trained | None = None
        self._samples: np.ndarray | None = None

    def judge(
        self,
        engine: CompiledTraining,
        threshold: float,
        broken: BrokenEngine | None = None,
        same_numbers: bool = False,
    ) -> ConstructResult:
        """Compare an engine, perhaps a broken one, to stock ``fit``.

        With ``same_numbers`` the engines are known to draw the same random numbers.
        """
        broken = broken or BrokenEngine()
        fold = broken.change_fold(self.fold, self.construct.batch_size)
        seed = SEED + broken.seed_offset
        history = engine.fit(fold, seed, shuffle=False)
        ours = trained(engine.model, history, engine.predict(self.fold.x_test.astype(np.float32)))
        difference, differs = ours.difference(self.stock())
        if difference <= self.construct.tolerance and self.construct.caught_by != SHUFFLED:
            return _result("equal", difference=difference)
        if same_numbers or not self.construct.is_random:
            return _result("wrong", difference=difference, differs=differs)
        p, differs = distribution_test(self._engine_samples(engine, fold), self.stock_samples())
        return _result("wrong" if p < threshold else "equal", differs=differs, p=p)

    def judge_broken(
        self, sound: CompiledTraining, threshold: float, same_numbers: bool
    ) -> ConstructResult:
        """Compare the engine that is broken in the construct's way to stock ``fit``."""
        broken = BREAKAGES[self.construct.caught_by]
        if not broken.needs_new_engine:
            return self.judge(sound, threshold, broken, same_numbers)
        plugin = self.construct.plugin()
        build = plugin.model.build

        def changed(task: Any) -> Any:
            model = build(task)
            broken.change_model(model)
            return model

        plugin = replace(plugin, model=replace(plugin.model, build=changed))
        with broken.patch():
            try:
                engine = compile_training(plugin, self.fold, self.framework)
            except Skip as reason:
                return _result("left to fit", str(reason))
            return self.judge(engine, threshold, broken, same_numbers)

    def stock(self) -> Trained:
        """What stock ``fit`` trains, without shuffling."""
        if self._stock is None:
            plugin = self.construct.plugin()
            fit = train.prepare(plugin, self.fold, SEED, self.framework)
            history = fit.model.fit(
                self.fold.x_train.astype(np.float32), self.fold.y_train,
                batch_size=fit.batch_size, epochs=fit.epochs, shuffle=False, verbose=0,
                callbacks=self.construct.callbacks(),
            ).history  # fmt: skip
            outputs = fit.model.predict(self.fold.x_test.astype(np.float32), verbose=0)
            self._stock = trained(fit.model, history, outputs)
        return self._stock

    def stock_samples(self) -> np.ndarray:
        """Quantities of ``SEEDS`` fits of stock Keras, ``(seeds, quantities)``."""
        if self._samples is None:
            self._samples = self._fit_stock()
        return self._samples

    def _fit_stock(self) -> np.ndarray:
        """Train one model again and again, which Keras traces once, from fresh weights."""
        plugin, model, rows = self.construct.plugin(), None, []
        x = self.fold.x_train.astype(np.float32)
        for seed in range(SEEDS):
            fresh = train.prepare(plugin, self.fold, seed, self.framework).model
            model = model or fresh
            for ours, theirs in zip(_state(model), _state(fresh), strict=True):
                ours.assign(theirs)
            history = model.fit(
                x, self.fold.y_train, batch_size=self.construct.batch_size,
                epochs=self.construct.epochs, verbose=0,
            ).history  # fmt: skip
            rows.append(self._quantities(model, history, model.predict_on_batch(x)))
        return np.array(rows)

    def _engine_samples(self, engine: CompiledTraining, fold: Fold) -> np.ndarray:
        rows = []
        x = self.fold.x_train.astype(np.float32)
        for seed in range(SEEDS):
            history = engine.fit(fold, seed)
            rows.append(self._quantities(engine.model, history, engine.predict(x)))
        return np.array(rows)

    def _quantities(self, model: Any, history: Any, outputs: np.ndarray) -> tuple[float, ...]:
        y = self.fold.y_train
        outputs = np.asarray(outputs, np.float64)
        if outputs.shape[1] == 1:
            outputs = np.hstack([1 - outputs, outputs])
        likelihoods = np.clip(outputs[np.arange(len(y)), y], 1e-7, 1)
        accuracy = float((outputs.argmax(axis=1) == y).mean())
        norm = np.sqrt(sum(float((np.asarray(w, float) ** 2).sum()) for w in model.get_weights()))
        return -float(np.log(likelihoods).mean()), accuracy, float(history["loss"][-1]), norm


SHUFFLED: Breakage = "labels of other rows"


@contextmanager
def clean_keras() -> Iterator[None]:
    """Undo afterwards what a construct may set for all of Keras, and free its graphs."""
    import keras
    import tensorflow as tf

    try:
        yield
    finally:
        keras.backend.set_floatx("float32")
        set_policy("float32")
        tf.config.run_functions_eagerly(False)
        keras.backend.clear_session()


def _state(model: Any) -> list[Any]:
    """A model's variables and those of its random generators, in the order of its layers."""
    variables = list(model.variables)
    for layer in model._flatten_layers(include_self=False, recursive=True):
        for holder in vars(layer).values():
            inner = getattr(holder, "_generator", None)  # Keras 2's RandomGenerator
            variables += [inner.state] if hasattr(inner, "state") else []
    return variables
