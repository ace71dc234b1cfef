"""False alarms and misses of races of a third party's suite, beside pytest-benchmark's gate.

``python experiments/suite_errors.py FILE`` downloads the sdist of cattrs with its benchmarks, makes
a git repository of it with four revisions, and measures both ways on them: ``same``, in which
nothing but a text file changes, and ``slower2`` and ``slower5``, in which every benchmark makes 102
or 105 calls where the base makes 100. ``evenfold race --suite`` races each against the base, and
two runs of pytest-benchmark are compared by ``--benchmark-compare-fail=median:3%``.

FILE, JSON, is written after each trial, so that an interrupted call continues where it stopped;
``--most 1`` makes one trial. ``evenfold report`` shows it if FILE is
``results/<machine>/experiments/suite_errors*.json``. Needs git, uv and access to a package index.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter

from commands import argument_parser, environment_record
from evenfold.render.tables import write
from evenfold.runtime import environment
from evenfold.runtime.results_folder import write_json
from evenfold.suite.error_record import (
    SUITE_ERRORS,
    SUITE_ERRORS_SCHEMA,
    GateTrial,
    SuiteErrors,
    SuiteTrial,
)
from evenfold.suite.error_tables import suite_errors_caption, suite_errors_table

PROJECT, VERSION, SUITE = "cattrs", "26.2.1", "bench/test_tuples.py"
DEPENDENCIES = ("attrs", "typing_extensions", "exceptiongroup")
GATE = "median:3%"
# Shares that are added, with the revision and the calls of a benchmark.
REVISIONS = {0.0: ("same", 100), 0.02: ("slower2", 102), 0.05: ("slower5", 105)}
HEAD = """

CALLS = {calls}


def repeated(function, *args):
    for _ in range(CALLS):
        value = function(*args)
    return value

"""


def run(*command, cwd=None, env=None, may_fail=False):
    """Run a command, and return it finished; end the script if it fails."""
    finished = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if finished.returncode and not may_fail:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{finished.stdout}\n{finished.stderr}")
    return finished


def make_repository(folder):
    """The project's repository with all revisions, and the variables of its processes."""
    downloads, packages = folder / "downloads", folder / "packages"
    run("uv", "pip", "install", "--quiet", "--target", packages, *DEPENDENCIES)
    download = ("pip", "download", "--quiet", "--no-binary", ":all:", "--no-deps")
    run(*download, "--dest", downloads, f"{PROJECT}=={VERSION}")
    (sdist,) = downloads.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    root = folder / f"{PROJECT}-{VERSION}"
    git = ("git", "-C", root, "-c", "user.name=experiment", "-c", "user.email=none@invalid")
    run(*git, "init", "--quiet")
    suite = root / SUITE
    original = suite.read_text()
    for revision, calls in (("base", 100), *REVISIONS.values()):
        suite.write_text(edited(original, calls))
        (root / "REVISION").write_text(revision)
        run(*git, "add", "--all")
        run(*git, "commit", "--quiet", "--message", revision)
        run(*git, "tag", revision)
    return root, {**os.environ, "PYTHONPATH": str(packages)}


def edited(text, calls):
    """The suite with a number of calls in place of one."""
    text = text.replace("    benchmark(", "    benchmark(repeated, ")
    place = text.index("\n\nHETERO_TUPLE")
    return text[:place] + HEAD.format(calls=calls) + text[place:]


def race(added, record, root, variables, folder):
    """Race the base against a revision once."""
    revision, _ = REVISIONS[added]
    started = perf_counter()
    finished = run(
        sys.executable, "-m", "evenfold", "race", "--suite", SUITE, "base#base", f"new#{revision}",
        "--margin", str(record.margin), "--budget", f"{record.budget:g}s", "--clock", record.clock,
        "--results", folder, "--name", f"trial-{len(record.trials)}", "--format", "json",
        cwd=root, env=variables,
    )  # fmt: skip
    rows = json.loads(finished.stdout)["benchmarks"]
    trial = SuiteTrial(
        added,
        tuple(row["ratio"] for row in rows),
        tuple(row["verdict"] for row in rows),
        rows[0]["launches"],
        round(perf_counter() - started, 1),
    )
    return replace(record, trials=(*record.trials, trial))


def compare_runs(added, record, root, variables, folder):
    """Run pytest-benchmark on the base and on a revision, and compare."""
    started, storage = perf_counter(), folder / f"saved-{len(record.gate_trials)}"
    medians, output = [], ""
    for name in ("base", REVISIONS[added][0]):
        run("git", "-C", root, "checkout", "--quiet", name)
        compare = ("--benchmark-compare", f"--benchmark-compare-fail={GATE}") if medians else ()
        finished = run(
            sys.executable, "-m", "pytest", SUITE, "-q", "-o", "addopts=", "-p", "no:cacheprovider",
            f"--benchmark-storage={storage}", f"--benchmark-save={name}", *compare,
            cwd=root, may_fail=True,
            env={**variables, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{variables['PYTHONPATH']}"},
        )  # fmt: skip
        output = finished.stdout + finished.stderr
        files = sorted(storage.glob(f"*/*_{name}.json"))
        if not files:
            sys.exit(f"pytest-benchmark failed:\n{output[-3000:]}")
        runs = json.loads(files[0].read_text())["benchmarks"]
        medians.append({one["fullname"]: one["stats"]["median"] for one in runs})
    ratios = [medians[1][name] / medians[0][name] for name in medians[0]]
    # By the rule of pytest-benchmark: the increase in percent is above the limit.
    regressed = [100 * (ratio - 1) > 3 for ratio in ratios]
    if any(regressed) != ("Performance has regressed" in output):
        sys.exit(f"pytest-benchmark does not say what its rule does:\n{output[-3000:]}")
    seconds = round(perf_counter() - started, 1)
    trial = GateTrial(added, tuple(ratios), tuple(regressed), seconds)
    return replace(record, gate_trials=(*record.gate_trials, trial))


def remaining(record, count):
    """What is left of so many races and pairs of runs of each share, in turns."""
    work = []
    for number in range(count):
        for added in REVISIONS:
            for trials, measure in ((record.trials, race), (record.gate_trials, compare_runs)):
                if sum(trial.added == added for trial in trials) <= number:
                    work.append((measure, added))
    return work


def read_saved(file, empty):
    """Record in the file, or the empty one; end the script if the file's settings differ."""
    if not file.exists():
        return empty
    record = SUITE_ERRORS.read(file)
    for name in ("machine", "suite", "clock", "margin", "budget", "gate"):
        saved, wanted = getattr(record, name), getattr(empty, name)
        if saved != wanted:
            sys.exit(f"{file} is of {name} {saved}, not {wanted}: give another file")
    if differs := environment.differences(record.environment, empty.environment):
        sys.exit(f"{file} is of another environment ({'; '.join(differs)}): give another file")
    return record


def read_options() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file to write, or to continue")
    parser.add_argument("--trials", type=int, default=10, help="trials of each share (default: 10)")
    parser.add_argument("--most", type=int, help="largest number of trials of this call")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of a race")
    parser.add_argument("--margin", type=float, default=0.01, help="margin (default: 0.01)")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="clock of races")
    return parser.parse_args()


def main() -> int:
    options = read_options()
    empty = SuiteErrors(environment_record(threads=1), f"{PROJECT} {VERSION}, {SUITE}",
                        options.clock, options.margin, options.budget, GATE)  # fmt: skip
    record = read_saved(options.file, empty)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        root, variables = make_repository(folder)
        for measure, added in remaining(record, options.trials)[: options.most]:
            record = measure(added, record, root, variables, folder)
            write_json(options.file, {"schema": SUITE_ERRORS_SCHEMA, **asdict(record)})
            print(measure.__name__, added, file=sys.stderr, flush=True)
    print(f"{write(suite_errors_table(record), 'markdown')}\n\n{suite_errors_caption(record)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
