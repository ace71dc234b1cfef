"""The tutorial's network of conv1d with a larger learning rate, so that 20 epochs train it."""

from evenfold import Model, Skip


def build(task):
    import keras

    if task.input_shape[0] < 3:
        raise Skip(f"two convolutions of width 2 need 3 steps, the data has {task.input_shape[0]}")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape=task.input_shape),
            layers.Conv1D(32, 2, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Conv1D(64, 2, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(task.output_units, activation=task.output_activation),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate=1e-3)
    model.compile(optimizer=optimizer, loss=task.loss, metrics=["accuracy"])
    return model


MODEL = Model(build, layout="sequence", epochs=20, batch_size=32)
