"""The whole training of a Keras model as one ``tf.function``: for score studies, never for a clock.

All epochs run in a loop inside the graph that calls the model's own ``train_step``, so losses,
metrics, regularisers and clipping are those of ``fit``. It is traced once a model and process;
weights, optimizer state and every random generator are set anew for each fit.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any, ContextManager, Iterator

import numpy as np

from evenfold.contract import Fold, Task
from evenfold.errors import Skip
from evenfold.worker import train
from evenfold.worker.device import Framework
from evenfold.worker.engines import state, xla
from evenfold.worker.plugin import Plugin

# Part of a fit's identity. 1: the first; 2: run in the order of one thread, which rounds otherwise;
# 3: steps by XLA where it takes the model; 4: predictions by a traced function, and what draws by
# itself is left to ``fit``.
VERSION = 4
# Each loop inside another holds a thread while it waits; threads that wait cost nothing.
LOOP_THREADS = 16
# What of Keras the graph does in place of a model's own.
STOCK = (
    "train_step", "make_train_function", "fit", "predict_step", "make_predict_function", "predict",
)  # fmt: skip


class Compiled:
    """One traced training, run again for every fit of one model on folds of one input shape.

    After ``fit`` the model is in ``model``, trained.
    """

    def __init__(self, plugin: Plugin, fold: Fold, framework: Framework) -> None:
        """Builds the model, its optimizer's state and its metrics, and tries it.

        Raises Skip with the reason when only stock ``fit`` can train the model.
        """
        framework.backend.require_compiled_engine()
        if list(plugin.model.callbacks()):
            raise Skip("its callbacks act between epochs")
        state.make_generators_resettable()
        self.in_one_thread = _room_for_loops()
        self.plugin = plugin
        self.framework = framework
        self.model = train.prepare(plugin, fold, 0, framework).model
        _require_stock(self.model)
        self.keeps_kernels = self._is_drawn_by_keras(fold)
        # The first step makes the optimizer's slots and the metrics. It also changes weights,
        # which every fit sets.
        self._slots = state.step_once(self.model, fold, plugin.model.batch_size)
        self.task = fold.task
        self.in_xla = xla.takes(self.model)
        self.outputs = np.empty((0, 0, fold.task.output_units), np.float32)
        self._run = self._traced()
        self._predict = _prediction(self.model, self.task)
        self._require_repeatable(fold)

    def fit(
        self,
        fold: Fold,
        seed: int,
        epochs: int | None = None,
        shuffle: bool = True,
        watched: np.ndarray | None = None,
    ) -> dict[str, list[float]]:
        """Trains on the fold from the seed; history by quantity, a float an epoch, as ``fit`` has.

        The same seed gives the same fit bit for bit, whatever was fitted before. What the model
        predicts for rows that are ``watched`` after each epoch is then in ``outputs``, of shape
        ``(epochs, rows, units)``.
        """
        try:
            return self._fit(fold, seed, epochs or self.plugin.model.epochs, shuffle, watched)
        except xla.refusals():
            # It may be the model's own: then it is raised again.
            if not self.in_xla:
                raise
            self.in_xla = False
            self._run = self._traced()
            return self.fit(fold, seed, epochs, shuffle, watched)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The model's outputs for float32 rows, as Keras' ``predict`` has them; traced once."""
        with self._running():
            outputs: np.ndarray = self._predict(x).numpy()
        return outputs

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
        told = (
            tf.constant(fold.x_train.astype(np.float32)),
            tf.constant(fold.y_train),
            tf.constant(epochs),
            tf.constant(self.plugin.model.batch_size),
            tf.constant([seed % 2**31, 0 if shuffle else -1]),
            tf.constant(watched),
        )
        with self._running():
            rows, outputs = self._run(*told)
        self.outputs = outputs.numpy()
        return {name: [float(v) for v in values.numpy()] for name, values in rows.items()}

    @contextmanager
    def _running(self) -> Iterator[None]:
        with self.framework.scope("cpu"), _executor(self.in_one_thread):
            yield

    def _traced(self) -> Any:
        return _trace(self.model, self.task, self.in_xla)

    def _require_repeatable(self, fold: Fold) -> None:
        """Raises Skip where the same seed would not give the same fit in any order and process."""
        # Traced for where it is to run.
        with self._running():
            traced = [f.get_concrete_function() for f in (self._run, self._predict)]
        if any(state.draws_by_itself(function.graph) for function in traced):
            raise Skip("it draws random numbers of its own in TensorFlow")
        # A whole batch, and one that is smaller.
        rows = slice(self.plugin.model.batch_size + 1)
        few = replace(fold, x_train=fold.x_train[rows], y_train=fold.y_train[rows])
        found = []
        for seed in (1, 2, 1):
            self.fit(few, seed, epochs=1)
            x = few.x_test[:1].astype(np.float32)
            found.append([*state.numbers(self.model), self.predict(x)])
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(found[0], found[2])):
            raise Skip("it draws random numbers that its seed does not begin anew")

    def _is_drawn_by_keras(self, fold: Fold) -> bool:
        """Whether a fresh model is the same again without TensorFlow's seed."""
        expected = state.numbers(self.model)
        with state.kernels_kept():
            found = state.numbers(train.prepare(self.plugin, fold, 0, self.framework).model)
        return all(np.array_equal(a, b) for a, b in zip(expected, found))

    def traces(self) -> int:
        """How often the training has been traced."""
        return int(self._run.experimental_get_tracing_count())


def _require_stock(model: Any) -> None:
    # Inside a graph, what a train_step of one's own does in Python would happen once.
    import keras

    if not train.is_keras(model):
        raise Skip("it is an estimator")
    for name in STOCK:
        if getattr(type(model), name) is not getattr(keras.Model, name):
            raise Skip(f"its {name} is its own")
    if model.run_eagerly:
        raise Skip("it is compiled to run eagerly")


def _room_for_loops() -> bool:
    """Whether operators can be run one after the other in one thread, with less overhead.

    That needs threads for loops to wait in, and their number is fixed once TensorFlow has computed
    anything: a worker has not.
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

    kind: ContextManager[Any] = context.function_executor_type("SINGLE_THREADED_EXECUTOR")
    return kind


def _trace(model: Any, task: Task, in_xla: bool) -> Any:
    import tensorflow as tf

    whole_batch = xla.train_step(model) if in_xla else None

    # Rows are not part of the signature, so folds of other sizes need no new tracing.
    scalar = tf.TensorSpec([], tf.int32)
    signature = (
        tf.TensorSpec([None, *task.input_shape], tf.float32),
        tf.TensorSpec([None], tf.int64),
        scalar,
        scalar,
        tf.TensorSpec([2], tf.int32),
        tf.TensorSpec([None, *task.input_shape], tf.float32),
    )

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def run(x: Any, y: Any, epochs: Any, batch_size: Any, seed: Any, watched: Any) -> Any:
        rows = tf.shape(x)[0]
        whole = rows // batch_size * batch_size
        # XLA compiles anew for another number of rows: whole batches all have one.
        in_loop = rows if whole_batch is None else whole
        names = sorted(_results(model))
        history = tf.TensorArray(tf.float32, size=epochs)
        outputs = tf.TensorArray(tf.float32, size=epochs)
        for epoch in tf.range(epochs):
            for metric in model.metrics:
                metric.reset_state()
            keys = tf.random.stateless_uniform([rows], [seed[0], epoch])
            order = tf.argsort(keys) if seed[1] >= 0 else tf.range(rows)
            # An operator costs more than it computes here: rows are gathered once an epoch.
            x_epoch, y_epoch = tf.gather(x, order), tf.gather(y, order)
            for first in tf.range(0, in_loop, batch_size):
                # The last batch is smaller, never padded: BatchNormalization would see padding.
                last = first + batch_size
                if whole_batch is None:
                    model.train_step((x_epoch[first:last], y_epoch[first:last]))
                else:
                    whole_batch(x_epoch[first:last], y_epoch[first:last])
            if whole_batch is not None and whole < rows:
                model.train_step((x_epoch[whole:], y_epoch[whole:]))
            results = _results(model)
            history = history.write(epoch, tf.stack([results[name] for name in names]))
            if tf.shape(watched)[0] > 0:
                predicted = tf.cast(model(watched, training=False), tf.float32)
            else:
                predicted = tf.zeros([0, task.output_units])
            outputs = outputs.write(epoch, predicted)
        table = tf.transpose(history.stack())
        return {name: table[i] for i, name in enumerate(names)}, outputs.stack()

    return run


def _prediction(model: Any, task: Task) -> Any:
    import tensorflow as tf

    rows = tf.TensorSpec([None, *task.input_shape], tf.float32)
    return tf.function(lambda x: model.predict_step((x,)), input_signature=[rows])


def _results(model: Any) -> dict[str, Any]:
    if hasattr(model, "get_metrics_result"):
        found: dict[str, Any] = model.get_metrics_result()
        return found
    return {metric.name: metric.result() for metric in model.metrics}
