"""The imports that a source states, found without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from evenfold.plugins.syntax_errors import PARSE_ERRORS

# Of a path, in most file systems.
MOST_CHARACTERS = 255


@dataclass(frozen=True)
class Import:
    """One import statement, or a call that imports a module by a literal name.

    Parameters
    ----------
    level
        The number of leading dots of a relative import; 0 for an absolute one.
    module
        The dotted name after the dots; empty for ``from . import x``.
    names
        What is imported from the module, each of which may be a submodule; ``*`` for all.
    """

    level: int
    module: str
    names: tuple[str, ...] = ()


def stated_imports(content: bytes) -> tuple[Import, ...]:
    """Return the imports of a source, wherever in it they are; none if it is not Python."""
    tree = _parse(content)
    return () if tree is None else tuple(_imports(tree))


def named_paths(content: bytes) -> tuple[str, ...]:
    """Return the literal texts in a source that may be the path of a file, or a part of one."""
    tree = _parse(content)
    nodes = [] if tree is None else ast.walk(tree)
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    texts = [value.lstrip("/\\") for value in values if isinstance(value, str)]
    return tuple(dict.fromkeys(text for text in texts if _may_be_path(text)))


def exported_names(content: bytes) -> tuple[str, ...] | None:
    """Return the names in ``__all__``; None where it is not a literal, or there is none."""
    tree = _parse(content)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Assign) and any(_is_named(t, "__all__") for t in node.targets):
            try:
                return tuple(str(name) for name in ast.literal_eval(node.value))
            except (ValueError, TypeError):
                return None
    return None


def binds(content: bytes, name: str) -> bool:
    """Return whether a source assigns or imports a name at its top level, or may by ``*``."""
    tree = _parse(content)
    return tree is not None and any(_binds(node, name) for node in tree.body)


def _parse(content: bytes) -> ast.Module | None:
    try:
        return ast.parse(content)
    except PARSE_ERRORS:  # loading it says what is wrong
        return None


def _imports(tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.level, node.module or "", names)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            yield from _literal_import(node)


def _literal_import(call: ast.Call) -> Iterator[Import]:
    """What ``import_module("a.b")`` or ``import_module(".b", "a")`` imports."""
    text, package = _literal(call, 0, "name"), _literal(call, 1, "package")
    if text is None:
        return
    name = text.lstrip(".")
    level = len(text) - len(name)
    if level and package is not None:
        parts = package.split(".")
        yield Import(0, ".".join([*parts[: len(parts) - level + 1], name]))
    else:
        yield Import(level, name)


def _literal(call: ast.Call, place: int, name: str) -> str | None:
    """An argument of a call, by its place or name, if it is a literal text."""
    given = [*call.args[place : place + 1], *(w.value for w in call.keywords if w.arg == name)]
    values = [node.value for node in given if isinstance(node, ast.Constant)]
    return next((value for value in values if isinstance(value, str)), None)


def _called(call: ast.Call) -> str:
    """The last name of what is called: ``import_module`` of ``importlib.import_module``."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _may_be_path(text: str) -> bool:
    return 0 < len(text) <= MOST_CHARACTERS and text.isprintable() and bool(text.strip("./\\"))


def _binds(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.Assign):
        return any(_is_named(target, name) for target in node.targets)
    if isinstance(node, ast.AnnAssign):
        return _is_named(node.target, name)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return any((alias.asname or alias.name) in (name, "*") for alias in node.names)
    # Of a condition or of try, with or for.
    parts = (getattr(node, part, []) for part in ("body", "orelse", "handlers", "finalbody"))
    is_scope = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    return not is_scope and any(_binds(child, name) for part in parts for child in part)


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
