"""The programs of the compiled engine on JAX: an epoch's whole batches, its last batch, outputs.

A training's state goes in and comes out, in the order of Keras' ``train_step``: trainable
variables, others, those of the optimizer and those of the metrics. With several fits at once every
array has an axis of fits in front.
"""

from __future__ import annotations

from typing import Any, Callable, List, Tuple

import numpy as np

from evenfold.worker.engines.jax.convolutions import as_products

State = Tuple[List[Any], List[Any], List[Any], List[Any]]
# Rows lie in arrays of few sizes, so that training parts of like sizes share a program. Nothing
# reads what lies behind the rows: no batch is padded.
FEWEST_ROWS = 1024
MOST_SPARE_BYTES = 2**24


def capacity(rows: int, row_bytes: int) -> int:
    """Return the rows of the array that holds a training part: a power of two."""
    fewest = FEWEST_ROWS if FEWEST_ROWS * row_bytes <= MOST_SPARE_BYTES else 1
    return int(max(fewest, 2 ** int(np.ceil(np.log2(max(rows, 1))))))


class TrainingPrograms:
    """The compiled functions of one model; each is compiled when it is first called.

    ``last_batch`` trains on one batch, ``results`` are the history's quantities by name from the
    metrics' variables, and ``outputs`` are those for some rows, with the variables afterwards that
    are not trained.

    Parameters
    ----------
    model
        A Keras model that is built, with the variables of its optimizer and metrics.
    has_fits
        Whether every array has an axis of fits in front.
    """

    def __init__(self, model: Any, has_fits: bool = False) -> None:
        """Compile nothing yet."""
        import jax

        self.model = model
        self.has_fits = has_fits
        self.last_batch = jax.jit(self._over_fits(self._step))
        self.results = jax.jit(self._over_fits(self._results))
        self.outputs = jax.jit(self._over_fits(self._outputs))
        self._epoch = jax.jit(self._whole_batches, static_argnums=5)

    def epoch(self, state: State, x: Any, y: Any, order: Any, count: int, size: int) -> State:
        """Set the metrics to their beginning, and train on an epoch's whole batches.

        Parameters
        ----------
        state
            The state of the training.
        x, y, order
            Rows, labels and the order of the rows, in arrays of ``capacity`` rows.
        count, size
            The number of whole batches, and the rows in each.
        """
        trained: State = self._epoch(state, x, y, order, count, size)
        return trained

    def _whole_batches(
        self, state: State, x: Any, y: Any, order: Any, count: Any, size: int
    ) -> State:
        from jax import lax

        def run(state: State, x: Any, y: Any, order: Any) -> State:
            x, y = x[order], y[order]

            def step(number: Any, state: State) -> State:
                batch = (lax.dynamic_slice_in_dim(part, number * size, size) for part in (x, y))
                return self._step(state, *batch)

            begun = (*state[:3], self._begun_metrics(state[3]))
            trained: State = lax.fori_loop(0, count, step, begun)
            return trained

        trained: State = self._over_fits(run)(state, x, y, order)
        return trained

    def _over_fits(self, function: Callable[..., Any]) -> Callable[..., Any]:
        import jax

        return jax.vmap(function) if self.has_fits else function

    def _step(self, state: State, x: Any, y: Any) -> State:
        with as_products():
            _, trained = self.model.train_step(state, (x, y))
        # A loop needs the types that it began with.
        return tuple(  # type: ignore[return-value]
            [value.astype(old.dtype) for old, value in zip(before, after)]
            for before, after in zip(state, trained)
        )

    def _outputs(self, state: State, x: Any) -> tuple[Any, list[Any]]:
        with as_products():
            outputs, others = self.model.predict_step((state[0], state[1]), (x,))
        return outputs, list(others)

    def _results(self, variables: list[Any]) -> dict[str, Any]:
        import keras
        from jax import numpy as jnp

        with keras.StatelessScope(list(zip(self.model.metrics_variables, variables))):
            values = self.model.get_metrics_result()
        return {name: jnp.asarray(value) for name, value in values.items()}

    def _begun_metrics(self, variables: list[Any]) -> list[Any]:
        import keras

        references = self.model.metrics_variables
        with keras.StatelessScope(list(zip(references, variables))) as scope:
            self.model.reset_metrics()
        return [scope.get_current_value(reference) for reference in references]
