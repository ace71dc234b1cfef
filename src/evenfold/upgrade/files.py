"""Files of upgrades: ``<results>/<machine>/upgrades/<name>.json``, written and read back."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path

from evenfold.files.path_names import slug_of
from evenfold.runtime.records import RecordType
from evenfold.runtime.results_folder import natural, read_each
from evenfold.upgrade.record import UpgradeRecord, upgrade_record
from evenfold.upgrade.record_checks import require_upgrade
from evenfold.upgrade.results import UpgradeResult

FOLDER = "upgrades"
SCHEMA = 1  # 1: the first
UPGRADE_FILE = RecordType(
    UpgradeRecord, SCHEMA, "saved upgrade of evenfold",
    "Run evenfold upgrade again, or remove the file", require_upgrade,
)  # fmt: skip


def save_upgrade(result: UpgradeResult, folder: Path) -> Path:
    """Save the table of an upgrade below the folder of its studies and races.

    Returns
    -------
    Path
        The new file; an older one of the same environments and data stays.

    Raises
    ------
    ResultsError
        The file cannot be written.
    """
    before, after = result.environments
    name = slug_of(f"{before.name}-{after.name}-{result.settings.dataset}")
    record = upgrade_record(result, _free_name(name, folder))
    file = folder / before.machine / FOLDER / f"{record.name}.json"
    UPGRADE_FILE.write(file, record)
    return file


def read_upgrades(paths: Iterable[Path]) -> tuple[list[UpgradeRecord], list[str]]:
    """Read every upgrade below the paths, in natural order.

    Returns
    -------
    upgrades
        Those that can be read.
    problems
        A line on each file that cannot be read.
    """
    files = (file for path in paths for file in _upgrade_files(path))
    upgrades, problems = read_each(files, UPGRADE_FILE.read)
    return [upgrade for _, upgrade in upgrades], problems


def _upgrade_files(path: Path) -> list[Path]:
    return sorted(path.rglob(f"{FOLDER}/*.json"), key=natural)


def _free_name(name: str, folder: Path) -> str:
    """Return the name, with ``-2`` and so on if an upgrade below the folder has it already."""
    taken = {file.stem for file in _upgrade_files(folder)}
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(free for free in names if free not in taken)
