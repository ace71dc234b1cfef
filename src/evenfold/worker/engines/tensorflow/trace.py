"""The graphs of the compiled engine: a training of many epochs, and a prediction."""

from __future__ import annotations

from typing import Any

from evenfold.contract import Task
from evenfold.worker.engines.tensorflow import xla


def training(model: Any, task: Task, in_xla: bool) -> Any:
    """Return a ``tf.function`` that trains a model for many epochs.

    Parameters
    ----------
    model
        A compiled Keras model whose optimizer has its slots.
    task
        The task that it was built for.
    in_xla
        Whether XLA compiles the step on a whole batch.

    Returns
    -------
    callable
        From rows, labels, epochs, batch size, seed (with -1 beside it for no shuffling) and rows to
        predict after each epoch, to the history by quantity and those predictions.
    """
    import tensorflow as tf

    whole_batch = xla.train_step(model) if in_xla else None

    @tf.function(input_signature=_signature(task))  # type: ignore[untyped-decorator]
    def run(x: Any, y: Any, epochs: Any, batch_size: Any, seed: Any, watched: Any) -> Any:
        rows = tf.shape(x)[0]
        whole = rows // batch_size * batch_size
        # XLA compiles again for another number of rows: whole batches all have one.
        in_loop = rows if whole_batch is None else whole
        names = sorted(results(model))
        history = tf.TensorArray(tf.float64, size=epochs)
        outputs = tf.TensorArray(tf.float32, size=epochs)
        for epoch in tf.range(epochs):
            model.reset_metrics()
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
            values = results(model)
            history = history.write(
                epoch, tf.stack([tf.cast(values[name], tf.float64) for name in names])
            )
            if tf.shape(watched)[0] > 0:
                predicted = tf.cast(model(watched, training=False), tf.float32)
            else:
                predicted = tf.zeros([0, task.output_units])
            outputs = outputs.write(epoch, predicted)
        table = tf.transpose(history.stack())
        return {name: table[i] for i, name in enumerate(names)}, outputs.stack()

    return run


def prediction(model: Any, task: Task) -> Any:
    """Return a ``tf.function`` from float32 rows to outputs, for any number of rows."""
    import tensorflow as tf

    rows = tf.TensorSpec([None, *task.input_shape], tf.float32)
    return tf.function(lambda x: model.predict_step((x,)), input_signature=[rows])


def _signature(task: Task) -> tuple[Any, ...]:
    """Return the specs of a training's arguments; the number of rows is free."""
    import tensorflow as tf

    scalar = tf.TensorSpec([], tf.int32)
    return (
        tf.TensorSpec([None, *task.input_shape], tf.float32),
        tf.TensorSpec([None], tf.int64),
        scalar,
        scalar,
        tf.TensorSpec([2], tf.int32),
        tf.TensorSpec([None, *task.input_shape], tf.float32),
    )


def results(model: Any) -> dict[str, Any]:
    """Return the values of a model's metrics by the names that they have in the history."""
    if hasattr(model, "get_metrics_result"):
        own: dict[str, Any] = model.get_metrics_result()
        return own
    by_name: dict[str, Any] = {}
    for metric in model.metrics:  # Keras before 2.11
        value = metric.result()
        by_name.update(value if isinstance(value, dict) else {metric.name: value})
    return by_name
