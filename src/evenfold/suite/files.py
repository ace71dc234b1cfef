"""Files of suites' races: written, checked when they are read, and found by name."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from evenfold.files.path_names import require_slug
from evenfold.race.files import newest_named
from evenfold.runtime.record_checks import is_number, is_printable, require_environment
from evenfold.runtime.records import RecordType
from evenfold.runtime.results_folder import natural, read_each
from evenfold.suite.record import SuiteLaunchRecord, SuiteRace

SUITE_SCHEMA = 2  # 1: the first; 2: launches that are prepared ahead


def _require_whole(race: SuiteRace) -> None:
    """Raise ValueError, naming the field, if a race from a file cannot be shown."""
    require_slug("a suite's race", race.name)
    require_slug("a machine", race.machine)
    names = Counter(contender.name for contender in race.contenders)
    if len(names) < 2 or max(names.values()) > 1:
        raise ValueError(f"contenders: expected two or more of different names, got {list(names)}")
    texts = [race.settings.suite, *names, *(benchmark.name for benchmark in race.benchmarks)]
    texts += [one.name for one in race.unraced]
    if not all(map(is_printable, texts)):
        raise ValueError("a name has characters that cannot be printed")
    settings = race.settings
    if not is_number(settings.confidence, 0.5, 1 - 1e-12) or not is_number(settings.margin, 0, 1e6):
        raise ValueError("confidence or margin: out of range")
    for contender in race.contenders:
        require_environment({"machine": race.machine, **contender.environment})
    if not race.launches:
        raise ValueError("launches: it has none")
    for number, launch in enumerate(race.launches):
        _require_samples(f"launches[{number}]", launch, race)
    if not all(0 < ratio.estimate < math.inf for ratio in race.all_ratios):
        raise ValueError("launches: the times are too far apart for a ratio")


def _require_samples(where: str, launch: SuiteLaunchRecord, race: SuiteRace) -> None:
    count = len(race.contenders)
    if len(launch.samples) != len(race.benchmarks):
        raise ValueError(f"{where}.samples: expected those of {len(race.benchmarks)} benchmarks")
    for samples in launch.samples:
        starts = range(0, len(samples.order), count)
        blocks = [sorted(samples.order[start : start + count]) for start in starts]
        if not blocks or any(block != list(range(count)) for block in blocks):
            raise ValueError(f"{where}.order: a block has not every contender once")
        if len(samples.seconds) != len(samples.order):
            raise ValueError(f"{where}: order and seconds need one value for each sample")


SUITE_FILE = RecordType(SuiteRace, SUITE_SCHEMA, "suite's race of evenfold", "", _require_whole)


def suite_files(path: Path) -> list[Path]:
    """Return the files of suites' races that a path is or holds, in natural order."""
    if path.is_file():
        return [path] if path.parent.name == "suites" and path.suffix == ".json" else []
    return sorted(path.rglob("suites/*.json"), key=natural)


def read_suite_races(paths: Iterable[Path]) -> tuple[list[tuple[Path, SuiteRace]], list[str]]:
    """Read every suite's race that the paths are or hold; files that cannot be read are problems.

    Returns
    -------
    list
        The races with their files.
    list
        A message about each file that cannot be read.
    """
    read, problems = read_each((f for path in paths for f in suite_files(path)), SUITE_FILE.read)
    return list(read), list(problems)


def find_suite_race(name: str, folders: Iterable[Path]) -> Path:
    """Find the file of a saved race by its path or its name, the newest if there are several.

    Raises
    ------
    ResultsError
        There is no such race.
    """
    saved = (file for folder in folders for file in suite_files(folder))
    return newest_named(name, saved, "race of a suite")
