"""Two fully connected layers: what the convolutions are to be compared with."""

from evenfold import Model


def build(task):
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape=task.input_shape),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(task.output_units, activation=task.output_activation),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate=1e-3)
    model.compile(optimizer=optimizer, loss=task.loss, metrics=["accuracy"])
    return model


MODEL = Model(build, layout="flat", epochs=50, batch_size=32)
