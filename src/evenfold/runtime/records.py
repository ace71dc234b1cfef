"""JSON records on disk, converted to their types by msgspec: every error names file and field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from evenfold.errors import ResultsError
from evenfold.runtime.results_folder import read_json, write_json

Record = TypeVar("Record")


def no_check(record: object) -> None:
    """Accept every record: its types say all."""


@dataclass(frozen=True)
class RecordType(Generic[Record]):
    """A kind of JSON file: an object with a ``schema`` number beside the fields of its record.

    Parameters
    ----------
    type
        The dataclass or ``msgspec.Struct`` that the fields are converted to. A Struct with
        ``forbid_unknown_fields`` also refuses fields that it does not have.
    schema
        The newest schema number that can be read; it is written into new files.
    name
        The kind in messages, as in ``"a race of evenfold"``.
    remedy
        What a user does about a file that cannot be read: a sentence, or nothing.
    check
        Checks that involve several fields. Raises ValueError or EvenfoldError.
    """

    type: type[Record]
    schema: int
    name: str
    remedy: str = ""
    check: Callable[[Record], None] = no_check

    def read(self, file: Path) -> Record:
        """Read a file.

        Raises
        ------
        ResultsError
            The file is missing, truncated, of another kind, of a newer schema, or has a field that
            cannot be. The message names the file and the field.
        """
        content = read_json(file)
        schema = content.get("schema") if isinstance(content, dict) else None
        if not isinstance(schema, int):
            raise ResultsError(self._sentence(f"{file} is not {self.name}: it has no schema"))
        if schema > self.schema:
            raise ResultsError(
                f"{file} has schema {schema}, this evenfold knows up to {self.schema}: "
                "read it with a newer evenfold"
            )
        try:
            return self.from_fields({k: v for k, v in content.items() if k != "schema"})
        except (ValueError, ResultsError) as error:
            text = f"{file} is not a whole record of {self.name}: {error}"
            raise ResultsError(self._sentence(text)) from error

    def from_fields(self, fields: dict[str, Any]) -> Record:
        """Convert and check the fields of a file. Raises ValueError, naming the field."""
        record = converted(fields, self.type)
        self.check(record)
        return record

    def write(self, file: Path, record: Record) -> None:
        """Write a record so that a reader finds the old file or the whole new one.

        Raises
        ------
        ResultsError
            The file cannot be written.
        """
        write_json(file, {"schema": self.schema, **msgspec.to_builtins(record)})

    def _sentence(self, problem: str) -> str:
        return f"{problem}. {self.remedy}" if self.remedy else problem


def converted(content: object, record_type: type[Record]) -> Record:
    """Convert JSON content to a type.

    Raises
    ------
    ValueError
        The content does not have the type: ``launches[1].seconds: expected `float`, got `str```.
    """
    try:
        return msgspec.convert(content, record_type)
    except msgspec.ValidationError as error:
        problem, _, field = str(error).partition(" - at ")
        where = field.strip("`").removeprefix("$").removeprefix(".")
        raise ValueError(f"{where}: {problem}" if where else problem) from error
