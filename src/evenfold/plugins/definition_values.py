"""The values that Python read where it ran a definition: defaults, and attributes of a class."""

from __future__ import annotations

import abc
import ast
import builtins
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from evenfold.plugins.constructors import is_same

DATA = (type(None), bool, int, float, complex, str, bytes)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class ChangedDefinition(Exception):
    """A function or class is not as its source says: what it is, and what to do."""

    def __init__(self, described: str, advice: str) -> None:
        """Hold both parts of a message."""
        super().__init__(described)
        self.described = described
        self.advice = advice


@dataclass
class DefinitionValues:
    """Values that replace expressions of a definition, or follow it.

    Parameters
    ----------
    replaced
        The expressions that may have another value by now, each with the value that they had.
    attributes
        What was set after the definition.
    """

    replaced: list[tuple[ast.expr, Any]] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)


def function_values(
    function: FunctionType, node: Any, namespace: Mapping[str, Any]
) -> DefinitionValues:
    """Return the defaults of a function that its source does not give.

    Parameters
    ----------
    function
        The function, without what its decorators have made of it.
    node
        Its definition, without decorators that do not count.
    namespace
        The values of names.

    Raises
    ------
    ChangedDefinition
        It has other defaults than its definition, or reads data in a decorator.
    """
    values = DefinitionValues()
    _require_no_data(node.decorator_list, namespace, function.__name__)
    arguments, keywords = node.args, function.__kwdefaults__ or {}
    pairs = list(zip(arguments.defaults, function.__defaults__ or (), strict=False))
    names = [each.arg for each in arguments.kwonlyargs]
    given = {name: each for name, each in zip(names, arguments.kw_defaults, strict=True) if each}
    if len(pairs) < max(len(arguments.defaults), len(function.__defaults__ or ())) or (
        given.keys() != keywords.keys()
    ):
        raise ChangedDefinition(
            "has defaults for other arguments than its definition", "write them into its definition"
        )
    for default, value in [*pairs, *((given[name], keywords[name]) for name in given)]:
        is_lambda = isinstance(default, ast.Lambda) and getattr(value, "__name__", "") == "<lambda>"
        if not is_lambda and not _gives(default, value, namespace):
            values.replaced.append((default, value))
    return values


def class_values(kind: type, node: ast.ClassDef, namespace: Mapping[str, Any]) -> DefinitionValues:
    """Return the attributes of a class that its source does not give, and defaults of its methods.

    Parameters
    ----------
    kind, node
        The class and its definition.
    namespace
        The values of names.

    Raises
    ------
    ChangedDefinition
        A method was replaced, or the body reads data in a place where it may have been another.
    """
    body = _ClassBody(kind, node, namespace)
    for statement in node.body:
        body.read(statement)
    heads = [*node.decorator_list, *node.bases, *(each.value for each in node.keywords)]
    others = {name: value for name, value in namespace.items() if name not in vars(kind)}
    _require_no_data([*heads, *body.unverified], others, kind.__name__)
    body.add_later_attributes()
    return body.values


class _ClassBody:
    """The statements of a class, compared with its attributes."""

    def __init__(self, kind: type, node: ast.ClassDef, namespace: Mapping[str, Any]) -> None:
        """Compare nothing yet."""
        self.kind = kind
        self.own = vars(kind)
        self.namespace = {**namespace, **self.own}
        is_named_tuple = issubclass(kind, tuple) and hasattr(kind, "_fields")
        self.has_plain_type = type(kind) in (type, abc.ABCMeta) and not is_named_tuple
        self.is_plain = self.has_plain_type and not node.decorator_list
        self.last = {each.name: each for each in node.body if isinstance(each, FUNCTIONS)}
        self.values = DefinitionValues()
        self.unverified: list[ast.AST] = []
        self.stated: set[str] = set()

    def read(self, statement: ast.stmt) -> None:
        """Compare one statement. Raises ChangedDefinition."""
        if isinstance(statement, FUNCTIONS):
            self._read_method(statement)
        elif isinstance(statement, ast.ClassDef):
            self._read_class(statement)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            self._read_assignment(statement)
        else:
            self.unverified.append(statement)

    def _read_method(self, node: Any) -> None:
        name = self._attribute(node.name)
        self.stated.add(name)
        line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        functions = [each for each in _functions(self.own) if each.__code__.co_firstlineno == line]
        functions = [each for each in functions if each.__code__.co_name == node.name]
        if functions:
            found = function_values(functions[0], node, self.namespace)
            self.values.replaced += found.replaced
            return
        if self.is_plain and not node.decorator_list and self.last[node.name] is node:
            raise self._changed(name)
        self.unverified += [*node.decorator_list, *node.args.defaults]
        self.unverified += filter(None, node.args.kw_defaults)

    def _read_class(self, node: ast.ClassDef) -> None:
        name = self._attribute(node.name)
        self.stated.add(name)
        inner = self.own.get(name)
        if not isinstance(inner, type) or inner.__qualname__ != f"{self.kind.__qualname__}.{name}":
            self.unverified.append(node)
            return
        found = class_values(inner, node, self.namespace)
        self.values.replaced += found.replaced
        later = {f"{name}.{key}": each for key, each in found.attributes.items()}
        self.values.attributes.update(later)

    def _read_assignment(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None:
            return
        if len(targets) > 1 or not isinstance(targets[0], ast.Name):
            self.unverified.append(node.value)  # its names are written after the class
            return
        name = self._attribute(targets[0].id)
        self.stated.add(name)
        value = self.own.get(name, self)
        if _gives(node.value, value, self.namespace):
            return
        if self.is_plain and is_data(value):
            self.values.replaced.append((node.value, value))
        elif _is_literal(node.value) and (self.is_plain or is_data(value)):
            raise self._changed(name)
        else:
            self.unverified.append(node.value)

    def add_later_attributes(self) -> None:
        """Add data that was set after the class. Raises ChangedDefinition for a method."""
        for name, value in self.own.items():
            is_special = name.startswith("__") and name.endswith("__")
            if name in self.stated or is_special or name.startswith("_sklearn_"):
                continue
            if self.has_plain_type and is_data(value):
                self.values.attributes[name] = value
            elif self.is_plain and isinstance(value, FunctionType):
                inside = inspect.unwrap(value).__qualname__
                if not inside.startswith(f"{self.kind.__qualname__}."):
                    raise self._changed(name)

    def _attribute(self, name: str) -> str:
        """The attribute of a name in the body: Python changes private ones."""
        is_private = name.startswith("__") and not name.endswith("__")
        return f"_{self.kind.__name__.lstrip('_')}{name}" if is_private else name

    def _changed(self, name: str) -> ChangedDefinition:
        return ChangedDefinition(
            f"has an attribute {name} that was set after its definition",
            "write it into the body of the class",
        )


def _functions(own: Mapping[str, Any]) -> Iterator[FunctionType]:
    """The functions of a class's methods, without what decorators have made of them."""
    for value in own.values():
        parts = [value]
        if isinstance(value, property):
            parts = [value.fget, value.fset, value.fdel]
        for part in parts:
            function = getattr(part, "__func__", part)
            function = inspect.unwrap(function) if callable(function) else function
            if isinstance(function, FunctionType):
                yield function


def _require_no_data(nodes: list[Any], namespace: Mapping[str, Any], name: str) -> None:
    """Refuse names of data: their value may have been another where the definition ran."""
    for node in (inner for each in nodes for inner in ast.walk(each)):
        if not isinstance(node, ast.Name) or node.id not in namespace:
            continue
        if is_data(namespace[node.id]):
            raise ChangedDefinition(
                f"reads {node.id} where {name} is defined, which may have had another value then",
                f"write the value in place of {node.id}",
            )


def _gives(node: ast.expr, value: Any, namespace: Mapping[str, Any]) -> bool:
    """Whether an expression certainly has a value now: a literal, or a name of that object."""
    if _is_literal(node):
        return is_same(ast.literal_eval(node), value)
    if type(value) in DATA:  # one source, whatever the name means by now
        return False
    attributes = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return False
    found: Any = namespace.get(node.id, vars(builtins).get(node.id, attributes))
    for name in reversed(attributes):
        found = getattr(found, name, attributes)
    return found is value


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True


def is_data(value: Any) -> bool:
    """Whether a value is data: numbers, texts, arrays, and collections of them."""
    if type(value) is dict:
        return all(map(is_data, [*value, *value.values()]))
    if type(value) in (list, tuple, set, frozenset):
        return all(map(is_data, value))
    return type(value) in (*DATA, np.ndarray) or isinstance(value, np.generic)
