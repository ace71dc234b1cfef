"""Functions and classes of a script are copied as they are, whatever was set since."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from evenfold.contract import Task
from evenfold.errors import PluginError
from evenfold.plugins.python_models import model_sources
from evenfold.worker.plugin import load_plugin
from evenfold.worker.source_modules import active

TASK = Task((4,), 2)
STRENGTH = 2.0
FACTOR = 10


def rebuilt(model):
    plugin = load_plugin("mine", model_sources("mine", model))
    with active(plugin.modules):
        return plugin.model.build(TASK)


def text_of(model):
    return model_sources("mine", model).entry.content.decode()


def refused(model, message):
    with pytest.raises(PluginError, match=message) as caught:
        model_sources("mine", model)
    assert "\n" not in str(caught.value)


def test_functions_of_a_loop_have_their_own_defaults():
    models = {}
    for depth in (1, 8):

        def build(task, depth=depth, *, extra=depth + 1, kind=[GaussianNB, SVC][depth > 1]):
            return kind, depth, extra

        models[depth] = build
    assert (GaussianNB, 1, 2) == rebuilt(models[1])
    assert (SVC, 8, 9) == rebuilt(models[8])


def reads_a_global(task, factor=FACTOR):
    return factor, FACTOR


def test_a_default_has_the_value_that_it_had(monkeypatch):
    assert "task, factor=10" in text_of(reads_a_global)
    monkeypatch.setitem(globals(), "FACTOR", 100)
    assert "task, factor=10" in text_of(reads_a_global)
    assert (10, 100) == rebuilt(reads_a_global)


def test_changed_defaults_are_written():
    def build(task, strength=1.0, *, name="ä"):
        return strength, name

    build.__defaults__ = (5.0,)
    build.__kwdefaults__ = {"name": "b"}
    assert (5.0, "b") == rebuilt(build)


def test_other_arguments_with_defaults_are_refused():
    def build(task, strength=1.0):
        return strength

    build.__defaults__ = (None, 5.0)
    refused(build, "it has defaults for other arguments than its definition: write them into")


def test_attributes_of_a_function_are_written():
    def build(task):
        return build.limit

    build.limit = 3
    assert 3 == rebuilt(build)
    build.limit = 4
    assert 4 == rebuilt(build)


def outer_class(limit):
    class Settings:
        """Its body reads a local name and a global one."""

        first = limit
        second = FACTOR
        third: list = [limit]  # noqa: RUF012

        def both(self, more=limit):
            return self.first, self.second, self.third, more

    return Settings


def builder_of(kind):
    def build(task):
        return kind().both()

    return build


def test_attributes_of_a_class_have_the_values_that_they_had(monkeypatch):
    kind = outer_class(7)
    monkeypatch.setitem(globals(), "FACTOR", 20)
    assert (7, 10, [7], 7) == rebuilt(builder_of(kind))
    kind.first = 77
    kind.third.append(8)
    assert (77, 10, [7, 8], 7) == rebuilt(builder_of(kind))


def test_attributes_that_a_class_got_later_are_written():
    kind = outer_class(7)
    kind.later = (1, 2)

    def build(task):
        return kind.later

    assert (1, 2) == rebuilt(build)


def test_a_method_that_was_replaced_is_refused():
    kind = outer_class(7)
    kind.both = lambda self: None
    refused(builder_of(kind), "has an attribute both that was set after its definition: write it")
    other = outer_class(7)
    other.more = outer_class
    refused(builder_of(other), "has an attribute more that was set after its definition")


class Settings:
    """Without methods."""

    width = 5


class Colour(Enum):
    """Without methods too."""

    RED = 1


@dataclass
class Options:
    """A decorated class."""

    depth: int = 3
    names: list[str] = field(default_factory=list)
    kind: type = GaussianNB


class Point(NamedTuple):
    """A named tuple."""

    x: int = 3


def test_a_class_without_methods_is_copied():
    def build(task):
        options = Options(depth=4)
        return Settings.width, Colour.RED.value, options.depth, options.names, Point(1)

    assert (5, 1, 4, [], (1,)) == rebuilt(build)


def with_factor(factor):
    def decorate(function):
        @functools.wraps(function)
        def inner(task):
            return factor * function(task)

        return inner

    return decorate


def without_wraps(function):
    def inner(task):
        return 2 * function(task)

    return inner


@with_factor(2)
def decorated(task):
    return 3


@without_wraps
def decorated_without_wraps(task):
    return 3


@with_factor(FACTOR)
def decorated_with_a_global(task):
    return 3


def test_a_decorator_is_applied_once():
    assert 6 == rebuilt(decorated)
    assert 6 == rebuilt(decorated_without_wraps)


def test_a_wrapper_that_is_no_decorator_is_refused():
    def build(task):
        return 3

    refused(with_factor(2)(build), "it is a function inside a wrapper that is no decorator of it")
    refused(with_factor(2)(decorated), "inside a wrapper that is no decorator of it: write the")


def test_data_that_a_decorator_reads_is_refused():
    refused(decorated_with_a_global, "reads FACTOR where decorated_with_a_global is defined, which")


def namesake():
    class SVC(LogisticRegression):
        """It has the name of another class."""

        def fit(self, x, y):
            return self

    return SVC


def test_two_classes_of_one_name_are_refused():
    function = FunctionTransformer(np.log, kw_args={"first": SVC, "second": namesake()})
    refused(function, "and another value have one name: rename one of them")
