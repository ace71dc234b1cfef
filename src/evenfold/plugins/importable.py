"""What every process can import: the place of a value, and the statements that import it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinFunctionType, MethodType, ModuleType
from typing import Any

from evenfold.plugins.imports import Import, stated_imports
from evenfold.plugins.syntax_errors import PARSE_ERRORS
from evenfold.worker.local_files import is_installed

# What a model's file may take from evenfold.
IN_WORKER = frozenset({"Model", "Task", "Fold", "Skip", "EvenfoldError", "contract", "errors"})
# The names of modules that no worker can import: a script's, and those of evenfold's own making.
NOT_IMPORTABLE = ("__main__", "__mp_main__", "evenfold_plugin_")


def is_bound(value: Any) -> bool:
    """Whether a value is a method together with the object or class that it is called on."""
    if isinstance(value, MethodType):
        return True
    is_builtin = isinstance(value, BuiltinFunctionType)
    return is_builtin and not isinstance(value.__self__, (ModuleType, type(None)))


def importable_place(value: Any) -> tuple[str, str] | None:
    """Return the module and the qualified name from which every process can import a value.

    A public module is preferred: ``sklearn.svm`` rather than ``sklearn.svm._classes``. None if the
    value is a script's or a notebook's, or defined in a function, or if its module imports more of
    evenfold than a worker has, as one does that calls ``evenfold.score``.
    """
    if is_bound(value):
        return None
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    home = getattr(value, "__module__", None) or ("numpy" if "numpy" in sys.modules else None)
    if not isinstance(name, str) or "<" in name or not isinstance(home, str):
        return None
    if home.startswith(NOT_IMPORTABLE):
        return None
    parts = home.split(".")
    private = next((n for n, part in enumerate(parts) if part.startswith("_")), len(parts))
    for module in dict.fromkeys([".".join(parts[:private]), home]):
        if resolve(module, name) is value and _runs_in_worker(module):
            return module, name
    return None


def stated_import(name: str, value: Any, texts: tuple[str, ...]) -> str | None:
    """Return the import statement that gives a name its value, as a source states it; else None.

    These are several for ``import package.first`` and ``import package.second``.

    Parameters
    ----------
    name, value
        The name and what it is bound to.
    texts
        Sources, of which the later ones count more.
    """
    submodules: list[str] = []
    for text in reversed(texts):
        for statement, imported in _import_statements(text, name):
            if imported is not value:
                continue
            if not statement.startswith(f"import {name}."):
                return statement if not submodules else "\n".join([statement, *submodules[::-1]])
            if statement not in submodules:
                submodules.append(statement)
    return "\n".join(submodules[::-1]) or None


def _import_statements(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each import of a name with the value that it has now, the last one first."""
    if name not in text:
        return
    try:
        tree = ast.parse(text)
    except PARSE_ERRORS:  # such as a cell with a command of the notebook
        return
    for node in sorted(ast.walk(tree), key=lambda node: -getattr(node, "lineno", 0)):
        for alias in reversed(getattr(node, "names", ())):
            if not isinstance(alias, ast.alias) or _bound_name(node, alias) != name:
                continue
            renamed = f" as {alias.asname}" if alias.asname else ""
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                value = resolve(node.module, alias.name)
                yield f"from {node.module} import {alias.name}{renamed}", value
            elif isinstance(node, ast.Import) and alias.name in sys.modules:
                whole = alias.name if alias.asname else name
                yield f"import {alias.name}{renamed}", sys.modules.get(whole)


def _bound_name(node: ast.AST, alias: ast.alias) -> str:
    if alias.asname or isinstance(node, ast.ImportFrom):
        return alias.asname or alias.name
    return alias.name.partition(".")[0]


def resolve(module: str, name: str) -> Any:
    """Return what a dotted name means in a module that is imported; None if it means nothing."""
    value: Any = sys.modules.get(module)
    for part in name.split("."):
        value = getattr(value, part, sys.modules.get(f"{module}.{part}"))
    return value


def _runs_in_worker(module: str) -> bool:
    """Whether a worker can import a module, so far as its own import statements show."""
    loaded = sys.modules.get(module)
    if not isinstance(loaded, ModuleType) or getattr(loaded, "__spec__", None) is None:
        return False
    file = getattr(loaded, "__file__", None) or ""
    if not file.endswith(".py") or is_installed(file):
        return True
    imports = stated_imports(Path(file).read_bytes() if Path(file).is_file() else b"")
    return not any(_is_of_harness(each) for each in imports)


def _is_of_harness(statement: Import) -> bool:
    root, _, rest = statement.module.partition(".")
    if root != "evenfold" or statement.level:
        return False
    return rest not in ("", "contract", "errors") or not IN_WORKER.issuperset(statement.names)
