"""JSON records on disk, converted to their types by msgspec: every error names file and field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from evenfold.errors import EvenfoldError, ResultsError
from evenfold.runtime.results_folder import read_json, write_json
from evenfold.runtime.typed import ValidationError, convert, to_builtins

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")
Value = TypeVar("Value")


def no_check(record: object) -> None:
    """Accept every record: its types say all."""


@dataclass(frozen=True)
class RecordType(Generic[Record]):
    """A kind of JSON file: an object with a ``schema`` number beside the fields of its record.

    Parameters
    ----------
    type
        The dataclass that the fields are converted to.
    schema
        The newest schema number that can be read; it is written into new files.
    name
        The kind in messages, as in ``"race of evenfold"``.
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
        foreign = self._sentence(f"is not a {self.name}: it has no schema")
        content = read_record(file, "schema", self.schema, foreign)
        try:
            return self.from_fields({k: v for k, v in content.items() if k != "schema"})
        except (ValueError, EvenfoldError) as error:
            text = f"{file} is not a whole {self.name}: {error}"
            raise ResultsError(self._sentence(text)) from error

    def from_fields(self, fields: dict[str, Any]) -> Record:
        """Convert and check the fields of a file. Raises ValueError, naming the field."""
        record = converted(fields, self.type)
        self.check(record)
        return record

    def to_fields(self, record: Record) -> dict[str, Any]:
        """Return the fields of a file."""
        # msgspec would leave out fields that had their defaults when a file was read.
        return asdict(record)

    def write(self, file: Path, record: Record) -> None:
        """Write a record so that a reader finds the old file or the whole new one.

        Raises
        ------
        ResultsError
            The file cannot be written.
        """
        write_json(file, {"schema": self.schema, **self.to_fields(record)})

    def _sentence(self, problem: str) -> str:
        return f"{problem}. {self.remedy}" if self.remedy else problem


def read_record(file: Path, key: str, newest: int, foreign: str) -> dict[str, Any]:
    """Read a JSON object with a ``schema`` number.

    Parameters
    ----------
    file
        The file.
    key
        A field that it has.
    newest
        The newest schema that can be read.
    foreign
        What a message says of a file of another kind: ``"is not a race"``.

    Raises
    ------
    ResultsError
        The file is missing, truncated, of another kind or of a newer schema.
    """
    content = read_json(file)
    schema = content.get("schema") if isinstance(content, dict) else None
    if not isinstance(schema, int) or key not in content:
        raise ResultsError(f"{file} {foreign}")
    if schema > newest:
        raise ResultsError(
            f"{file} has schema {schema}, this evenfold knows up to {newest}: "
            "read it with a newer evenfold"
        )
    return content  # type: ignore[no-any-return]


def converted(content: object, value_type: type[Value], refuse_unknown: bool = True) -> Value:
    """Convert JSON content to a type, and refuse fields that the type does not have.

    Parameters
    ----------
    content
        The content.
    value_type
        The type.
    refuse_unknown
        Whether to refuse fields that the type does not have, or to ignore them.

    Raises
    ------
    ValueError
        The content does not have the type: ``launches[1].seconds: expected `float`, got `str```.
    """
    try:
        value = convert(content, value_type)
    except RecursionError as error:
        raise ValueError("its values are nested too deeply") from error
    except ValidationError as error:
        problem, _, path = str(error).partition(" - at ")
        field = path.strip("`").removeprefix("$").removeprefix(".")
        problem = problem[:1].lower() + problem[1:]
        raise ValueError(f"{field}: {problem}" if field else problem) from error
    if refuse_unknown:
        try:
            _refuse_unknown_fields(content, to_builtins(value), "")
        except RecursionError as error:
            raise ValueError("its values are nested too deeply") from error
    return value


def _refuse_unknown_fields(content: object, fields: object, where: str) -> None:
    # msgspec refuses them by itself for its own structs only.
    if isinstance(content, dict) and isinstance(fields, dict):
        for name, value in content.items():
            if name not in fields:
                raise ValueError(f"{where}{name}: unknown field")
            _refuse_unknown_fields(value, fields[name], f"{where}{name}.")
    elif isinstance(content, list) and isinstance(fields, (list, tuple)):
        for number, (value, field) in enumerate(zip(content, fields, strict=False)):
            if isinstance(value, dict):
                _refuse_unknown_fields(value, field, f"{where.removesuffix('.')}[{number}].")
