"""The compiled engine on JAX: many steps of a Keras model's own ``train_step`` as one program.

Keras on JAX keeps no state in a step, so losses, metrics, regularisers and clipping are those of
``fit``. Random layers draw what they draw in ``fit`` from the same seed; the order of rows is
another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any, Iterator, Sequence

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker import optimizers, train
from evenfold.worker.engines import configuration, proven, stock
from evenfold.worker.engines.jax import runs
from evenfold.worker.engines.jax.programs import State, TrainingPrograms
from evenfold.worker.engines.training import CompiledTraining, faults_as_skip


@dataclass(frozen=True)
class BegunFit:
    """A fit and the state in which its training begins."""

    fold: Fold
    seed: int
    state: State


class JaxTraining(CompiledTraining):
    """A training whose programs are compiled once for training parts of like sizes."""

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the model's outputs for float32 rows, as Keras' ``predict`` computes them."""
        with self.framework.scope(self.device):
            outputs, others = self._programs.outputs(_state(self.model), x)
            # As Keras does: what a prediction changes shows in the next one.
            _assign(self.model.non_trainable_variables, others)
            return np.asarray(outputs)

    def begin(self, fold: Fold, seed: int) -> BegunFit:
        """Return a fit of a model that is built from its seed, but not trained yet.

        Raises
        ------
        Skip
            With the reason, if only stock ``fit`` can train this fit.
        """
        with faults_as_skip():
            return BegunFit(fold, seed, self._begin(fold, seed))

    def fit_together(
        self,
        fits: Sequence[BegunFit],
        at_once: int,
        epochs: int | None = None,
        shuffle: bool = True,
        watched: Sequence[np.ndarray] | None = None,
    ) -> Iterator[dict[str, list[float]]]:
        """Train fits at once.

        After each history that it yields, ``model``, ``outputs`` and ``seconds`` are those of that
        fit. Its bits do not depend on the other fits: the program always trains ``at_once``, the
        last one again and again where there are fewer. They are not those of ``fit``, which rounds
        otherwise.

        Parameters
        ----------
        fits
            At most ``at_once``, with equally many rows to train on.
        at_once
            The number of fits that the program trains.
        epochs, shuffle
            As ``fit`` has them.
        watched
            For each fit the rows to predict after each epoch, equally many.

        Raises
        ------
        Skip
            With the reason, if these fits fail here and may succeed alone.
        """
        with faults_as_skip():
            trained = self._train_together(fits, at_once, epochs, shuffle, watched)
        for number in range(len(fits)):
            with self.framework.scope(self.device):
                self._finish(_item(trained.state, number))
            self.outputs = trained.outputs[:, number] if watched else trained.outputs
            yield {
                name: [float(v) for v in values[:, number]]
                for name, values in trained.history.items()
            }

    def _train_together(
        self,
        fits: Sequence[BegunFit],
        at_once: int,
        epochs: int | None,
        shuffle: bool,
        watched: Sequence[np.ndarray] | None,
    ) -> runs.Trained:
        import jax
        from jax import numpy as jnp

        if len({len(fit.fold.x_train) for fit in fits}) != 1 or len(fits) > at_once:
            raise Skip("fits that are trained at once have equally many rows")
        chosen = [*range(len(fits)), *[len(fits) - 1] * (at_once - len(fits))]
        parts = [
            _run(fit.fold, fit.seed if shuffle else None, watched[n] if watched else None)
            for n, fit in enumerate(fits)
        ]
        model = self.plugin.model
        started = perf_counter()
        with self.framework.scope(self.device):
            states = [fits[n].state for n in chosen]
            state = jax.tree_util.tree_map(lambda *values: jnp.stack(values), *states)
            trained = runs.train(
                self._together,
                state,
                [parts[n] for n in chosen],
                epochs or model.epochs or 1,
                model.batch_size,
            )
            host = jax.device_get(trained.state)
        self.seconds = (perf_counter() - started) / len(fits)
        return runs.Trained(host, trained.history, trained.outputs)

    def _prepare_process(self) -> None:
        import jax

        if jax.config.jax_disable_jit:
            raise Skip(stock.EAGER)

    def _build(self, example: Fold, batch_size: int) -> None:
        import keras

        self.model = self._build_fresh(example, 0)
        stock.require_stock(self.model)
        if keras.distribution.distribution() is not None:
            raise Skip(stock.DISTRIBUTED)
        self._configuration = configuration.describe(self.model)
        self.unproven = proven.unproven(self.model)
        with self.framework.scope(self.device):
            _build_all(self.model, example)
            stock.require_numbers(self.model.get_metrics_result())

    def _compile(self, example: Fold, batch_size: int) -> None:
        self._programs = TrainingPrograms(self.model)
        self._together = TrainingPrograms(self.model, has_fits=True)
        self._check(example, batch_size)

    def _build_fresh(self, fold: Fold, seed: int) -> Any:
        """Return a fresh model with the variables of its layers and its optimizer."""
        model = train.prepare(self.plugin, fold, seed, self.framework, self.device).model
        stock.require_network(model)
        with self.framework.scope(self.device):
            if not all(layer.built for layer in model._flatten_layers()):
                _build_all(model, fold)
            optimizers.build(model)
        return model

    def _fit(
        self,
        fold: Fold,
        seed: int,
        epochs: Any,
        shuffle: bool,
        watched: np.ndarray,
        batch_size: int,
    ) -> dict[str, list[float]]:
        state = self._begin(fold, seed)
        run = _run(fold, seed if shuffle else None, watched)
        started = perf_counter()
        with self.framework.scope(self.device):
            trained = runs.train(self._programs, state, [run], epochs, batch_size)
            self._finish(trained.state)
        self.seconds = perf_counter() - started
        self.outputs = trained.outputs
        return {name: [float(v) for v in values] for name, values in trained.history.items()}

    def _begin(self, fold: Fold, seed: int) -> State:
        """Return the state of a model built from a seed."""
        fresh = self._build_fresh(fold, seed)
        if configuration.describe(fresh) != self._configuration:
            raise Skip("its build does not configure the same model for each seed")
        trainable, others, optimizer, _ = _state(fresh)
        state = trainable, others, optimizer, _state(self.model)[3]
        if list(map(_signature, state)) != list(map(_signature, _state(self.model))):
            raise Skip("its build does not create the same variables each time")
        return state

    def _finish(self, state: State) -> None:
        """Put a trained state into the model, and do what ``fit`` does after the last step."""
        for variables, values in zip(_variables(self.model), state):
            _assign(variables, values)
        optimizers.finalize(self.model)


def _build_all(model: Any, fold: Fold) -> None:
    """Let Keras create what it has put off until the first batch, as ``fit`` does."""
    batch = fold.x_train[:1].astype(np.float32), fold.y_train[:1].astype(np.int32)
    model._symbolic_build(data_batch=batch)


def _variables(model: Any) -> tuple[Sequence[Any], ...]:
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        optimizers.variables(model.optimizer),
        model.metrics_variables,
    )


def _state(model: Any) -> State:
    """Return the values of a model's variables, in the order of Keras' ``train_step``."""
    trainable, others, optimizer, metrics = (
        [variable.value for variable in variables] for variables in _variables(model)
    )
    return trainable, others, optimizer, metrics


def _run(fold: Fold, order_seed: int | None, watched: np.ndarray | None) -> runs.Run:
    if watched is None:
        watched = np.empty((0, *fold.task.input_shape), np.float32)
    return runs.Run(fold.x_train.astype(np.float32), fold.y_train, order_seed, watched)


def _item(state: State, number: int) -> State:
    """Return the state of one fit of several."""
    return tuple([value[number] for value in values] for values in state)  # type: ignore[return-value]


def _signature(values: Sequence[Any]) -> list[tuple[Any, Any]]:
    return [(value.dtype, value.shape) for value in values]


def _assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    for variable, value in zip(variables, values):
        variable.assign(value)
