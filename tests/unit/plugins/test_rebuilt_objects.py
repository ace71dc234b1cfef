"""Objects among models of Python code are rebuilt as they are, or refused."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import Bunch

from evenfold.contract import Model, Task
from evenfold.errors import PluginError
from evenfold.plugins.python_models import model_sources
from evenfold.worker.plugin import load_plugin
from evenfold.worker.source_modules import active

TASK = Task((4,), 2)


class Text(str):
    """A text of its own class."""


class Number(int):
    """A number of its own class."""


class Doubled(ClassifierMixin, BaseEstimator):
    """Its parameter is not what it was given."""

    def __init__(self, n=1):
        self.n = n * 2

    def fit(self, x, y):
        return self


class Splitter:
    """It holds its parameter, and what else it is given."""

    def __init__(self, n=1):
        self.n = n

    def split(self, x, y):
        return []


class Delegate:
    """It passes every method on to the estimator inside it."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.__dict__["inner"], name)


class Builder:
    """Its method is a builder."""

    def __init__(self, strength=1.0):
        self.strength = strength

    def build(self, task):
        return SVC(C=self.strength)

    @classmethod
    def default(cls, task):
        return SVC(C=cls().strength)


def rebuilt(model):
    plugin = load_plugin("mine", model_sources("mine", model))
    with active(plugin.modules):
        return plugin.model.build(TASK)


def changed_privately():
    splitter = Splitter(3)
    splitter._order = "shuffled"
    return splitter


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Counter({0: 1, 1: 50}), r"is a Counter, a dict of another class: hand over dict\(...\)"),
        (OrderedDict({0: 1}), r"is a OrderedDict, a dict of another class"),
        (defaultdict(int, {0: 1}), r"is a defaultdict, a dict of another class"),
        (Bunch(a=1), r"is a Bunch, a dict of another class"),
        (Text("balanced"), r"is a Text, a str of another class: hand over str\(...\) of it"),
        (Number(3), r"is a Number, a int of another class"),
        (np.ma.array([1, 2], mask=[0, 1]), r"is a MaskedArray, an array of another class: hand"),
        (changed_privately(), r"is a Splitter, which cannot be written as source, since its const"),
    ],
)
def test_an_object_with_state_of_its_own_is_refused(value, message):
    with pytest.raises(PluginError, match=f"class_weight of RandomForestClassifier {message}"):
        model_sources("mine", RandomForestClassifier(class_weight=value))


def test_an_estimator_whose_constructor_changes_its_parameter_is_refused():
    with pytest.raises(PluginError, match=r"Doubled is a Doubled, which cannot .* as it is now"):
        model_sources("mine", Doubled(2))


def test_an_estimator_that_was_changed_after_its_constructor_is_refused():
    model = LogisticRegression()
    model._weights = [1, 2]
    with pytest.raises(PluginError, match="does not make it as it is now"):
        model_sources("mine", model)


def test_an_estimator_with_an_output_of_its_own_is_refused():
    scaler = StandardScaler().set_output(transform="default")
    with pytest.raises(PluginError, match="does not make it as it is now"):
        model_sources("mine", scaler)
    with pytest.raises(PluginError, match="does not make it as it is now"):
        model_sources("mine", scaler.fit([[0.0], [1.0]]))


@pytest.mark.parametrize(
    "model", [GaussianNB(), KNeighborsClassifier(1), SVC(), RandomForestClassifier(2)],
    ids=lambda each: type(each).__name__,
)  # fmt: skip
def test_what_an_estimator_learned_does_not_count(model):
    before = model_sources("mine", model).digest
    model.fit(np.arange(6.0).reshape(-1, 1), [0, 1] * 3)
    assert before == model_sources("mine", model).digest


def test_an_estimator_that_passes_methods_on_is_rebuilt_with_the_one_inside_it():
    assert 2.0 == rebuilt(Delegate(SVC(C=2.0))).inner.C


def test_a_scorer_of_a_search_is_rebuilt():
    def share(y, predicted):
        return float(np.mean(y == predicted))

    found = rebuilt(GridSearchCV(SVC(), {"C": [1.0]}, scoring=make_scorer(share), cv=Splitter(3)))
    assert "share" == found.scoring._score_func.__name__
    assert 3 == found.cv.n


def test_a_method_is_written_with_its_object():
    assert 2.0 == rebuilt(Builder(2.0).build).C
    assert 2.0 == rebuilt(Model(Builder(2.0).build, epochs=3)).C
    assert 1.0 == rebuilt(Builder.default).C


def test_several_flags_are_written_by_their_number():
    both = re.IGNORECASE | re.MULTILINE

    def build(task):
        return SVC(C=float(both), degree=int(re.compile("a", both).flags))

    assert float(both) == rebuilt(build).C


def test_a_method_of_a_text_is_written_with_the_text():
    join = "-".join

    def build(task):
        return SVC(kernel=join(["a", "b"]))

    assert "a-b" == rebuilt(build).kernel
