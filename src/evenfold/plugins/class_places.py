"""Where a class is defined that has no method, whose code would say so."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator

from evenfold.plugins.syntax_errors import PARSE_ERRORS


def class_place(kind: type) -> tuple[str, int] | None:
    """Return the file of a class, and a line of its definition; None if they are unknown.

    A notebook has no file: there it is the last cell with a class of this name, as IPython knows
    it.

    Parameters
    ----------
    kind
        The class.
    """
    module = sys.modules.get(kind.__module__)
    stated = vars(kind).get("__firstlineno__")  # since Python 3.13
    file = getattr(module, "__file__", None)
    if file is not None:
        line = stated or _class_line("".join(linecache.getlines(file)), kind.__qualname__)
        return (file, line) if line else None
    for cell, text in _cells(getattr(module, "In", ())):
        line = _class_line(text, kind.__qualname__)
        if line is not None and stated in (None, line):
            return cell, line
    return None


def _cells(inputs: object) -> Iterator[tuple[str, str]]:
    """Yield the cells of a notebook and their texts, the last first."""
    files = {}
    for name, entry in linecache.cache.items():
        if len(entry) > 2 and not isinstance(entry[2], str):
            files["".join(entry[2]).strip()] = name
    inputs = inputs if isinstance(inputs, list) else []
    for text in reversed([each for each in inputs if isinstance(each, str)]):
        if (file := files.get(text.strip())) is not None:
            yield file, "".join(linecache.getlines(file))


def _class_line(text: str, name: str) -> int | None:
    """Return the line of the last class of a qualified name in a text."""
    try:
        tree = ast.parse(text)
    except PARSE_ERRORS:
        return None
    lines = [_first_line(node) for each, node in _qualified(tree, "") if each == name]
    return lines[-1] if lines else None


def _first_line(node: ast.ClassDef) -> int:
    """Return the line of the first decorator, as ``__firstlineno__`` is, or of the class."""
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _qualified(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for node in ast.iter_child_nodes(tree):
        inside = prefix
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, node
            inside = f"{prefix}{node.name}."
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = f"{prefix}{node.name}.<locals>."
        yield from _qualified(node, inside)
