"""Weights of classes: computed on the training rows, and taken as each kind of model takes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight

from builders.models import NETWORK
from evenfold.contract import Fold, Model, Task
from evenfold.errors import PluginError
from evenfold.worker import train
from evenfold.worker.device import without_framework
from evenfold.worker.engines.choice import compile_training
from evenfold.worker.row_weights import weights_by_class

NAMES = ("ill", "well")


def fold_of(y, names=NAMES):
    x = np.random.RandomState(0).normal(size=(len(y), 3)) + np.asarray(y)[:, None]
    return Fold(Task((3,), 2), "flat", x, np.asarray(y), x[:5], names)


FOLD = fold_of([0] * 6 + [1] * 30)


def test_balanced_weights_are_those_of_scikit_learn():
    for y in ([0] * 6 + [1] * 30, [0, 0, 1], [1, 1, 1]):
        expected = compute_class_weight("balanced", classes=np.unique(y), y=y)
        found = weights_by_class("balanced", np.array(y), FOLD, "m")
        assert [found[n] for n in np.unique(y)] == pytest.approx(list(expected))


def test_a_mapping_has_weights_by_label():
    assert {0: 4.0, 1: 1.0} == weights_by_class({"ill": 4}, FOLD.y_train, FOLD, "m")
    numbered = replace(FOLD, class_names=("0", "1"))
    assert {0: 1.0, 1: 2.5} == weights_by_class({1: 2.5}, FOLD.y_train, numbered, "m")


def test_an_unknown_label_is_refused():
    with pytest.raises(PluginError, match=r"^m: class_weight has the label 'sick', and the data "):
        weights_by_class({"sick": 4}, FOLD.y_train, FOLD, "m")


@pytest.mark.parametrize("value", ["even", {}, {"a": 0}, {"a": -1.0}, {"a": "b"}, {"a": True}, 3])
def test_a_weight_that_is_none_is_refused(value):
    with pytest.raises(PluginError, match=r"^Model\(class_weight=\.\.\.\) must be \"balanced\""):
        Model(print, class_weight=value)


ESTIMATOR = """
from evenfold import Model

def build(task):
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression()

MODEL = Model(build, class_weight={weight})
"""


def fitted(plugin, fold=FOLD):
    fit = train.prepare(plugin, fold, 0, without_framework(1, False))
    train.run(fit)
    return fit.model


@pytest.mark.parametrize("weight", ["'balanced'", "{'ill': 5.0}"])
def test_an_estimator_is_fitted_with_the_weights_of_its_rows(write_model, weight):
    found = fitted(write_model(ESTIMATOR.replace("{weight}", weight)))
    own = {"'balanced'": "balanced", "{'ill': 5.0}": {0: 5.0}}[weight]
    expected = LogisticRegression(class_weight=own, random_state=0).fit(FOLD.x_train, FOLD.y_train)
    assert found.coef_ == pytest.approx(expected.coef_, rel=1e-4)
    plain = LogisticRegression().fit(FOLD.x_train, FOLD.y_train)
    assert abs(plain.intercept_ - found.intercept_) > 0.1


def weighted(estimator):
    plugin = type("P", (), {"model": Model(print, class_weight="balanced"), "name": "m",
                            "path": "m.py"})  # fmt: skip
    fit = train.PreparedFit(None, None, "cpu", estimator, FOLD.x_train, FOLD.y_train, 0, None, 1,
                            [], [], 0.0)  # fmt: skip
    return train._weighted(fit, plugin, FOLD)


@pytest.mark.parametrize(
    ("estimator", "argument"),
    [
        (make_pipeline(StandardScaler(), GaussianNB()), "gaussiannb__sample_weight"),
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2), "sample_weight"),
        (GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()),
                      {"logisticregression__C": [1.0]}, cv=2),
         "logisticregression__sample_weight"),
    ],
)  # fmt: skip
def test_pipelines_and_searches_pass_the_weights_on(estimator, argument):
    fit = weighted(estimator)
    assert [argument] == list(fit.row_weights)
    estimator.fit(fit.x, fit.y, **fit.row_weights)


NEIGHBOURS = KNeighborsClassifier()


@pytest.mark.parametrize("estimator", [NEIGHBOURS, make_pipeline(StandardScaler(), NEIGHBOURS)])
def test_an_estimator_that_takes_none_is_refused(estimator):
    with pytest.raises(PluginError, match=r"takes no sample_weight, so class_weight cannot apply"):
        weighted(estimator)


def test_a_stack_is_refused_if_a_part_takes_none():
    parts = [("bayes", GaussianNB()), ("near", KNeighborsClassifier())]
    fit = weighted(StackingClassifier(parts[:1], cv=2))
    fit.model.fit(fit.x, fit.y, **fit.row_weights)
    with pytest.raises(PluginError, match=r"StackingClassifier takes no sample_weight"):
        weighted(StackingClassifier(parts, cv=2))


def test_a_network_is_trained_with_the_weights_by_fit(write_model, framework, flat_fold):
    """Weights that favour a class shift the predictions to it; the compiled engine leaves it."""
    fold = replace(flat_fold, class_names=NAMES)
    text = NETWORK.replace("epochs=3", "epochs=3, class_weight={weight}")
    means = {}
    for weight in ("None", "{'ill': 50.0}", "{'well': 50.0}", "{'ill': 2.0, 'well': 2.0}"):
        plugin = write_model(text.replace("{weight}", weight), "net")
        fit = train.prepare(plugin, fold, 0, framework)
        train.run(fit)
        means[weight] = float(fit.model.predict(fold.x_test, verbose=0).mean())
    assert means["{'ill': 50.0}"] < means["None"] < means["{'well': 50.0}"]
    plugin = write_model(text.replace("{weight}", "'balanced'"), "net")
    if framework.name == "tensorflow":
        from evenfold.errors import Skip

        with pytest.raises(Skip, match="it weights the classes"):
            compile_training(plugin, fold, framework)


def test_balanced_weights_of_a_network_leave_out_the_rows_held_back(write_model, framework):
    text = NETWORK.replace("epochs=3", "epochs=1, validation=0.5, class_weight='balanced'")
    fold = fold_of([0] * 8 + [1] * 40)
    fit = train.prepare(write_model(text, "net"), fold, 0, framework)
    assert 24 == len(fit.y)
    assert {0: 3.0, 1: 0.6} == pytest.approx(fit.class_weights)
