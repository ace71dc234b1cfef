"""The table of environments that results come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from evenfold.render.cells import NONE
from evenfold.render.words import counted
from evenfold.report.report_data import ReportData
from evenfold.runtime.results_folder import natural

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("tensorflow", "tensorflow-cpu", "jax", "torch", "keras", "numpy", "scikit-learn")
Record: TypeAlias = Mapping[str, Any]  # an environment.json


def environments_table(report_data: ReportData) -> pd.DataFrame:
    """Tabulate every environment that results come from, as its first record describes it."""
    import pandas as pd

    records = [(result.machine, result.environment) for result in report_data.results]
    records += [
        (study.machine, study.environment) for study in report_data.studies if study.environment
    ]
    records += [(scaling.machine, dict(scaling.environment)) for scaling in report_data.scalings]
    records += [(errors.machine, dict(errors.environment)) for errors in report_data.race_errors]
    for upgrade in report_data.upgrades:
        records += [(upgrade.machine, dict(record)) for record in upgrade.environments]
    records += [(errors.machine, dict(errors.environment)) for errors in report_data.suite_errors]
    for suite in report_data.suites:
        records += [(suite.machine, dict(one.environment)) for one in suite.contenders]
    for race in report_data.races:
        records += [(race.machine, dict(contender.environment)) for contender in race.contenders]
    first_records = {
        (machine, str(record.get("name")), _packages(record), _flags(record)): record
        for machine, record in reversed(records)
    }
    rows = [
        (machine, name, record.get("python"), *_hardware(record), _packages(record),
         _flags(record), record.get("revision") or NONE)
        for (machine, name, *_), record in sorted(first_records.items(), key=_order)
    ]  # fmt: skip
    columns = ["machine", "environment", "Python", "hardware", "system", "packages", "flags"]
    return pd.DataFrame(rows, columns=[*columns, "revision"])


def _order(item: tuple[tuple[str, str, str, str], Record]) -> tuple[list[tuple[int, str]], ...]:
    (machine, name, packages, flags), _ = item
    return natural(Path(machine, name)), [(0, packages), (0, flags)]


def _hardware(record: Record) -> tuple[str, str]:
    gpus = ", ".join(record.get("gpus") or [])
    cores = record.get("cores")
    counted_cores = counted(cores, "core") if isinstance(cores, int) else f"{NONE} cores"
    hardware = f"{record.get('processor', NONE)}, {counted_cores}"
    return hardware + f", {gpus}" * bool(gpus), str(record.get("system", NONE))


def _packages(record: Record) -> str:
    versions = record.get("versions", {})
    return ", ".join(f"{name} {versions[name]}" for name in PACKAGES if name in versions)


def _flags(record: Record) -> str:
    flags = record.get("flags", {}).items()
    return ", ".join(f"{name}={value}" for name, value in flags) or NONE
