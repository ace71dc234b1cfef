"""The compiled engine: the whole training of a Keras model as one ``tf.function``.

It is for score studies, never for a clock. All epochs run in a loop inside the graph that calls the
model's own ``train_step``, so losses, metrics, regularisers and clipping are those of ``fit``. The
graph is traced once per model and process; weights, optimizer state and every random generator are
set again for each fit.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any, ContextManager, Iterator

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker import train
from evenfold.worker.device import Framework
from evenfold.worker.engines import state, trace, xla
from evenfold.worker.plugin import Plugin

# Part of a fit's identity. 1: the first; 2: run in the order of one thread, which rounds
# differently; 3: steps by XLA where it compiles the model; 4: predictions by a traced function, and
# models that draw random numbers of their own are left to ``fit``.
VERSION = 4
# Each loop inside another holds a thread while it waits; threads that wait cost nothing.
LOOP_THREADS = 16
# The parts of Keras that the graph replaces: a model with its own cannot be compiled.
STOCK = (
    "train_step", "make_train_function", "fit", "predict_step", "make_predict_function", "predict",
)  # fmt: skip


class CompiledTraining:
    """One traced training, run again for every fit of one model on folds of one input shape.

    After ``fit`` the trained model is in ``model``, and what it predicted after each epoch in
    ``outputs``.

    Parameters
    ----------
    plugin
        The model.
    fold
        Data of the input shape that it is traced for.
    framework
        The opened framework.

    Raises
    ------
    Skip
        With the reason, if only stock ``fit`` can train the model.
    """

    def __init__(self, plugin: Plugin, fold: Fold, framework: Framework) -> None:
        """Build the model, its optimizer's state and its metrics, and check that fits repeat."""
        framework.backend.require_compiled_engine()
        if list(plugin.model.callbacks()):
            raise Skip("its callbacks act between epochs")
        state.make_generators_resettable()
        self.in_one_thread = _reserve_loop_threads()
        self.plugin = plugin
        self.framework = framework
        self.model = train.prepare(plugin, fold, 0, framework).model
        _require_stock(self.model)
        self.keeps_kernels = self._is_seeded_by_keras(fold)
        # The first step makes the optimizer's slots and the metrics. It also changes weights,
        # which every fit sets.
        self._slots = state.step_once(self.model, fold, plugin.model.batch_size)
        self.task = fold.task
        self.in_xla = xla.can_compile(self.model)
        self.outputs = np.empty((0, 0, fold.task.output_units), np.float32)
        self._run = trace.training(self.model, self.task, self.in_xla)
        self._predict = trace.prediction(self.model, self.task)
        self._require_repeatable(fold)

    def fit(
        self,
        fold: Fold,
        seed: int,
        epochs: int | None = None,
        shuffle: bool = True,
        watched: np.ndarray | None = None,
    ) -> dict[str, list[float]]:
        """Train on a fold from a seed.

        The same seed gives the same fit bit for bit, whatever was fitted before.

        Parameters
        ----------
        fold, seed
            The data and the seed.
        epochs
            Replaces the model's own number of epochs.
        shuffle
            Whether each epoch has its rows in a random order.
        watched
            Rows to predict after each epoch, float32 of ``(rows, *input_shape)``; the outputs are
            then in ``outputs``, of shape ``(epochs, rows, units)``.

        Returns
        -------
        dict
            By quantity, one float per epoch, as the history of Keras has them.
        """
        try:
            return self._fit(fold, seed, epochs or self.plugin.model.epochs, shuffle, watched)
        except xla.compile_errors():
            # The error may be the model's own: then it is raised again.
            if not self.in_xla:
                raise
            self.in_xla = False
            self._run = trace.training(self.model, self.task, self.in_xla)
            return self.fit(fold, seed, epochs, shuffle, watched)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the model's outputs for float32 rows, as Keras' ``predict`` computes them."""
        with self._running():
            outputs: np.ndarray = self._predict(x).numpy()
        return outputs

    def traces(self) -> int:
        """Return how often the training has been traced."""
        return int(self._run.experimental_get_tracing_count())

    def _fit(
        self, fold: Fold, seed: int, epochs: Any, shuffle: bool, watched: np.ndarray | None
    ) -> dict[str, list[float]]:
        import tensorflow as tf

        if watched is None:
            watched = np.empty((0, *self.task.input_shape), np.float32)
        with state.kernels_kept() if self.keeps_kernels else nullcontext():
            fresh = train.prepare(self.plugin, fold, seed, self.framework).model
        state.copy_state(fresh, self.model)
        for variable, value in self._slots:
            variable.assign(value)
        arguments = (
            tf.constant(fold.x_train.astype(np.float32)),
            tf.constant(fold.y_train),
            tf.constant(epochs),
            tf.constant(self.plugin.model.batch_size),
            tf.constant([seed % 2**31, 0 if shuffle else -1]),
            tf.constant(watched),
        )
        with self._running():
            history, outputs = self._run(*arguments)
        self.outputs = outputs.numpy()
        return {name: [float(v) for v in values.numpy()] for name, values in history.items()}

    @contextmanager
    def _running(self) -> Iterator[None]:
        with self.framework.scope("cpu"), _executor(self.in_one_thread):
            yield

    def _require_repeatable(self, fold: Fold) -> None:
        """Raise Skip if one seed does not give one fit in any order and process."""
        # Traced where it is to run.
        with self._running():
            traced = [f.get_concrete_function() for f in (self._run, self._predict)]
        if any(state.has_stateful_random_ops(function.graph) for function in traced):
            raise Skip("it draws random numbers of its own in TensorFlow")
        # A whole batch, and one that is smaller.
        rows = slice(self.plugin.model.batch_size + 1)
        small = replace(fold, x_train=fold.x_train[rows], y_train=fold.y_train[rows])
        results = []
        for seed in (1, 2, 1):
            self.fit(small, seed, epochs=1)
            x = small.x_test[:1].astype(np.float32)
            results.append([*state.state_arrays(self.model), self.predict(x)])
        first, _, again = results
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, again)):
            raise Skip("it draws random numbers that its seed does not begin anew")

    def _is_seeded_by_keras(self, fold: Fold) -> bool:
        """Return whether a fresh model is the same again without TensorFlow's seed."""
        expected = state.state_arrays(self.model)
        with state.kernels_kept():
            fresh = train.prepare(self.plugin, fold, 0, self.framework).model
        return all(np.array_equal(a, b) for a, b in zip(expected, state.state_arrays(fresh)))


def _require_stock(model: Any) -> None:
    """Raise Skip for a model with its own training: in a graph its Python would run once."""
    import keras

    if not train.is_keras(model):
        raise Skip("it is an estimator")
    for name in STOCK:
        if getattr(type(model), name) is not getattr(keras.Model, name):
            raise Skip(f"its {name} is its own")
    if model.run_eagerly:
        raise Skip("it is compiled to run eagerly")


def _reserve_loop_threads() -> bool:
    """Return whether operators can run one after another in one thread, with less overhead.

    That needs threads for loops to wait in. Their number is fixed once TensorFlow has computed
    anything, which a worker has not.
    """
    import tensorflow as tf

    threading = tf.config.threading
    if threading.get_inter_op_parallelism_threads() < LOOP_THREADS:
        try:
            threading.set_inter_op_parallelism_threads(LOOP_THREADS)
        except RuntimeError:
            return False
    return True


def _executor(in_one_thread: bool) -> ContextManager[Any]:
    if not in_one_thread:
        return nullcontext()
    from tensorflow.python.eager import context

    executor: ContextManager[Any] = context.function_executor_type("SINGLE_THREADED_EXECUTOR")
    return executor
