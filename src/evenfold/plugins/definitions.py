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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from evenfold.plugins.imports import Import, stated_imports
from evenfold.worker.local_files import is_installed

FUTURE_ANNOTATIONS = "from __future__ import annotations"
# What a model's file may take from evenfold.
IN_WORKER = frozenset({"Model", "Task", "Fold", "Skip", "EvenfoldError", "contract", "errors"})
# The names of modules that no worker can import: a script's, and those of evenfold's own making.
NOT_IMPORTABLE = ("__main__", "__mp_main__", "evenfold_plugin_")


@dataclass(frozen=True)
class Definition:
    """A function or class with its source.

    Parameters
    ----------
    name
        Its name in the source.
    text
        The source, without indentation.
    namespace
        The values of global names, and of those of the functions around it.
    module_texts
        The sources in which a global name may be imported: the file, or a notebook's cells.
    file
        The name of the file that it was compiled from.
    has_future_annotations
        Whether annotations are not evaluated.
    """

    name: str
    text: str
    namespace: Mapping[str, Any]
    module_texts: tuple[str, ...]
    file: str
    has_future_annotations: bool

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
        return symtable.symtable(future + self.text, "<definition>", "exec")


def read_definition(value: Any) -> Definition | None:
    """Return a function or class with its source; None if the source cannot be read."""
    code = _code_of(value)
    if code is None:
        return None
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename)
    kinds = ast.ClassDef if isinstance(value, type) else (ast.FunctionDef, ast.AsyncFunctionDef)
    node = _find_node(lines, code.co_firstlineno, value.__name__, kinds)
    if node is None:
        return None
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    text = textwrap.dedent("".join(lines[first - 1 : node.end_lineno]))
    namespace, flags = _namespace(value), code.co_flags
    cells = [cell for cell in namespace.get("In", ()) if isinstance(cell, str)]
    future = bool(flags & __future__.annotations.compiler_flag)
    return Definition(
        value.__name__, text, namespace, ("".join(lines), *cells), code.co_filename, future
    )


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
        if _resolve(module, name) is value and _runs_in_worker(module):
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
    except (SyntaxError, ValueError):  # such as a cell with a command of the notebook
        return
    for node in sorted(ast.walk(tree), key=lambda node: -getattr(node, "lineno", 0)):
        for alias in reversed(getattr(node, "names", ())):
            if not isinstance(alias, ast.alias) or _bound_name(node, alias) != name:
                continue
            renamed = f" as {alias.asname}" if alias.asname else ""
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                value = _resolve(node.module, alias.name)
                yield f"from {node.module} import {alias.name}{renamed}", value
            elif isinstance(node, ast.Import) and alias.name in sys.modules:
                whole = alias.name if alias.asname else name
                yield f"import {alias.name}{renamed}", sys.modules.get(whole)


def _bound_name(node: ast.AST, alias: ast.alias) -> str:
    if alias.asname or isinstance(node, ast.ImportFrom):
        return alias.asname or alias.name
    return alias.name.partition(".")[0]


def _resolve(module: str, name: str) -> Any:
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


def _code_of(value: Any) -> CodeType | None:
    """The code of a function, or of the first method that a class defines."""
    if isinstance(value, type):
        own = [each for each in map(_function_of, vars(value).values()) if each is not None]
        named = [each for each in own if each.__qualname__.startswith(f"{value.__qualname__}.")]
        return named[0].__code__ if named else None
    function = _function_of(inspect.unwrap(value) if callable(value) else value)
    return None if function is None else function.__code__


def _function_of(value: Any) -> FunctionType | None:
    if isinstance(value, property):
        value = value.fget
    value = getattr(value, "__func__", value)
    return value if isinstance(value, FunctionType) else None


def _namespace(value: Any) -> dict[str, Any]:
    """The values of the names that a function or the methods of a class use."""
    members = vars(value).values() if isinstance(value, type) else [inspect.unwrap(value)]
    names: dict[str, Any] = {base.__name__: base for base in getattr(value, "__bases__", ())}
    for function in filter(None, map(_function_of, members)):
        names = {**function.__globals__, **names, **inspect.getclosurevars(function).nonlocals}
    return names


def _find_node(
    lines: list[str], line: int, name: str, kinds: type[ast.AST] | tuple[type[ast.AST], ...]
) -> Any:
    """Return the innermost definition of a name around a line; None if there is none."""
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
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
