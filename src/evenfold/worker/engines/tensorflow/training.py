"""The compiled engine on TensorFlow: the whole training of a Keras model as one ``tf.function``.

All epochs run in a loop inside the graph that calls the model's own ``train_step``, so losses,
metrics, regularisers and clipping are those of ``fit``. The graph is traced once per model and
process.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from time import perf_counter
from typing import Any, ContextManager, Iterator

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker import optimizers, train
from evenfold.worker.backends.tensorflow import LOOP_THREADS
from evenfold.worker.engines import configuration, proven, stock
from evenfold.worker.engines.tensorflow import state, trace, xla
from evenfold.worker.engines.training import CompiledTraining


class TensorFlowTraining(CompiledTraining):
    """A training that is traced once for any number of rows, epochs and rows in a batch."""

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the model's outputs for float32 rows, as Keras' ``predict`` computes them."""
        with self._running():
            outputs: np.ndarray = self._predict(x).numpy()
        return outputs

    def traces(self) -> int:
        """Return how often the training has been traced."""
        return int(self._run.experimental_get_tracing_count())

    def _prepare_process(self) -> None:
        if self.device != "cpu":
            raise Skip("the compiled engine on TensorFlow trains on the CPU alone")
        state.make_generators_resettable()
        self.in_one_thread = _reserve_loop_threads()

    def _build(self, example: Fold, batch_size: int) -> None:
        self.model, self._variables = self._build_fresh(example, 0)
        stock.require_stock(self.model)
        _require_graphs(self.model)
        self._configuration = configuration.describe(self.model)
        self.unproven = proven.unproven(self.model)
        self.keeps_kernels = self._is_seeded_by_keras(example)
        with state.created_variables() as late:
            _step_once(self.model, example, batch_size)
        # Variables that only a step creates, such as those of metrics, begin as they were created.
        self._late = [
            (variable, value)
            for variable, value in zip(late.variables, late.first_values)
            if value is not None
        ]
        stock.require_numbers(trace.results(self.model))

    def _compile(self, example: Fold, batch_size: int) -> None:
        self._trace(in_xla=not self.unproven and xla.can_compile(self.model))
        try:
            self._check(example, batch_size)
        except xla.compile_errors():
            # The error may be the model's own: then it is raised again.
            if not self.in_xla:
                raise
            self._trace(in_xla=False)
            self._check(example, batch_size)

    def _check(self, example: Fold, batch_size: int) -> None:
        # Traced where it is to run.
        with self._running():
            traced = [f.get_concrete_function() for f in (self._run, self._predict)]
        if any(state.has_stateful_random_ops(function.graph) for function in traced):
            raise Skip("it draws random numbers of its own in TensorFlow")
        super()._check(example, batch_size)

    def _trace(self, in_xla: bool) -> None:
        self.in_xla = in_xla
        self._run = trace.training(self.model, self.task, in_xla)
        self._predict = trace.prediction(self.model, self.task)

    def _build_fresh(self, fold: Fold, seed: int) -> tuple[Any, list[Any]]:
        """Return a fresh model with its optimizer's variables, and all variables of both."""
        with state.created_variables() as created:
            model = train.prepare(self.plugin, fold, seed, self.framework).model
            stock.require_network(model)
            with self.framework.scope("cpu"):
                optimizers.build(model)
        return model, state.all_variables(model, created)

    def _fit(
        self,
        fold: Fold,
        seed: int,
        epochs: Any,
        shuffle: bool,
        watched: np.ndarray,
        batch_size: int,
    ) -> dict[str, list[float]]:
        import tensorflow as tf

        self._begin(fold, seed)
        arguments = (
            tf.constant(fold.x_train.astype(np.float32)),
            tf.constant(fold.y_train),
            tf.constant(epochs),
            tf.constant(batch_size),
            tf.constant([seed % 2**31, 0 if shuffle else -1]),
            tf.constant(watched),
        )
        started = perf_counter()
        with self._running():
            history, outputs = self._run(*arguments)
            self.outputs = outputs.numpy()
            optimizers.finalize(self.model)
        self.seconds = perf_counter() - started
        return {name: [float(v) for v in values.numpy()] for name, values in history.items()}

    def _begin(self, fold: Fold, seed: int) -> None:
        """Set all state to that of a model built from a seed."""
        with state.kernels_kept() if self.keeps_kernels else nullcontext():
            fresh, variables = self._build_fresh(fold, seed)
        if configuration.describe(fresh) != self._configuration:
            raise Skip("its build does not configure the same model for each seed")
        state.copy(variables, self._variables)
        for variable, value in self._late:
            variable.assign(value)

    @contextmanager
    def _running(self) -> Iterator[None]:
        with self.framework.scope("cpu"), _executor(self.in_one_thread):
            yield

    def _is_seeded_by_keras(self, example: Fold) -> bool:
        """Return whether a fresh model is the same again without TensorFlow's seed."""
        expected = state.arrays(self._variables)
        with state.kernels_kept():
            _, fresh = self._build_fresh(example, 0)
        return all(np.array_equal(a, b) for a, b in zip(expected, state.arrays(fresh)))


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


def _require_graphs(model: Any) -> None:
    """Raise Skip for a model that TensorFlow runs eagerly or on several devices."""
    import tensorflow as tf

    if tf.config.functions_run_eagerly():
        raise Skip(stock.EAGER)
    if not type(model.distribute_strategy).__name__.startswith("_Default"):
        raise Skip(stock.DISTRIBUTED)


def _step_once(model: Any, fold: Fold, batch_size: int) -> None:
    """Run one eager training step, in which Keras creates what it has put off."""
    import tensorflow as tf

    x = tf.constant(fold.x_train[:batch_size].astype(np.float32))
    y = tf.constant(fold.y_train[:batch_size])
    model.train_step((x, y))
