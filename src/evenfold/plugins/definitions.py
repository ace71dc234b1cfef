"""Functions and classes that Python code defined: their source, and the names that it uses."""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
import linecache
import symtable
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

from evenfold.plugins.class_places import class_place
from evenfold.plugins.definition_values import (
    ChangedDefinition,
    class_values,
    function_values,
    is_data,
)
from evenfold.plugins.syntax_errors import PARSE_ERRORS
from evenfold.worker.local_files import is_installed

FUTURE_ANNOTATIONS = "from __future__ import annotations"
FUTURE_FLAG = __future__.annotations.compiler_flag
GENERATED = ("<string>", "<attrs ")
HOLE = "\0"  # which no source has


@dataclass(frozen=True)
class Definition:
    """A function or class with its source.

    Parameters
    ----------
    name
        Its name in the source.
    template
        The source, without indentation, with a placeholder for each of some values.
    namespace
        The values of global names, and of those of the functions around it.
    module_texts
        The sources in which a global name may be imported: the file, or a notebook's cells.
    file
        The name of the file that it was compiled from.
    has_future_annotations
        Whether annotations are not evaluated.
    values
        The values of the placeholders in the text.
    attributes
        What was set after the definition.
    """

    name: str
    template: str
    namespace: Mapping[str, Any]
    module_texts: tuple[str, ...]
    file: str
    has_future_annotations: bool
    values: tuple[Any, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def text(self, values: Sequence[str]) -> str:
        """Return the source with values as expressions."""
        first, *others = self.template.split(HOLE)
        return first + "".join(value + other for value, other in zip(values, others, strict=True))

    def used_names(self) -> list[str]:
        """Return the global names that it uses and that have a value, in the order of names."""
        names = _global_names(self._symbols())
        return sorted(name for name in names - {self.name} if name in self.namespace)

    def missing_names(self) -> list[str]:
        """Return the names that it needs to be defined at all, and that have no value here.

        Those are names of decorators, bases and defaults that are local to a function.
        """
        names = {each.get_name() for each in self._symbols().get_symbols() if each.is_referenced()}
        return sorted(names.difference([self.name], self.namespace, vars(builtins)))

    def _symbols(self) -> symtable.SymbolTable:
        future = f"{FUTURE_ANNOTATIONS}\n" if self.has_future_annotations else ""
        return symtable.symtable(
            future + self.template.replace(HOLE, "None"), "<definition>", "exec"
        )


def read_definition(value: Any) -> Definition | None:
    """Return a function or class with its source; None if the source cannot be read.

    Raises
    ------
    ChangedDefinition
        It is not as its source says.
    """
    place = _place_of(value)
    if place is None:
        return None
    file, line = place
    linecache.checkcache(file)
    lines = linecache.getlines(file)
    kinds = ast.ClassDef if isinstance(value, type) else (ast.FunctionDef, ast.AsyncFunctionDef)
    node = _find_node(lines, line, value.__name__, kinds)
    if node is None:
        return None
    namespace = _namespace(value)
    _apply_decorators_once(value, node, namespace)
    if isinstance(value, type):
        values = class_values(value, node, namespace)
    else:
        values = function_values(inspect.unwrap(value), node, namespace)
        values.attributes.update(_attributes(value, bool(node.decorator_list)))
    replaced = sorted(values.replaced, key=lambda each: (each[0].lineno, each[0].col_offset))
    cells = [cell for cell in namespace.get("In", ()) if isinstance(cell, str)]
    code = _code_of(value)
    source = "".join(lines)
    return Definition(
        value.__name__,
        _text(lines, node, [each for each, _ in replaced]),
        namespace,
        (source, *cells),
        file,
        FUTURE_ANNOTATIONS in source if code is None else bool(code.co_flags & FUTURE_FLAG),
        tuple(each for _, each in replaced),
        values.attributes,
    )


def _text(lines: list[str], node: Any, replaced: list[ast.expr]) -> str:
    """The source of a definition, with a placeholder for each expression that is replaced."""
    first = _first_line(node)
    encoded = [line.encode() for line in lines[first - 1 : node.end_lineno]]
    for each in reversed(replaced):
        start, end = each.lineno - first, (each.end_lineno or each.lineno) - first
        rest = encoded[end][each.end_col_offset :]
        encoded[start : end + 1] = [encoded[start][: each.col_offset] + HOLE.encode() + rest]
    return textwrap.dedent(b"".join(encoded).decode())


def _apply_decorators_once(value: Any, node: Any, namespace: Mapping[str, Any]) -> None:
    """Remove decorators from the node of a function that they have not been applied to.

    Such a function is in the closure of a wrapper. Raises ChangedDefinition for a wrapper that is
    no decorator, and for a class that is not what its name means.
    """
    count = len(node.decorator_list)
    if isinstance(value, type):
        is_local = "<locals>" in value.__qualname__
        if count and not is_local and namespace.get(value.__name__) is not value:
            raise ChangedDefinition(
                "is a class before its decorators, and has no name", "remove the decorators"
            )
        return
    inner = inspect.unwrap(value)
    current = inner.__globals__.get(value.__name__)
    if inner is value:
        if current is not value:
            node.decorator_list = []
        return
    wrappers, wrapped = 0, value
    while wrapped is not inner:
        wrapped, wrappers = wrapped.__wrapped__, wrappers + 1
    is_decorated = current is value or (wrappers == count and current is not inner)
    if wrappers > count or not is_decorated:
        raise ChangedDefinition(
            "is a function inside a wrapper that is no decorator of it",
            "write the wrapper as a decorator above its def",
        )


def _attributes(function: FunctionType, is_decorated: bool) -> dict[str, Any]:
    """The attributes of a function; of a decorated one, which may have others, those of data."""
    own = {name: value for name, value in vars(function).items() if name != "__wrapped__"}
    return {name: value for name, value in own.items() if not is_decorated or is_data(value)}


def _place_of(value: Any) -> tuple[str, int] | None:
    """The file of a function or class, and a line of its definition."""
    code = _code_of(value)
    if code is not None:
        return code.co_filename, code.co_firstlineno
    return class_place(value) if isinstance(value, type) else None


def _code_of(value: Any) -> CodeType | None:
    """The code of a function, or of the first method that a class defines."""
    if isinstance(value, type):
        own = [each for each in map(_function_of, vars(value).values()) if each is not None]
        named = [each for each in own if each.__qualname__.startswith(f"{value.__qualname__}.")]
        # The methods that dataclasses, attrs and named tuples add are in no file of the user.
        codes = [inspect.unwrap(each).__code__ for each in named]
        return next((each for each in codes if not _is_generated(each.co_filename)), None)
    function = _function_of(inspect.unwrap(value) if callable(value) else value)
    return None if function is None else function.__code__


def _is_generated(file: str) -> bool:
    return file.startswith(GENERATED) or is_installed(file)


def _function_of(value: Any) -> FunctionType | None:
    if isinstance(value, property):
        value = value.fget
    value = getattr(value, "__func__", value)
    return value if isinstance(value, FunctionType) else None


def _namespace(value: Any) -> dict[str, Any]:
    """The values of the names that a function or the methods of a class use."""
    members = vars(value).values() if isinstance(value, type) else [inspect.unwrap(value)]
    module = sys.modules.get(value.__module__)
    names: dict[str, Any] = dict(vars(module)) if isinstance(value, type) and module else {}
    names |= {base.__name__: base for base in getattr(value, "__bases__", ())}
    for function in filter(None, map(_function_of, members)):
        names = {**function.__globals__, **names, **inspect.getclosurevars(function).nonlocals}
    return names


def _find_node(
    lines: list[str], line: int, name: str, kinds: type[ast.AST] | tuple[type[ast.AST], ...]
) -> Any:
    """Return the innermost definition of a name around a line; None if there is none."""
    try:
        tree = ast.parse("".join(lines))
    except PARSE_ERRORS:
        return None
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, kinds)
        and getattr(node, "name", "") == name
        and _first_line(node) <= line <= (getattr(node, "end_lineno", None) or 0)
    ]
    return max(around, key=_first_line, default=None)


def _first_line(node: Any) -> int:
    return int(min([node.lineno, *(each.lineno for each in node.decorator_list)]))


def _global_names(table: symtable.SymbolTable) -> set[str]:
    is_module = str(getattr(table.get_type(), "value", table.get_type())) == "module"
    names = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if (symbol.is_referenced() if is_module else symbol.is_global())
    }
    return names.union(*map(_global_names, table.get_children()))
