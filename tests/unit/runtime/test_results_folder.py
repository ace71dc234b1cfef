"""Results on disk: where a run goes, and files that are whole or not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime

import pytest

from evenfold.errors import ResultsError
from evenfold.runtime import results_folder as folder
from evenfold.runtime.environment import Environment

WHEN = datetime(2026, 1, 2, 3, 4, 5)
ENVIRONMENT = Environment(
    name="tf9.9",
    machine="abacus-2c",
    python="3.12.1",
    versions={"numpy": "2.0"},
    system="Linux x86_64",
    processor="Abacus",
    cores=2,
)


@pytest.mark.parametrize(
    ("chosen", "complete", "base"),
    [
        (None, True, "results"),
        (None, False, ".evenfold/runs/20260102T030405"),
        ("mine", True, "mine"),
        ("mine", False, "mine"),
    ],
)
def test_where_a_run_goes(tmp_path, chosen, complete, base):
    """Only a complete default run goes into results, unless a folder is given."""
    results = None if chosen is None else tmp_path / chosen
    found = folder.run_folder(ENVIRONMENT, tmp_path, results, complete, WHEN)
    assert tmp_path / base / "abacus-2c" / "tf9.9" == found


def test_runs_of_the_same_second_have_folders_of_their_own(tmp_path):
    bases = [folder.results_base(tmp_path, None, False, WHEN).name for _ in range(3)]
    assert bases == ["20260102T030405", "20260102T030405-2", "20260102T030405-3"]


NEW = """
import sys
from datetime import datetime
from pathlib import Path
from evenfold.runtime.results_folder import results_base, write_json
base = results_base(Path(sys.argv[1]), None, False, datetime(2026, 1, 2))
assert base.is_dir()
if sys.argv[2:]:
    write_json(base / "machine" / "race.json", {})
sys.exit(2)
"""


def test_a_run_that_wrote_nothing_leaves_no_folder(tmp_path):
    def run(*more):
        subprocess.run([sys.executable, "-c", NEW, str(tmp_path), *more], check=False)
        return sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))

    assert [] == run()
    written = run("write")
    assert ".evenfold/runs/20260102T000000/machine/race.json" in written
    assert written == run()


def test_a_failed_write_leaves_the_old_file(tmp_path):
    """A file is the old one or the whole new one."""
    file = tmp_path / "bench.json"
    folder.write_json(file, {"old": 1})
    with pytest.raises(TypeError):
        folder.write_json(file, {"new": object()})
    assert {"old": 1} == json.loads(file.read_text())


FULL = """
import resource, signal, sys
from pathlib import Path
from evenfold.errors import ResultsError
from evenfold.runtime.results_folder import write_json
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_json(Path(sys.argv[1]), {"new": "x" * 5000})
except ResultsError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="there is no such limit")
def test_a_write_that_stops_half_way_leaves_the_old_file_and_no_part_of_the_new(tmp_path):
    """The system writes the first thousand bytes, as on a disk that is full."""
    file = tmp_path / "bench.json"
    folder.write_json(file, {"old": 1})
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(file)], capture_output=True, text=True, check=True
    )
    assert f"{file} cannot be written: File too large" == done.stdout.strip()
    assert {"old": 1} == json.loads(file.read_text())
    assert [file] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ResultsError, match=r"bench\.json cannot be written: "):
        folder.write_json(tmp_path / "taken" / "bench.json", {})


def test_numbers_in_texts_are_sorted_as_numbers():
    """Texts come from records of anyone: a number may have more digits than Python converts."""
    ordered = ["a", "tf2.8", "tf2.012", "tf2.12x", f"tf{'9' * 5000}", "²", "٣"]
    mixed = ordered[::-1]
    assert ordered == sorted(mixed, key=folder.natural_text)


def test_half_a_pair_of_surrogates_is_refused_where_json_is_read(tmp_path):
    """No page of a report could hold it; a whole pair, and what only looks like one, are text."""
    file = tmp_path / "bench.json"
    file.write_text('{"model": "\\ud83d\\ude00 \\\\ud800"}')
    assert {"model": "\U0001f600 \\ud800"} == folder.read_json(file)
    file.write_text('{"model": "\\ud800"}')
    with pytest.raises(
        ResultsError, match=r"bench\.json is truncated or not JSON: a text has half"
    ):
        folder.read_json(file)
