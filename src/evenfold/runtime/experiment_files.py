"""What scripts of ``experiments/`` measured once: JSON files in folders called ``experiments``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from evenfold.errors import ResultsError
from evenfold.runtime.results_folder import Found, natural, read_each, read_record


@dataclass(frozen=True)
class Experiment(Generic[Found]):
    """A kind of file: the ``name`` of its script and of its files, as they begin.

    It has a ``key``, and a ``schema`` up to this one. ``made`` is what is made of it; it raises
    ValueError, TypeError, KeyError or AttributeError where that cannot be.
    """

    name: str
    key: str
    schema: int
    made: Callable[[dict[str, Any]], Found]

    def read(self, file: Path) -> Found:
        """A file, checked. Raises ResultsError, naming it and what is wrong, for one that is not.

        One that is truncated, foreign or newer is told so.
        """
        script = f"experiments/{self.name}.py"
        again = f"write it anew with {script}, or remove it"
        told = read_record(file, self.key, self.schema, f"is not of {script}: {again}")
        try:
            return self.made(told)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            words = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise ResultsError(f"{file} is not whole: {words}: {again}") from error

    def read_below(self, paths: Iterable[Path]) -> tuple[list[Found], list[str]]:
        """Every such file below the paths, in natural order; and a line on each that cannot be."""
        pattern = f"experiments/{self.name}*.json"
        files = (file for path in paths for file in sorted(path.rglob(pattern), key=natural))
        found, problems = read_each(files, self.read)
        return [one for _, one in found], problems
