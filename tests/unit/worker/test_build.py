"""What ``build`` may return: an estimator, whichever way it has its methods."""

from __future__ import annotations

import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB

from evenfold.contract import Model, Task
from evenfold.errors import PluginError
from evenfold.plugins.python_models import model_sources
from evenfold.worker.build import build
from evenfold.worker.plugin import load_plugin


class Delegate:
    """It passes every method on to the estimator inside it."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.__dict__["inner"], name)


def built(function):
    return build(load_plugin("mine", model_sources("mine", Model(function))), Task((4,), 2))


def test_an_estimator_that_passes_methods_on_is_accepted():
    def delegate(task):
        return Delegate(GaussianNB())

    assert "Delegate" == type(built(delegate)).__name__


def test_an_estimator_that_passes_on_no_probabilities_is_refused():
    def delegate(task):
        return Delegate(RidgeClassifier())

    with pytest.raises(PluginError, match="Delegate has no predict_proba"):
        built(delegate)
