"""Every reader of ``experiments/fuzz.py`` on a few examples: nothing but messages for the user."""

from __future__ import annotations

import itertools
import json
import random
import sys
from dataclasses import replace

import pytest

from builders import ROOT
from evenfold.bench.record import read_bench
from evenfold.bench.scaling_record import SCALINGS
from evenfold.bisect.record import BISECT_FILE
from evenfold.bisect.simulation_record import BISECT_SIMULATIONS
from evenfold.check.diagnostic_rates import DIAGNOSTIC_RATES
from evenfold.errors import ResultsError
from evenfold.history.other_tools import read_other_file
from evenfold.race.error_record import RACE_ERRORS
from evenfold.race.files import read_race
from evenfold.race.history import HISTORY_FILE
from evenfold.race.simulation_record import SIMULATIONS
from evenfold.runtime.environment_file import read_environment
from evenfold.score.battery_record import SCORE_BATTERIES
from evenfold.score.settling_record import SETTLING_RECORDS
from evenfold.suite.error_record import SUITE_ERRORS
from evenfold.suite.files import SUITE_FILE
from evenfold.upgrade.files import UPGRADE_FILE

sys.path.insert(0, str(ROOT / "experiments"))
import fuzz
import fuzz_changes
import fuzz_readers
import fuzz_results
import fuzz_targets
import fuzz_wire

QUICK = ("csv", "npz", "ts", "contender", "pyproject", "settings", "store", "wire", "samples",
         "greeting", "race_history")  # fmt: skip


@pytest.mark.parametrize("name", fuzz_targets.TARGETS)
def test_a_reader_raises_nothing_but_messages(name):
    counts = fuzz.run_target(fuzz_targets.TARGETS[name], 30 if name in QUICK else 5, seed=0)
    assert counts.examples


SOUND = {
    "csv": lambda: fuzz_targets.CSV,
    "npz": lambda: fuzz_results.npz(fuzz_targets.SERIES),
    "ts": lambda: fuzz_targets.TS,
    "pyproject": lambda: fuzz_targets.SETTINGS,
    "settings": lambda: {"evenfold": fuzz_targets.SETTINGS_TABLE},
    "store": lambda: ("bytes", fuzz_readers.stored_fits()),
    "wire": lambda: fuzz_wire.FIT,
    "samples": lambda: fuzz_wire.SAMPLES,
    "greeting": lambda: fuzz_wire.GREETING,
    "race_history": fuzz_results.past_races,
    "scores": lambda: sound(f"{fuzz_results.STUDY}.csv"),
    "predictions": lambda: sound(f"{fuzz_results.STUDY}.predictions.npz"),
    **{
        name: lambda name=name: json.loads(sound(RECORDS[name][0]))
        for name in ("bench", "race", "suite", "upgrade", "bisect")
    },
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_not_changed_is_accepted(name, tmp_path):
    """Else nothing but the first refusal of a reader would be looked at."""
    assert fuzz_targets.TARGETS[name].read(SOUND[name](), tmp_path)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("calibrate", {"repeats": 10**400}), ("sample", {"nanoseconds": 10**400, "units": 1}),
     ("sample", {"nanoseconds": 1, "units": 10**400}), ("sample", {"nanoseconds": 0, "units": 1})],
    ids=["repeats", "nanoseconds", "units", "no time"],
)  # fmt: skip
def test_counts_of_a_race_that_no_float_holds_are_refused(kind, answer, tmp_path):
    assert not fuzz_wire.samples({**fuzz_wire.SAMPLES, kind: answer}, tmp_path)


def test_rounds_are_added_to_the_file_and_other_sources_begin_again(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "environment_record", dict)
    monkeypatch.setattr(fuzz, "revision", lambda: "abc")
    file = tmp_path / "fuzz.json"
    for counts in (fuzz.Counts(3, 1, 2), fuzz.Counts(4, 0, 4)):
        fuzz.add_round(file, "csv", fuzz.HYPOTHESIS, 30.0, counts)
    entry = fuzz.entry_of(file, "csv", fuzz.HYPOTHESIS)
    assert (1.0, 7, 1, 6) == tuple(entry[n] for n in ("minutes", "examples", "accepted", "refused"))
    assert 0 == fuzz.entry_of(file, "csv", fuzz.ATHERIS)["minutes"]
    monkeypatch.setattr(fuzz, "revision", lambda: "def")
    assert 0 == fuzz.entry_of(file, "csv", fuzz.HYPOTHESIS)["minutes"]


def test_an_exception_that_is_no_message_is_reported_and_others_go_on(
    tmp_path, monkeypatch, capsys
):
    def read(example, _):
        raise RuntimeError(f"of {example}")

    targets = {name: fuzz_targets.TARGETS[name] for name in ("contender", "ts")}
    monkeypatch.setattr(fuzz, "TARGETS", targets | {"ts": replace(targets["ts"], read=read)})
    monkeypatch.setattr(fuzz, "environment_record", dict)
    file = tmp_path / "fuzz.json"
    arguments = ["fuzz.py", str(file), "--minutes", "0.02", "--only", "ts", "--only", "contender"]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit, match="not only messages: ts"):
        fuzz.main()
    assert "RuntimeError: of b'" in capsys.readouterr().err
    assert ["contender"] == list(json.loads(file.read_text())["targets"])


# Where a record is, what reads it, and how many pairs of a field and a value are tried at most.
RECORDS = {
    "bench": ("m/e/bench.json", read_bench, 1000),
    "environment": ("m/e/environment.json", read_environment, 600),
    "study": (f"{fuzz_results.STUDY}.environment.json", read_environment, 600),
    "race": ("m/races/r.json", read_race, 300),
    "upgrade": ("m/upgrades/u.json", UPGRADE_FILE.read, 1500),
    "scaling": ("m/experiments/scaling.json", SCALINGS.read, 300),
    "race_errors": ("m/experiments/race_errors_cpu.json", RACE_ERRORS.read, 150),
    "simulations": ("m/experiments/simulate_races.json", SIMULATIONS.read, 20),
    "bisect": ("m/bisects/b.json", BISECT_FILE.read, 600),
    "pytest_benchmark": (".benchmarks/pytest_benchmark.json", read_other_file, 300),
    "asv": (".benchmarks/asv.json", read_other_file, 300),
    "bisects": ("m/experiments/simulate_bisect.json", BISECT_SIMULATIONS.read, 60),
    "suite": (fuzz_targets.SUITE_FILES["suite"], SUITE_FILE.read, 300),
    "suite_errors": (fuzz_targets.SUITE_FILES["suite_errors"], SUITE_ERRORS.read, 300),
    "diagnostics": ("m/experiments/diagnostics.json", DIAGNOSTIC_RATES.read, 150),
    "settle": ("m/experiments/settle.json", SETTLING_RECORDS.read, 150),
    "race_history": (None, HISTORY_FILE.read, 300),
    "batteries": ("m/experiments/score_errors.json", SCORE_BATTERIES.read, 80),
}


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_is_refused_or_read_for_every_kind_of_wrong_value(name, tmp_path):
    """A message names the file; nothing but that and a record comes out of a reader."""
    source, read, most = RECORDS[name]
    text = json.dumps(fuzz_results.past_races()) if source is None else sound(source)
    content, file = json.loads(text), tmp_path / "record.json"
    assert read_json_as(read, file, content), "the sound record is read"
    cases = list(itertools.product(fuzz_changes.places(content), fuzz_changes.WRONG))
    cases = random.Random(0).sample(cases, min(most, len(cases)))
    refused = sum(
        not read_json_as(read, file, fuzz_changes.replaced(content, *case)) for case in cases
    )
    assert refused


def sound(source):
    return fuzz_results.sound_results()[source]


def read_json_as(read, file, content):
    file.write_text(json.dumps(content))
    try:
        read(file)
    except ResultsError as error:
        assert str(file) in str(error)  # noqa: PT017 - either outcome is right
        return False
    return True
