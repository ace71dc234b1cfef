"""Readers of a user's files, settings, contenders, stores and histories of races."""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from commands import ROOT
from evenfold.errors import EvenfoldError

sys.path.insert(0, str(ROOT / "tests"))


def accepts(read: Callable[[], Any]) -> bool:
    """Whether what is read is accepted; a message for the user is the only other outcome."""
    try:
        read()
    except EvenfoldError as error:
        if not str(error).strip():
            raise AssertionError("a message without words") from error
        return False
    return True


def table(content: bytes, folder: Path) -> bool:
    """Read a user's CSV."""
    from evenfold.data.table_files import read_table

    file = folder / "d.csv"
    file.write_bytes(content)
    return accepts(lambda: read_table(file, "y").fingerprint)


def series(suffix: str) -> Callable[[bytes, Path], bool]:
    """Return the reader of a user's series."""

    def read(content: bytes, folder: Path) -> bool:
        from evenfold.data.series import read_series

        file = folder / f"d{suffix}"
        file.write_bytes(content)
        return accepts(lambda: read_series(file).fingerprint)

    return read


def contender(text: str, _: Path) -> bool:
    """Parse contenders, which no file is needed for."""
    from evenfold.race.contenders import name_contenders

    return accepts(lambda: name_contenders([text, text]))


def configuration(content: bytes | dict[str, Any], folder: Path) -> bool:
    """Read a project's settings, and use them as commands do."""
    from evenfold.config import read_config
    from evenfold.diagnostics.silence import silenced_codes
    from evenfold.runtime.interpreters import find_interpreter

    if not isinstance(content, bytes):
        content = toml_text(content).encode("utf-8", "surrogatepass")
    (folder / "pyproject.toml").write_bytes(content)

    def read() -> None:
        settings = read_config(folder)
        silenced_codes((), folder)
        for name in settings.environments:
            find_interpreter(name, folder)

    return accepts(read)


def toml_text(settings: Any) -> str:
    """Return a value as TOML: a table on one line, or a value that TOML lacks as JSON has it."""
    if isinstance(settings, dict):
        return f"tool = {_toml_value(settings)}\n"
    return f"tool = {json.dumps(settings)}\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        entries = (f"{json.dumps(name)} = {_toml_value(one)}" for name, one in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def store(example: tuple[str, Any], folder: Path) -> bool:
    """Read a store of fits with changed bytes, or with a wrong value in a column."""
    from evenfold.score.store import Store
    from evenfold.score.stored_scores import read_scores, read_seconds, read_stored_arrays

    kind, change = example
    file = folder / "s.sqlite"
    if kind == "bytes":
        file.write_bytes(change)
    else:
        file.write_bytes(stored_fits())
        name, column, value = change
        try:
            with closing(sqlite3.connect(file)) as connection, connection:
                connection.execute(f'UPDATE {name} SET "{column}" = ?', (value,))
        except (sqlite3.Error, OverflowError, UnicodeEncodeError):
            return False

    def read() -> None:
        stored = read_scores(file, ["accuracy"])
        read_seconds(file, ["a", "b"])
        read_stored_arrays(file, stored.table.assign(model="net", data="abc"))

    def resume() -> None:
        with Store(file) as opened:
            opened.get(["a", "b"])

    return accepts(read) & accepts(resume)


def history_of_races(content: Any, folder: Path) -> bool:
    """Read a machine's history of races, and plan a race by it."""
    from evenfold.race.history import history_file, read_history

    file = history_file(folder, "m")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(content), encoding="utf-8")
    return accepts(lambda: read_history(folder, "m"))


@cache
def stored_fits() -> bytes:
    """Return a store of two fits."""
    from builders.stores import make_store

    with tempfile.TemporaryDirectory() as folder:
        make_store(Path(folder) / "s.sqlite")
        return (Path(folder) / "s.sqlite").read_bytes()
