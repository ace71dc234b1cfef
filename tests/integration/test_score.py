"""``evenfold score`` as a process, with real workers: fits, failures, resuming, its words."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

from builders import ROOT
from builders.commands import run_command
from builders.models import DIVERGES, ESTIMATOR, NETWORK
from builders.processes import interruptible
from evenfold.data.splits import kfold

DIES = (
    "from evenfold import Model\ndef build(task):\n    import os\n    os._exit(7)\n"
    "MODEL = Model(build)\n"
)
HANGS = DIES.replace("import os\n    os._exit(7)", "import time\n    time.sleep(600)")
CRASHES = DIES.replace("os._exit(7)", "os.write(2, b'last words\\n'); os.kill(os.getpid(), 11)")
RAISES = DIES.replace("import os\n    os._exit(7)", "raise ValueError('boom')")
SMALL = ("--folds", "3", "--repeats", "2")
# How often a study is killed; EVENFOLD_KILLS=20 takes minutes.
KILLS = int(os.environ.get("EVENFOLD_KILLS", "3"))


def read(folder, name="breast_cancer"):
    """A study's scores, read to the last digit, as pandas' own reader does not in every version."""
    table = pd.read_csv(next(folder.rglob(f"{name}*.csv")), dtype=str)
    words = ["model", "dataset", "protocol", "split", "seed", "engine", "data", "rows"]
    return table.astype({name: float for name in table.columns if name not in words})


@pytest.fixture
def score(tmp_path):
    """Runs a study of named models, some written for it, into a folder of its own."""
    folder = tmp_path / "own"
    folder.mkdir()

    def run(names, *arguments, texts=None, **environment):
        for name, text in (texts or {}).items():
            (folder / f"{name}.py").write_text(text)
        return run_command(
            "score", *names, "--models", folder,
            "--results", tmp_path / "results", *arguments, **environment,
        )  # fmt: skip

    run.folder = folder
    run.results = tmp_path / "results"
    run.scores = lambda *name: read(tmp_path / "results", *name)
    return run


def test_estimators_score_as_in_cross_validate(score, cancer):
    """To the last digit, on the same splitter."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    done = score(["logistic_regression"], *SMALL)
    assert 0 == done.returncode, done.stderr
    folds = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    expected = cross_validate(
        pipeline, cancer.x, cancer.y, cv=folds, scoring=["accuracy", "roc_auc"]
    )
    found = score.scores()
    assert 6 == len(found)
    np.testing.assert_array_equal(sorted(expected["test_accuracy"]), sorted(found["accuracy"]))
    np.testing.assert_allclose(
        sorted(expected["test_roc_auc"]), sorted(found["roc_auc"]), rtol=0, atol=1e-12
    )


def test_a_repeated_study_runs_nothing(score):
    first = score(["majority"], *SMALL)
    again = score(["majority"], *SMALL)
    assert "evenfold: 6 fits to run, " in first.stderr
    assert "evenfold: 6 fits in " in first.stderr
    assert "evenfold: 6 fits: all of them saved, none to run\n" in again.stderr
    assert first.stdout == again.stdout
    planned = score(["majority"], "--folds", "3", "--repeats", "3", "--plan")
    # Another repeat changes no fit of the first two.
    assert "9 fits in all, 3 to run" in planned.stdout


def test_a_changed_file_or_seed_is_fitted_anew(score):
    score(["mine"], *SMALL, texts={"mine": ESTIMATOR})
    for arguments, texts in (
        ((), {"mine": ESTIMATOR + "# another\n"}),
        (("--seed", "1"), None),
        (("--engine", "keras"), None),
    ):
        planned = score(["mine"], *SMALL, *arguments, "--plan", texts=texts)
        assert "6 fits in all, 6 to run" in planned.stdout


@pytest.mark.slow(reason="a fit hangs until its timeout")
def test_fits_that_fail_fail_alone(score):
    """A crash, a hang and an exception are failed cells with reasons; the others finish."""
    texts = {"dies": DIES, "hangs": HANGS, "raises": RAISES, "crashes": CRASHES, "good": ESTIMATOR}
    done = score(["good", *sorted(set(texts) - {"good"})], "--folds", "2", "--repeats", "1",
                 "--timeout", "20", texts=texts)  # fmt: skip
    assert 3 == done.returncode
    assert "dies: its process ended: exit code 7" in done.stderr
    words = r"crashes: its process ended: signal 11 \(2 fits of .*crashes\.py: first .*\)"
    assert re.search(words + "\n  last words", done.stderr)
    assert "hangs: no answer within 20 s" in done.stderr
    assert "model raises" in done.stderr
    assert "boom" in done.stderr
    assert "Traceback" not in done.stderr
    assert {"good"} == set(score.scores()["model"])


@pytest.mark.slow(reason="workers import TensorFlow and train networks")
def test_a_training_that_diverges_is_a_failed_fit(score, framework):
    done = score(["wild", "good"], "--folds", "2", "--repeats", "1",
                 texts={"wild": DIVERGES, "good": ESTIMATOR})  # fmt: skip
    assert 3 == done.returncode
    assert "wild: the training diverged: a loss is not finite" in done.stderr
    assert {"good"} == set(score.scores()["model"])


@pytest.mark.slow(reason="workers import TensorFlow and train networks")
def test_in_any_process_the_same_seed_gives_the_same_fit(score, framework, tmp_path):
    """One worker or two, and so in another order: the same scores to the last digit."""
    found = []
    for jobs in ("1", "2"):
        shutil.rmtree(tmp_path / "results", ignore_errors=True)
        done = score(["net"], "--folds", "3", "--repeats", "1", "--jobs", jobs,
                     "--store", tmp_path / jobs, texts={"net": NETWORK})  # fmt: skip
        assert 0 == done.returncode, done.stderr
        found.append(untimed(score.scores()))
    pd.testing.assert_frame_equal(*found)


@pytest.mark.slow(reason="workers import TensorFlow and train networks")
def test_both_engines_train_networks(score, framework):
    for engine in ("compiled", "keras"):
        done = score(["net"], "--folds", "2", "--repeats", "1", "--engine", engine,
                     texts={"net": NETWORK.replace("epochs=3", "epochs=30")})  # fmt: skip
        assert 0 == done.returncode, done.stderr
        found = score.scores()
        used = "compiled" if engine == framework.name == "tensorflow" else found["engine"][0]
        assert {used} == set(found["engine"])
        assert found["accuracy"].min() > 0.9
        assert (found["peak_bytes"] > 0).all()


def test_the_files_hold_the_plan_and_its_predictions(score, cancer):
    score(["majority", "logistic_regression"], *SMALL)
    found = score.scores()
    assert found.equals(found.sort_values(list(found.columns[:5]), ignore_index=True))
    file = next(score.results.rglob("breast_cancer*.predictions.npz"))
    with np.load(file, allow_pickle=False) as arrays:
        row = found[found["model"] == "logistic_regression"].iloc[0]
        probabilities = arrays[f"{row['model']}/{row['split']}/{row['seed']}"]
        y = arrays[f"y/{row['split']}"]
        rows = arrays[f"rows/{row['split']}"]
    assert row["accuracy"] == np.mean(probabilities.argmax(axis=1) == y)
    assert "int64" == str(rows.dtype)
    assert y.tolist() == cancer.y[rows].tolist()
    assert {cancer.fingerprint} == set(found["data"])
    digests = {split.name: split.digest for split in kfold(cancer, 3, 2)}
    assert digests == dict(zip(found["split"], found["rows"], strict=True))


def test_one_model_under_two_names_is_never_better(score):
    texts = {"one": ESTIMATOR, "two": ESTIMATOR}
    done = score(["one", "two"], *SMALL, "--format", "json", texts=texts)
    verdicts = [row["verdict"] for row in json.loads(done.stdout)]
    assert "equivalent" == verdicts[1]


def test_fail_on_worse_is_an_exit_code(score):
    models = ["logistic_regression", "majority"]
    assert 1 == score(models, *SMALL, "--fail-on", "worse").returncode
    assert 0 == score(models[::-1], *SMALL, "--fail-on", "worse").returncode


def test_a_holdout_is_one_split_with_many_seeds(score):
    done = score(["majority"], "--protocol", "holdout", "--seeds", "4")
    assert "4 seeds of one split, of this split only" in done.stdout
    found = score.scores("breast_cancer.holdout")
    assert ({"holdout"}, 4) == (set(found["split"]), found["seed"].nunique())


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs POSIX signals")
@pytest.mark.slow(reason="workers import TensorFlow and train networks")
def test_killed_and_resumed_it_ends_as_if_undisturbed(score, tmp_path):
    """Killed at random moments, from the start to the files' writing, and begun anew when done."""
    models = ["hist_gradient_boosting", "logistic_regression", "dense_ann[epochs=2]"]
    started = time.monotonic()
    done = score(models, *SMALL)
    seconds = time.monotonic() - started
    assert 0 == done.returncode, done.stderr
    expected = untimed(score.scores())
    other = tmp_path / "other"
    command = [sys.executable, "-m", "evenfold", "score", *models, *SMALL,
               "--results", str(other), "--store", str(tmp_path / "fits.sqlite")]  # fmt: skip
    chance = random.Random(KILLS)
    for _ in range(KILLS):
        study = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=2)
        with suppress(subprocess.TimeoutExpired):
            study.wait(chance.uniform(0, seconds))
        study.send_signal(signal.SIGKILL)
        study.wait()
        if any(other.rglob("breast_cancer*.csv")):
            pd.testing.assert_frame_equal(expected, untimed(read(other)))
            shutil.rmtree(other)
            for file in tmp_path.glob("fits.sqlite*"):
                file.unlink()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert 0 == done.returncode, done.stderr
    pd.testing.assert_frame_equal(expected, untimed(read(other)))


def untimed(scores):
    return scores.drop(columns=["fit_seconds", "peak_bytes"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("conv9d",), "no model 'conv9d'"),
        (("../x",), "is not a model's name"),
        (("majority", "--folds", "1"), "Invalid value for '--folds'"),
        (("majority", "--dataset", "iris"), "no dataset 'iris'"),
        (("majority", "--folds", "213"), "class"),
    ],
)
def test_wrong_input_is_one_message_and_exit_2(tmp_path, arguments, message):
    done = run_command("score", *arguments, "--results", tmp_path)
    assert 2 == done.returncode
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_another_environment_is_another_study(score):
    """With other flags the fits are others, and so is the folder."""
    score(["majority"], *SMALL)
    other = ("--env", f"flagged={sys.executable},XLA_FLAGS=--seen=1")
    planned = score(["majority"], *SMALL, *other, "--plan")
    assert "6 fits in all, 6 to run" in planned.stdout
    assert 0 == score(["majority"], *SMALL, *other).returncode
    environment = json.loads(
        next(score.results.rglob("flagged/scores/*.environment.json")).read_text()
    )
    assert ("flagged", "--seen=1") == (environment["name"], environment["flags"]["XLA_FLAGS"])


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs POSIX signals")
def test_interrupted_it_says_so_and_keeps_what_is_finished(score, tmp_path):
    """Ctrl-C reaches the study and its workers at once."""
    pids = tmp_path / "pids"
    slow = ESTIMATOR.replace(
        "def build(task):",
        f"def build(task):\n    import os, time\n    open({str(pids)!r}, 'a')"
        ".write(f'{os.getpid()}\\n')\n    time.sleep(0.5)",
    )
    (score.folder / "slow.py").write_text(slow)
    command = ["score", "slow", "--models", score.folder,
               "--folds", "10", "--repeats", "10", "--results", score.results,
               "--jobs", "1"]  # fmt: skip
    study = interruptible(["-m", "evenfold", *command])
    until = time.monotonic() + 60
    while not (pids.exists() and len(pids.read_text().split()) > 3) and time.monotonic() < until:
        time.sleep(0.1)
    os.killpg(study.pid, signal.SIGINT)
    _, stderr = study.communicate(timeout=60)
    assert 130 == study.returncode
    saved = re.search(
        r"^evenfold: interrupted: (\d+) of 100 fits are saved; the same command continues$",
        stderr,
        re.MULTILINE,
    )
    assert saved, stderr
    assert 0 < int(saved[1]) < 100
    assert "Traceback" not in stderr
    planned = run_command(*command, "--plan").stdout
    assert f"100 fits, {100 - int(saved[1])} to run" in planned
    for worker in set(pids.read_text().split()):
        with pytest.raises(ProcessLookupError):
            os.kill(int(worker), 0)


FULL = """
import errno, sys
import numpy as np
from evenfold.cli.main import main

def full(*arguments, **options):
    raise OSError(errno.ENOSPC, "No space left on device")

np.{function} = full
sys.argv = ["evenfold", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("savez", "evenfold: No space left on device: finished work is saved"),
        ("savez_compressed", "predictions.npz cannot be written: No space left on device"),
    ],
)
def test_a_full_disk_is_one_message_and_no_half_of_a_study(run_python, tmp_path, function, message):
    """Where folds are laid down for the workers, and where the study's files are written."""
    arguments = ("score", "majority", *SMALL, "--results", tmp_path / "results")
    done = run_python("-c", FULL.format(function=function), *arguments)
    assert 2 == done.returncode
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not [*tmp_path.rglob("*.csv")]
    done = run_command(*arguments)
    assert 0 == done.returncode, done.stderr
    assert 6 == len(read(tmp_path / "results"))


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs POSIX signals")
def test_no_worker_outlives_a_killed_study(score, tmp_path):
    """A fit that hangs ends with the process that waits for it."""
    pid_file = tmp_path / "pid"
    writes_its_pid = f"open({str(pid_file)!r}, 'w').write(str(__import__('os').getpid()))"
    hangs = HANGS.replace("time.sleep(600)", f"{writes_its_pid}; time.sleep(600)")
    (score.folder / "hangs.py").write_text(hangs)
    command = [sys.executable, "-m", "evenfold", "score", "hangs", "--models", score.folder,
               "--results", tmp_path / "r", "--jobs", "1"]  # fmt: skip
    study = subprocess.Popen([*map(str, command)], cwd=ROOT, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < until:
        time.sleep(0.1)
    study.send_signal(signal.SIGKILL)
    study.wait()
    worker = int(pid_file.read_text())
    until = time.monotonic() + 10
    while is_running(worker) and time.monotonic() < until:
        time.sleep(0.1)
    assert not is_running(worker)


def is_running(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False
