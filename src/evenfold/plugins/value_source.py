"""Values as Python source: parameters, estimators, functions and classes, for a model's file."""

from __future__ import annotations

import functools
import pathlib
import sys
from collections.abc import Iterable, Mapping
from enum import Enum
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from evenfold.errors import PluginError
from evenfold.plugins.constructors import constructor_parameters
from evenfold.plugins.definition_values import ChangedDefinition
from evenfold.plugins.definitions import FUTURE_ANNOTATIONS, Definition, read_definition
from evenfold.plugins.importable import importable_place, is_bound, resolve, stated_import
from evenfold.plugins.literals import (
    is_frozen_distribution,
    is_generator,
    plain_literal,
    write_collection,
)

MOST_DEPTH = 30
# Bool and NoneType have no subclasses.
BUILTIN = (bool, int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset, dict)
MOST_CELLS = 10_000  # of an array that is a parameter
IN_BUILDER = "make it inside a function of a Task that returns the model, and hand over that one"


class SourceWriter:
    """Writes values as expressions, and collects what these need.

    Nothing is pickled: a parameter is a literal, an estimator is a call of its class with its
    parameters, and what can be imported is imported. Other functions and classes are copied as
    their source, with the present values of the global names that they use.

    Parameters
    ----------
    model
        The name of the model, for messages.
    """

    def __init__(self, model: str) -> None:
        """Write nothing yet."""
        self.model = model
        self.imports: dict[str, str] = {}
        self.bindings: dict[str, str] = {}
        self.files: list[str] = []
        self.has_future_annotations = False
        self._is_bound: dict[str, int] = {}
        self._imported: dict[str, Any] = {}

    def expression(self, value: Any, where: str, depth: int = 0) -> str:
        """Return a value as an expression.

        Parameters
        ----------
        value
            The value.
        where
            What the value is, in messages: the subject of a sentence.
        depth
            How deep in another value it is.

        Raises
        ------
        PluginError
            The value, or one in it, cannot be written; names it and says what to do instead.
        """
        if depth > MOST_DEPTH:
            raise self._refusal(where, f"has more than {MOST_DEPTH} levels", IN_BUILDER)
        if isinstance(value, Enum):
            return self._enum(value, where, depth)
        if isinstance(value, BUILTIN) and not isinstance(value, np.generic):
            self._require_builtin(value, where)
        plain = plain_literal(value)
        if plain is not None:
            return plain
        if type(value) in (list, tuple, set, frozenset, dict):
            nested = functools.partial(self.expression, depth=depth + 1)
            return write_collection(value, where, nested)
        if is_bound(value):
            return self._method(value, where, depth)
        if isinstance(value, (type, FunctionType, BuiltinFunctionType, np.ufunc)):
            return self._reference(value, where)
        if isinstance(value, np.ndarray):
            return self._array(value, where)
        if isinstance(value, np.dtype):
            return f'{self._import("numpy", "dtype")}("{value.str}")'
        if isinstance(value, pathlib.PurePath):
            return f"{self._import('pathlib', 'Path')}({str(value)!r})"
        if isinstance(value, functools.partial):
            parts = [self.expression(each, where, depth + 1) for each in (value.func, *value.args)]
            name = self._import("functools", "partial")
            return self._call(name, parts, value.keywords, where, depth)
        return self._object(value, where, depth)

    def _enum(self, value: Enum, where: str, depth: int) -> str:
        """Write a member by its name, and several flags together by their number."""
        kind = self._reference(type(value), where)
        if type(value).__members__.get(value.name or "") is value:
            return f"{kind}.{value.name}"
        return f"{kind}({self.expression(value.value, where, depth + 1)})"

    def _require_builtin(self, value: Any, where: str) -> None:
        """Refuse an object of a class that is made from one of Python's own types of data."""
        if type(value) in BUILTIN:
            return
        base = next(kind for kind in type(value).__mro__ if kind in BUILTIN).__name__
        described = f"is a {type(value).__name__}, a {base} of another class"
        raise self._refusal(where, described, f"hand over {base}(...) of it")

    def _method(self, value: Any, where: str, depth: int) -> str:
        """Write a method of an object or of a class as its attribute."""
        if getattr(value.__self__, value.__name__, None) != value:
            raise self._refusal(
                where, "is a method under another name", "write a function with def"
            )
        owner = self.expression(value.__self__, where, depth + 1)
        return f"({owner}).{value.__name__}" if owner.isdigit() else f"{owner}.{value.__name__}"

    def _object(self, value: Any, where: str, depth: int) -> str:
        """Write an object as the call of its class that makes it anew."""
        kind = type(value)
        if is_frozen_distribution(value):
            name = f"{self._import('scipy', 'stats')}.{value.dist.name}"
            arguments = [self.expression(each, where, depth + 1) for each in value.args]
            return self._call(name, arguments, value.kwds, where, depth)
        parameters = constructor_parameters(value)
        if parameters is None:
            described = f"is a {kind.__name__}, which cannot be written as source"
            if hasattr(value, "__dict__"):
                described += ", since its constructor alone does not make it as it is now"
            raise self._refusal(where, described, IN_BUILDER)
        return self._call(self._reference(kind, where), [], parameters, where, depth)

    def _call(
        self,
        function: str,
        arguments: list[str],
        parameters: Mapping[str, Any],
        where: str,
        depth: int,
    ) -> str:
        for name, value in parameters.items():
            if name.rpartition("__")[2] == "random_state" and is_generator(value):
                value = None  # evenfold sets it
            text = self.expression(value, f"{name} of {where}", depth + 1)
            arguments.append(f"{name}={text}" if name.isidentifier() else f"**{{{name!r}: {text}}}")
        return f"{function}({', '.join(arguments)})"

    def _array(self, value: np.ndarray, where: str) -> str:
        if type(value) is not np.ndarray:
            described = f"is a {type(value).__name__}, an array of another class"
            raise self._refusal(where, described, "hand over numpy.asarray(...) of it")
        if value.dtype.kind not in "biufUS" or value.size > MOST_CELLS:
            described = f"is an array of {value.size:,} cells of type {value.dtype}"
            raise self._refusal(where, described, IN_BUILDER)
        cells = (
            write_collection(value.tolist(), where, self.expression) if value.ndim else str(value)
        )
        return f'{self._import("numpy", "array")}({cells}, dtype="{value.dtype.str}")'

    def _reference(self, value: Any, where: str) -> str:
        """Return the name of a function or class, which is imported or copied."""
        if getattr(value, "__module__", None) == "builtins":
            return str(value.__name__)
        place = importable_place(value)
        if place is not None:
            first, _, rest = place[1].partition(".")
            return ".".join(filter(None, [self._import(place[0], first), rest]))
        name = getattr(value, "__name__", "")
        if name == "<lambda>":
            raise self._refusal(where, "is a lambda, which has no source", "write it with def")
        if not isinstance(value, (type, FunctionType)):
            described = "is not a function of Python and cannot be imported"
            raise self._refusal(where, described, "write a function with def")
        self.bind(name, value, where)
        return name

    def _import(self, module: str, name: str) -> str:
        """Import a name of a module, and return the name that it has here."""
        alias, count = name, 1
        statement = f"from {module} import {name}"
        while self.imports.get(alias, statement) != statement or alias in self.bindings:
            if self.bindings.get(alias) == statement:
                return alias
            count += 1
            alias = f"{name}_{count}"
            statement = f"from {module} import {name} as {alias}"
        self.imports[alias] = statement
        self._imported[alias] = resolve(module, name)
        return alias

    def bind(self, name: str, value: Any, where: str, texts: tuple[str, ...] = ()) -> None:
        """Give a global name its value: by an import, the source of a definition, or a literal.

        Parameters
        ----------
        name, value
            The name, and its value.
        where
            What the value is, in messages.
        texts
            The sources that may state its import.

        Raises
        ------
        PluginError
            The value cannot be written, or the name has another value already.
        """
        if self._imported.get(name, value) is not value:
            raise self._refusal(where, "and another value have one name", "rename one of them")
        if name in self._is_bound:
            if self._is_bound[name] != id(value):
                raise self._refusal(where, "and another value have one name", "rename one of them")
            return
        self._is_bound[name] = id(value)
        statement = stated_import(name, value, texts) if texts else None
        place = None
        if statement is None and not isinstance(value, ModuleType):
            place = importable_place(value)
        if statement is not None:
            self.bindings[name] = statement
        elif isinstance(value, ModuleType):
            self.bindings[name] = self._module_import(name, value, where)
        elif place is not None and "." not in place[1]:
            self.bindings[name] = f"from {place[0]} import {place[1]} as {name}"
        elif isinstance(value, (type, FunctionType)):
            self._define(name, value, where)
        else:
            self.bindings[name] = f"{name} = {self._global_expression(value, where)}"

    def _module_import(self, name: str, module: ModuleType, where: str) -> str:
        if sys.modules.get(module.__name__) is not module:
            raise self._refusal(where, "is a module that cannot be imported", IN_BUILDER)
        return f"import {module.__name__} as {name}"

    def _define(self, name: str, value: Any, where: str) -> None:
        try:
            definition = read_definition(value)
        except ChangedDefinition as changed:
            raise self._refusal(where, changed.described, changed.advice) from changed
        if definition is None or definition.name == "<lambda>":
            described = f"is {value.__name__}, whose source cannot be read"
            way = "define it" if isinstance(value, type) else "write it with def"
            raise self._refusal(where, described, f"{way} in a file, and import it from there")
        self._bind_names(definition)
        if definition.name != name:
            self.bind(definition.name, value, where)
            self.bindings[name] = f"{name} = {definition.name}"
            return
        self.files.append(definition.file)
        self.has_future_annotations |= definition.has_future_annotations
        values = [
            self._global_expression(each, f"a default or attribute of {name}")
            for each in definition.values
        ]
        later = [
            f"{name}.{attribute} = {self._global_expression(each, f'{attribute} of {name}')}"
            for attribute, each in definition.attributes.items()
        ]
        lines = [definition.text(values).rstrip(), *later]
        self.bindings[name] = "\n\n{}\n\n".format("\n".join(lines))

    def _bind_names(self, definition: Definition) -> None:
        for missing in definition.missing_names():
            raise self._refusal(
                f"{missing}, which {definition.name} is defined with,",
                "is local to a function",
                "move both out of it",
            )
        for used in definition.used_names():
            what = f"{used}, a global name that {definition.name} uses,"
            self.bind(used, definition.namespace[used], what, definition.module_texts)

    def _global_expression(self, value: Any, where: str) -> str:
        """Write a value as an expression outside functions, with what it imports before it."""
        outer, self.imports = self.imports, {}
        text = self.expression(value, where)
        for alias, statement in self.imports.items():
            self.bindings.setdefault(alias, statement)
        self.imports = outer
        return text

    def module(self, title: str, body: Iterable[str]) -> bytes:
        """Return a file: its docstring, the collected bindings and the lines that follow."""
        future = [FUTURE_ANNOTATIONS] if self.has_future_annotations else []
        lines = [f'"""{title}"""', "", *future, *self.bindings.values(), *body]
        return ("\n".join(lines) + "\n").encode()

    def _refusal(self, where: str, described: str, advice: str) -> PluginError:
        return PluginError(f"model {self.model}: {where} {described}: {advice}")
