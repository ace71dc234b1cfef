"""``environment.json``: the environment of results, beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from evenfold.errors import ResultsError
from evenfold.runtime.environment import SCHEMA
from evenfold.runtime.record_checks import require_date, require_names
from evenfold.runtime.records import converted, read_record


class DuplicatesRecord(TypedDict):
    """The fields of ``evenfold.data.duplicates.Duplicates``."""

    splits: int
    shared_rows: int
    test_rows: int
    conflicting_rows: int


class FindingRecord(TypedDict):
    """The fields of ``evenfold.diagnostics.finding.Finding``."""

    code: str
    message: str
    subjects: list[str]


class EnergyRecord(TypedDict):
    """The energy of a model's fits, as the named counters have it."""

    sources: list[str]
    joules: list[float]


class EnvironmentRecord(TypedDict, total=False):
    """The fields of an ``environment.json``; older files lack some."""

    name: str
    machine: str
    python: str
    versions: dict[str, str]
    system: str
    processor: str
    cores: int
    gpus: list[str]
    threads: int | None
    determinism: bool
    flags: dict[str, str]
    revision: str | None
    data: str
    splits: str
    engine: str
    run_seed: int
    seeds: int
    duplicates: DuplicatesRecord
    models: list[str]
    reference: str
    skipped: dict[str, str]
    epochs: dict[str, int]
    energy: dict[str, EnergyRecord]
    findings: list[FindingRecord]
    written: str


def read_environment(file: Path) -> dict[str, Any]:
    """Read an ``environment.json``.

    Raises
    ------
    ResultsError
        The file is missing, truncated, of another kind, of a newer schema, or has a field that
        cannot be. The message names the file and the field.
    """
    content = read_record(file, "name", SCHEMA, "is not an environment.json of evenfold")
    try:
        converted(content, EnvironmentRecord, refuse_unknown=False)
        require_names(content)
        if (written := content.get("written")) is not None:
            require_date("written", written)
    except ValueError as error:
        raise ResultsError(f"{file}: {error}") from error
    return content
