"""Messages about an import that fails in a plug-in or in one of its helpers."""

from __future__ import annotations

import traceback
from pathlib import Path

from evenfold.worker.error_text import error_message
from evenfold.worker.source_loader import source_label
from evenfold.worker.sources import SourceFile, Sources

# The package that stands for the folder of a model whose imports are relative to it.
FOLDER_PACKAGE = "evenfold_models"


def describe_import_error(error: BaseException, sources: Sources) -> str:
    """Return what is wrong, in which file and line, and what to do.

    Parameters
    ----------
    error
        What was raised while the plug-in's file ran.
    sources
        The sources of the plug-in.
    """
    if isinstance(error, SyntaxError):
        return describe_syntax_error(error, sources)
    if isinstance(error, ModuleNotFoundError):
        missing = missing_helper(error, sources)
        if missing:
            return f"{_in_helper(error, sources)}{missing}"
        if error.name is not None:
            return (
                f"{_in_helper(error, sources)}imports {error.name}, which is not installed here: "
                "import it inside build, and the model is skipped with that reason; a module of "
                f"yours belongs beside {sources.path.name}, as {error.name.partition('.')[0]}.py"
            )
    where = _in_helper(error, sources)
    message = error_message(error)
    return f"{where}raised {type(error).__name__} at import{': ' if message else ''}{message}"


def describe_syntax_error(error: SyntaxError, sources: Sources) -> str:
    """Return the line, and the file if it is a helper's, that is not Python."""
    helper = _labelled(error.filename, sources)
    file = f"{_short(helper.file, sources)}, " if helper is not None else ""
    line = f"line {error.lineno} " if error.lineno else ""
    return f"{file}{line}is not Python: {error.msg}"


def missing_helper(error: ModuleNotFoundError, sources: Sources) -> str:
    """Return what to do about a module that had to lie with the plug-in; "" for a package."""
    name = error.name or ""
    root = name.partition(".")[0]
    local = {helper.module.partition(".")[0] for helper in sources.helpers}
    if root == FOLDER_PACKAGE:
        relative = name[len(FOLDER_PACKAGE) :]
        return f"imports {relative}, which is not beside it: add the module, or remove the import"
    if root in local and root != name:
        return f"imports {name}, and {root} has no such module: add it, or remove the import"
    return ""


def helper_place(error: BaseException, sources: Sources) -> str:
    """Return the file and line of a helper in which an error was raised; "" if it was in none."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == source_label(sources.entry):
            return ""
        helper = _labelled(frame.filename, sources)
        if helper is not None:
            return f"{_short(helper.file, sources)}, line {frame.lineno}"
    return ""


def _in_helper(error: BaseException, sources: Sources) -> str:
    place = helper_place(error, sources)
    return f"{place}: " if place else ""


def _labelled(label: str | None, sources: Sources) -> SourceFile | None:
    for helper in sources.helpers:
        if helper.content is not None and source_label(helper) == label:
            return None if helper.file == sources.entry.file else helper
    return None


def _short(file: str, sources: Sources) -> str:
    """A helper's file, relative to the plug-in's folder where it lies below it."""
    try:
        return str(Path(file).relative_to(sources.path.parent))
    except ValueError:
        return file
