"""The tutorial's network with the third convolutional block that it suggests."""

from evenfold import Model, Skip


def build(task):
    import keras

    if task.input_shape[0] < 4:
        raise Skip(
            f"three convolutions of width 2 need 4 steps, the data has {task.input_shape[0]}"
        )
    layers = keras.layers
    model = keras.Sequential([keras.Input(shape=task.input_shape)])
    for filters, rate in ((32, 0.2), (64, 0.5), (128, 0.5)):
        model.add(layers.Conv1D(filters, 2, activation="relu"))
        model.add(layers.BatchNormalization())
        model.add(layers.Dropout(rate))
    model.add(layers.Flatten())
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(task.output_units, activation=task.output_activation))
    optimizer = keras.optimizers.Adam(learning_rate=5e-5)
    model.compile(optimizer=optimizer, loss=task.loss, metrics=["accuracy"])
    return model


MODEL = Model(build, layout="sequence", epochs=50, batch_size=32)
