"""Files of races: written, read back, and found by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import count
from pathlib import Path
from typing import Any

from evenfold.errors import ResultsError, did_you_mean
from evenfold.race.record import Race, require_whole
from evenfold.race.settings import RaceSettings
from evenfold.runtime.records import RecordType
from evenfold.runtime.results_folder import natural, read_each, read_json

# 1: the first; 2: differences of paths that round; 3: clocks; 4: jit_compile; 5: counterbalanced
# blocks, and a prior; 6: confidence, and launches that are prepared ahead
SCHEMA = 6
SETTINGS = frozenset(field.name for field in fields(RaceSettings))


@dataclass(frozen=True)
class Races:
    """Races with their files, and a message about each file that could not be read."""

    races: tuple[tuple[Path, Race], ...]
    problems: tuple[str, ...]


class RaceFile(RecordType[Race]):
    """The file of a race: its settings stand beside its other fields."""

    def from_fields(self, content: dict[str, Any]) -> Race:
        """Convert and check the fields of a file. Raises ValueError, naming the field."""
        settings = {name: content[name] for name in SETTINGS & content.keys()}
        rest = {name: value for name, value in content.items() if name not in SETTINGS}
        try:
            return super().from_fields({"settings": settings, **rest})
        except ValueError as error:
            raise ValueError(str(error).removeprefix("settings.")) from error

    def to_fields(self, record: Race) -> dict[str, Any]:
        """Return the fields of a file."""
        content: dict[str, Any] = {}
        for name, value in super().to_fields(record).items():
            content.update(value if name == "settings" else {name: value})
        return content


RACE_FILE = RaceFile(Race, SCHEMA, "race of evenfold", "", require_whole)


def write_race(file: Path, race: Race) -> None:
    """Write a race so that a reader finds the old file or the whole new one.

    Raises
    ------
    ResultsError
        The file cannot be written.
    """
    RACE_FILE.write(file, race)


def read_race(file: Path) -> Race:
    """Read and check a race.

    Raises
    ------
    ResultsError
        The file is not a whole race; the message names the file and the field.
    """
    return RACE_FILE.read(file)


def race_files(path: Path) -> list[Path]:
    """Return the files of races that a path is or holds, in natural order."""
    if path.is_file():
        return [path] if path.parent.name == "races" or _looks_like_a_race(path) else []
    return sorted(path.rglob("races/*.json"), key=natural)


def read_races(paths: Iterable[Path]) -> Races:
    """Read every race that the paths are or hold; files that cannot be read become problems."""
    files = (file for path in paths for file in race_files(path))
    races, problems = read_each(files, read_race)
    return Races(tuple(races), tuple(problems))


def find_race(name: str, folders: Iterable[Path]) -> Path:
    """Find the file of a saved race by its path or its name, the newest if there are several.

    Raises
    ------
    ResultsError
        There is no such race.
    """
    saved = (file for folder in folders for file in race_files(folder))
    return newest_named(name, saved, "race")


def newest_named(name: str, saved: Iterable[Path], kind: str) -> Path:
    """Return the file that a name is or names among saved ones of a kind, the newest of several.

    Raises
    ------
    ResultsError
        None has this name.
    """
    if Path(name).is_file():
        return Path(name)
    known = list(saved)
    files = [file for file in known if file.stem == name]
    if not files:
        raise ResultsError(
            f"no saved {kind} {name!r}: give its file, or the name that it was saved as"
            f"{did_you_mean(name, [file.stem for file in known])}"
        )
    return max(files, key=lambda file: file.stat().st_mtime)


def free_name(name: str, folder: Path) -> str:
    """Return the name, with ``-2`` and so on if a race below the folder has it already."""
    taken = {file.stem for file in race_files(folder)}
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(free for free in names if free not in taken)


def _looks_like_a_race(file: Path) -> bool:
    if file.suffix != ".json":
        return False
    try:
        content = read_json(file)
    except ResultsError:
        return False
    return (
        isinstance(content, dict)
        and {"launches", "contenders"} <= content.keys()
        and "benchmarks" not in content
    )
