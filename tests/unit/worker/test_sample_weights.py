"""Weights of rows reach ``fit`` as each kind of model takes them, times those of classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from builders.models import NETWORK
from evenfold.contract import Fold, Task
from evenfold.errors import PluginError, Skip
from evenfold.worker import train
from evenfold.worker.device import without_framework
from evenfold.worker.engines.choice import compile_training
from evenfold.worker.row_weights import weight_arguments

RNG = np.random.RandomState(4)
Y = np.arange(60) % 2
X = RNG.normal(size=(60, 3)) + 0.7 * Y[:, None]
WEIGHTS = RNG.randint(0, 4, 60).astype(np.float64)
FOLD = Fold(Task((3,), 2), "flat", X, Y, X[:5], ("ill", "well"), sample_weight=WEIGHTS)

ESTIMATOR = """
from evenfold import Model

def build(task):
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier
    return {estimator}

MODEL = Model(build{options})
"""


@pytest.fixture
def fitted(write_model):
    """Fits an estimator in the worker's way and returns its probabilities."""

    def fit(estimator, fold=FOLD, options=""):
        text = ESTIMATOR.replace("{estimator}", estimator).replace("{options}", options)
        prepared = train.prepare(write_model(text), fold, 0, without_framework(1, False))
        train.run(prepared)
        return prepared.model.predict_proba(X)

    return fit


CALIBRATED = "CalibratedClassifierCV(DecisionTreeClassifier(random_state=0, max_depth=2), cv=3)"


@pytest.mark.parametrize(
    ("text", "estimator", "argument"),
    [
        ("LogisticRegression()", LogisticRegression(random_state=0), "sample_weight"),
        ("make_pipeline(StandardScaler(), GaussianNB())",
         make_pipeline(StandardScaler(), GaussianNB()), "gaussiannb__sample_weight"),
        (CALIBRATED, CalibratedClassifierCV(
            DecisionTreeClassifier(random_state=0, max_depth=2), cv=3), "sample_weight"),
    ],
)  # fmt: skip
def test_an_estimator_learns_as_by_hand(fitted, text, estimator, argument):
    expected = estimator.fit(X, Y, **{argument: WEIGHTS}).predict_proba(X)
    np.testing.assert_allclose(fitted(text), expected, rtol=0, atol=1e-12)
    assert np.abs(fitted(text, replace(FOLD, sample_weight=None)) - expected).max() > 0.01


BALANCED = len(Y) / (2 * np.bincount(Y, WEIGHTS))


@pytest.mark.parametrize(
    ("options", "of_classes"), [("'balanced'", BALANCED), ("{'ill': 5}", np.array([5, 1]))]
)
def test_weights_of_classes_and_rows_are_multiplied(fitted, options, of_classes):
    """Balanced weights give both classes the same sum of weights."""
    found = fitted("LogisticRegression()", options=f", class_weight={options}")
    of_rows = WEIGHTS * of_classes[Y] * (WEIGHTS.sum() / len(Y) if "bal" in options else 1)
    expected = LogisticRegression(random_state=0).fit(X, Y, of_rows).predict_proba(X)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", ["", ", class_weight='balanced'"])
@pytest.mark.parametrize("estimator", ["GaussianNB()", "DecisionTreeClassifier()"])
def test_a_weight_of_two_is_a_row_twice(fitted, estimator, options):
    rows = np.repeat(np.arange(60), WEIGHTS.astype(int))
    repeated = replace(FOLD, x_train=X[rows], y_train=Y[rows], sample_weight=None)
    expected = fitted(estimator, repeated, options)
    np.testing.assert_allclose(fitted(estimator, FOLD, options), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "estimator",
    [
        KNeighborsClassifier(),
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        CalibratedClassifierCV(KNeighborsClassifier()),
        CalibratedClassifierCV(make_pipeline(StandardScaler(), GaussianNB())),
    ],
)
def test_an_estimator_that_takes_no_weights_is_refused(estimator):
    expected = r"^near: \w+ takes no sample_weight: leave the model out, or train without sample"
    with pytest.raises(PluginError, match=expected):
        weight_arguments(estimator, WEIGHTS, "near", of_classes=False)


def trained_network(write_model, framework, text, fold):
    fit = train.prepare(write_model(text, "net"), fold, 3, framework)
    train.run(fit)
    return fit


def test_a_network_gets_the_weights_in_fit(write_model, framework):
    """Bit for bit the training that the same model has with ``sample_weight`` in ``fit``."""
    found = trained_network(write_model, framework, NETWORK, FOLD).model.get_weights()
    plain = train.prepare(
        write_model(NETWORK, "net"), replace(FOLD, sample_weight=None), 3, framework
    )
    plain.model.fit(
        plain.x, plain.y, sample_weight=WEIGHTS, batch_size=32, epochs=3, callbacks=plain.callbacks,
        verbose=0,
    )  # fmt: skip
    for ours, theirs in zip(found, plain.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    fit = train.prepare(write_model(NETWORK, "net"), FOLD, 3, framework)
    assert {"sample_weight"} == set(fit.row_weights)


def test_a_network_with_both_kinds_has_their_product(write_model, framework):
    text = NETWORK.replace("epochs=3", "epochs=1, class_weight={'ill': 5.0}")
    fit = trained_network(write_model, framework, text, FOLD)
    expected = WEIGHTS * np.where(Y == 0, 5.0, 1.0)
    np.testing.assert_array_equal(fit.row_weights["sample_weight"], expected.astype(np.float32))
    assert fit.class_weights is None


def test_rows_held_back_keep_their_weights(write_model, framework):
    text = NETWORK.replace("epochs=3", "epochs=1, validation=0.25")
    fit = trained_network(write_model, framework, text, FOLD)
    x, y, weights = fit.validation
    assert (16, 44) == (len(y), len(fit.row_weights["sample_weight"]))
    of_row = {tuple(row): weight for row, weight in zip(X.astype(np.float32), WEIGHTS, strict=True)}
    assert [of_row[tuple(row)] for row in x] == weights.tolist()
    assert [of_row[tuple(row)] for row in fit.x] == fit.row_weights["sample_weight"].tolist()


OWN_FIT = """

def build(task):
    import keras

    class Net(keras.Sequential):
        def fit(self, x, y, epochs, batch_size, callbacks, validation_data, class_weight, verbose):
            pass

    net = Net([keras.Input(shape=task.input_shape), keras.layers.Dense(1, activation="sigmoid")])
    net.compile(loss=task.loss)
    return net

MODEL = Model(build, epochs=1)
"""


def test_a_network_whose_own_fit_takes_no_weights_is_refused(write_model, framework):
    expected = "its fit takes no sample_weight: leave the model out"
    with pytest.raises(PluginError, match=expected):
        trained_network(write_model, framework, f"from evenfold import Model\n{OWN_FIT}", FOLD)


OWN_STEP = """
from evenfold import Model

def build(task):
    import keras

    class Net(keras.Sequential):
        def train_step(self, data):
            x, y = data
            return {"loss": 0.0}

    net = Net([keras.Input(shape=task.input_shape), keras.layers.Dense(1, activation="sigmoid")])
    net.compile(loss=task.loss)
    return net

MODEL = Model(build, epochs=1)
"""


def test_a_step_that_expects_no_weights_is_explained(write_model, framework):
    if framework.name != "tensorflow":
        pytest.skip("other frameworks call another step")
    expected = (
        r"its own train_step fails with sample weights \(ValueError: .*: it gets x, y and sam"
    )
    with pytest.raises(PluginError, match=expected):
        trained_network(write_model, framework, OWN_STEP, FOLD)


def test_the_compiled_engine_leaves_weighted_rows_to_fit(write_model, framework):
    if framework.name != "tensorflow":
        pytest.skip("the compiled engine is TensorFlow's")
    with pytest.raises(Skip, match="the rows have sample weights"):
        compile_training(write_model(NETWORK, "net"), FOLD, framework)
