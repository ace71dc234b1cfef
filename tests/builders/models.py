"""Models for tests, each the text of a model file."""

# Names of the models that evenfold brings.
BUILT_IN = {
    "conv1d",
    "conv1d_three_block",
    "dense_ann",
    "hist_gradient_boosting",
    "logistic_regression",
    "majority",
    "svm_rbf",
}

NETWORK = """
from evenfold import Model

def build(task):
    import keras
    model = keras.Sequential([
        keras.Input(shape=task.input_shape),
        keras.layers.Dense(4, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(task.output_units, activation=task.output_activation),
    ])
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss=task.loss,
                  metrics=["accuracy"])
    return model

MODEL = Model(build, epochs=3)
"""

# On every framework: with relu, units may all die at once and the loss stays finite.
DIVERGES = NETWORK.replace("learning_rate=0.01", "learning_rate=1e30").replace(
    'activation="relu"', 'activation="exponential"'
)

ESTIMATOR = """
from evenfold import Model

def build(task):
    from sklearn.naive_bayes import GaussianNB
    return GaussianNB()

MODEL = Model(build)
"""

SUBCLASSED = """
from evenfold import Model

def build(task):
    import keras

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = keras.layers.Dense(task.output_units, activation=task.output_activation)

        def call(self, x, training=False):
            return self.last(x)

    model = Net()
    model.compile(optimizer="adam", loss=task.loss, metrics=["accuracy"])
    return model

MODEL = Model(build, layout="flat", epochs=2)
"""

# Needs numpy alone, so that its process is there at once.
CHEAP = """
import numpy as np
from evenfold import Model

class Nearest:
    def fit(self, x, y):
        self.means = np.array([x[y == label].mean(axis=0) for label in np.unique(y)])
        return self

    def predict_proba(self, x):
        far = ((x[:, None] - self.means) ** 2).sum(axis=2)
        far = np.exp(far.min(axis=1, keepdims=True) - far)
        return far / far.sum(axis=1, keepdims=True)

def build(task):
    return Nearest()

MODEL = Model(build)
"""

# Batch statistics, dropout, a penalty and clipping.
BLOCKS = """
from evenfold import Model

def build(task):
    import keras
    layers = keras.layers
    model = keras.Sequential([
        keras.Input(shape=task.input_shape),
        layers.Conv1D(8, 2, activation="relu", kernel_regularizer="l2"),
        layers.BatchNormalization(),
        layers.Dropout({rate}),
        layers.Flatten(),
        layers.Dense(task.output_units, activation=task.output_activation),
    ])
    optimizer = keras.optimizers.Adam(learning_rate=0.01, clipnorm=1.0)
    model.compile(optimizer=optimizer, loss=task.loss, metrics=["accuracy"])
    return model

MODEL = Model(build, layout="sequence", epochs=3, batch_size=32)
"""
