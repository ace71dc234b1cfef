"""Results of the scripts in ``experiments/``: JSON files in folders of that name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from evenfold.errors import ResultsError
from evenfold.runtime.record_checks import is_printable
from evenfold.runtime.records import read_record
from evenfold.runtime.results_folder import natural, read_each

Content = TypeVar("Content")


class MeasuredHere:
    """A record whose ``environment``, as in an ``environment.json``, names where it was made."""

    environment: Mapping[str, Any]

    @property
    def machine(self) -> str:
        """The machine's name."""
        return str(self.environment["machine"])

    @property
    def name(self) -> str:
        """The environment's name."""
        return str(self.environment["name"])


def require_texts(record: object, names: Iterable[str]) -> None:
    """Raise ValueError, naming the field, unless the texts of a record can be printed."""
    for name in names:
        if not is_printable(getattr(record, name)):
            raise ValueError(f"{name}: {getattr(record, name)!r} cannot be printed")


@dataclass(frozen=True)
class Experiment(Generic[Content]):
    """A kind of file.

    Parameters
    ----------
    name
        The name of the script, with which the names of its files begin.
    key
        A field that every such file has.
    schema
        The newest schema that can be read.
    from_content
        Converts and checks the content of a file. Raises ValueError or KeyError.
    """

    name: str
    key: str
    schema: int
    from_content: Callable[[dict[str, Any]], Content]

    def read(self, file: Path) -> Content:
        """Read a file.

        Raises
        ------
        ResultsError
            The file is missing, truncated, of another kind, of a newer schema, or has a field that
            cannot be. The message names the file and the field.
        """
        script = f"experiments/{self.name}.py"
        remedy = f"write it anew with {script}, or remove it"
        content = read_record(file, self.key, self.schema, f"is not of {script}: {remedy}")
        try:
            return self.from_content(content)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            problem = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise ResultsError(f"{file} is not complete: {problem}: {remedy}") from error

    def read_below(self, paths: Iterable[Path]) -> tuple[list[Content], list[str]]:
        """Read every such file below the paths, in natural order.

        Returns
        -------
        contents
            The content of each file that can be read.
        problems
            A line on each file that cannot be read.
        """
        pattern = f"experiments/{self.name}*.json"
        files = (file for path in paths for file in sorted(path.rglob(pattern), key=natural))
        contents, problems = read_each(files, self.read)
        return [content for _, content in contents], problems
