"""Loading a module from the bytes of its source, never from a file or from bytecode."""

from __future__ import annotations

import hashlib
import importlib.util
import linecache
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Callable

from evenfold.worker.sources import SourceFile

if TYPE_CHECKING:
    from evenfold.worker.source_modules import SourceModules

GET_CODE = "get_code"


class SourceLoader(SourceFileLoader):
    """Loads a module from the bytes of its source."""

    def __init__(self, name: str, source: SourceFile, modules: SourceModules) -> None:
        """Compile nothing yet."""
        super().__init__(name, source.file)
        self.source = source
        self.modules = modules

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the plug-in's own module where a helper imports it by the name of its file."""
        return self.modules.entry if self._is_entry() else None

    def exec_module(self, module: ModuleType) -> None:
        """Compile and run the source, unless it is that of the plug-in, which runs already."""
        if not self._is_entry():
            super().exec_module(module)

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source; no bytecode is read or written."""
        return compile_source(self.source)

    def get_source(self, fullname: str) -> str:
        """Return the text of the source."""
        return importlib.util.decode_source(self.source.content or b"")

    def get_data(self, path: str) -> bytes:
        """Return the bytes of a source, or of a data file beside it."""
        content = self.source.content
        if path == self.source.file and content is not None:
            return content
        return super().get_data(path)

    def _is_entry(self) -> bool:
        entry = self.modules.sources.entry
        is_running = self.modules.entry is not None
        return is_running and self.source is not entry and self.source.file == entry.file


def compile_source(source: SourceFile) -> CodeType:
    """Compile a source, and give tracebacks and ``inspect`` its lines."""
    label = source_label(source)
    _show_lines(label, source)
    return compile(source.content or b"", label, "exec", dont_inherit=True)


def replaced_get_code(code_of: Callable[[str, str], CodeType | None]) -> Callable[[], None]:
    """Let Python's own loader of source files ask for code first.

    Parameters
    ----------
    code_of
        Returns the code of a module, by its name and file; None for the file's own.

    Returns
    -------
    callable
        Undoes it.
    """
    own = SourceFileLoader.__mro__[1:]
    usual = next(vars(base)[GET_CODE] for base in own if GET_CODE in vars(base))

    def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
        code = code_of(fullname, str(loader.path))
        found: CodeType | None = usual(loader, fullname) if code is None else code
        return found

    setattr(SourceFileLoader, GET_CODE, get_code)
    return lambda: delattr(SourceFileLoader, GET_CODE)


def source_label(source: SourceFile) -> str:
    """Return the file name in tracebacks of a module.

    It differs from the file's own name: ``inspect`` and the frameworks that translate a function's
    source would read the file again, which may have changed.
    """
    digest = hashlib.sha256(source.content or b"").hexdigest()
    return f"{source.file}@{digest[:8]}"


def _show_lines(label: str, source: SourceFile) -> None:
    """Give tracebacks and ``inspect`` the lines of a source."""
    try:
        text = importlib.util.decode_source(source.content or b"")
    except (SyntaxError, UnicodeDecodeError):  # compiling it says why
        return
    linecache.cache[label] = (len(text), None, text.splitlines(keepends=True), label)
