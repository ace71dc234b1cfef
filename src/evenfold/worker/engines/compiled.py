"""The compiled engine: the whole training of a Keras model as one ``tf.function``.

It is for score studies, never for a clock. All epochs run in a loop inside the graph that calls the
model's own ``train_step``, so losses, metrics, regularisers and clipping are those of ``fit``. The
graph is traced once per model and process. Before each fit all state is set to that of a model that
was built for it, and what ``fit`` does after the last step is done as well.

A model of constructs in ``proven.py`` trains so at once. Any other one must first train as ``fit``
does on a few rows, or it is left to ``fit``.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from time import perf_counter
from typing import Any, ContextManager, Iterator

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import EvenfoldError, Skip
from evenfold.worker import optimizers, train
from evenfold.worker.backends.tensorflow import LOOP_THREADS
from evenfold.worker.device import Framework
from evenfold.worker.engines import proven, state, stock, trace, verification, xla
from evenfold.worker.plugin import Plugin

# Part of a fit's identity. 1: the first; 2: run in the order of one thread, which rounds
# differently; 3: steps by XLA where it compiles the model; 4: predictions by a traced function, and
# models that draw random numbers of their own are left to ``fit``; 5: optimizers begin and end as
# in ``fit``, and what is not proven equal to ``fit`` is compared with it first.
VERSION = 5


class CompiledTraining:
    """One traced training, run again for every fit of one model on folds of one input shape.

    After ``fit`` the trained model is in ``model``, what it predicted after each epoch in
    ``outputs``, and the time of the training alone in ``seconds``. ``unproven`` names the construct
    for which the training was compared with ``fit``; it is empty if there is none.

    Parameters
    ----------
    plugin
        The model.
    fold
        Data of the input shape that it is traced for. Only its task matters: the same model has
        the same engine, whichever fold comes first.
    framework
        The opened framework.

    Raises
    ------
    Skip
        With the reason, if only stock ``fit`` can train the model.
    PluginError
        As ``train.prepare`` does.
    """

    def __init__(self, plugin: Plugin, fold: Fold, framework: Framework) -> None:
        """Build the model and its state, trace its training, and check it."""
        framework.backend.require_compiled_engine()
        stock.require_plain_options(plugin.model)
        state.make_generators_resettable()
        self.seconds = 0.0
        self.in_one_thread = _reserve_loop_threads()
        self.plugin = plugin
        self.framework = framework
        self.task = fold.task
        self.outputs = np.empty((0, 0, fold.task.output_units), np.float32)
        batch_size = verification.example_batch_size(plugin.model.batch_size)
        example = verification.example_fold(fold, batch_size)
        with _faults_as_skip():
            self._build(example, batch_size)
            self._trace(in_xla=not self.unproven and xla.can_compile(self.model))
            try:
                self._check(example, batch_size)
            except xla.compile_errors():
                # The error may be the model's own: then it is raised again.
                if not self.in_xla:
                    raise
                self._trace(in_xla=False)
                self._check(example, batch_size)

    def fit(
        self,
        fold: Fold,
        seed: int,
        epochs: int | None = None,
        shuffle: bool = True,
        watched: np.ndarray | None = None,
        batch_size: int | None = None,
    ) -> dict[str, list[float]]:
        """Train on a fold from a seed.

        The same seed gives the same fit bit for bit, whatever was fitted before.

        Parameters
        ----------
        fold, seed
            The data and the seed.
        epochs, batch_size
            Replace the model's own numbers.
        shuffle
            Whether each epoch has its rows in a random order.
        watched
            Rows to predict after each epoch, float32 of ``(rows, *input_shape)``; the outputs are
            then in ``outputs``, of shape ``(epochs, rows, units)``.

        Returns
        -------
        dict
            By quantity, one float per epoch, as the history of Keras has them.

        Raises
        ------
        Skip
            With the reason, if this fit fails here and may succeed in ``fit``.
        """
        if watched is None:
            watched = np.empty((0, *self.task.input_shape), np.float32)
        with _faults_as_skip():
            return self._fit(
                fold,
                seed,
                epochs or self.plugin.model.epochs,
                shuffle,
                watched,
                batch_size or self.plugin.model.batch_size,
            )

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the model's outputs for float32 rows, as Keras' ``predict`` computes them."""
        with self._running():
            outputs: np.ndarray = self._predict(x).numpy()
        return outputs

    def traces(self) -> int:
        """Return how often the training has been traced."""
        return int(self._run.experimental_get_tracing_count())

    def _build(self, example: Fold, batch_size: int) -> None:
        """Build the model that is traced, with all variables that a training needs."""
        self.model, self._variables = self._build_fresh(example, 0)
        stock.require_stock(self.model)
        self._configuration = state.configuration(self.model)
        self.unproven = proven.unproven(self.model)
        self.keeps_kernels = self._is_seeded_by_keras(example)
        with state.created_variables() as late:
            stock.step_once(self.model, example, batch_size)
        # Variables that only a step creates, such as those of metrics, begin as they were created.
        self._late = [
            (variable, value)
            for variable, value in zip(late.variables, late.first_values)
            if value is not None
        ]
        stock.require_numbers(trace.results(self.model))

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
        if state.configuration(fresh) != self._configuration:
            raise Skip("its build does not configure the same model for each seed")
        state.copy(variables, self._variables)
        for variable, value in self._late:
            variable.assign(value)

    @contextmanager
    def _running(self) -> Iterator[None]:
        with self.framework.scope("cpu"), _executor(self.in_one_thread):
            yield

    def _check(self, example: Fold, batch_size: int) -> None:
        """Raise Skip if one seed does not give one fit, or an unproven model another than fit."""
        # Traced where it is to run.
        with self._running():
            traced = [f.get_concrete_function() for f in (self._run, self._predict)]
        if any(state.has_stateful_random_ops(function.graph) for function in traced):
            raise Skip("it draws random numbers of its own in TensorFlow")
        # A fit with another one between: what is not set again is seen in the last.
        epochs = verification.EPOCHS if self.unproven else 1
        x_test = example.x_test.astype(np.float32)
        results = []
        for seed in (1, 2, 1):
            history = self._fit(example, seed, epochs, False, x_test, batch_size)
            outputs, repeated = (self.predict(x_test) for _ in range(2))
            if outputs.tobytes() != repeated.tobytes():
                raise Skip("it draws random numbers in predictions")
            results.append(verification.result(self.model, history, outputs))
        first, _, again = results
        if not first.is_same_as(again):
            raise Skip("it draws random numbers that its seed does not begin anew")
        if self.unproven:
            expected = verification.train_by_fit(
                self.plugin, example, 1, batch_size, self.framework
            )
            difference = again.difference(expected)
            if difference:
                raise Skip(f"{verification.OTHERWISE}: {difference}")

    def _is_seeded_by_keras(self, example: Fold) -> bool:
        """Return whether a fresh model is the same again without TensorFlow's seed."""
        expected = state.arrays(self._variables)
        with state.kernels_kept():
            _, fresh = self._build_fresh(example, 0)
        return all(np.array_equal(a, b) for a, b in zip(expected, state.arrays(fresh)))


@contextmanager
def _faults_as_skip() -> Iterator[None]:
    """Leave what fails here to ``fit``: it may be no fault of the model."""
    try:
        yield
    except (Skip, EvenfoldError):
        raise
    except Exception as error:  # any fault of the framework or of a model's own code
        raise Skip(f"its compiled training fails: {_summary(error)}") from error


def _summary(error: Exception) -> str:
    """Return the type of an error and the line of its message that says why."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    # AutoGraph puts the traceback before the message.
    line = lines[-1] if lines[0] == "in user code:" else lines[0]
    return f"{type(error).__name__}: {line[:200]}"


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
