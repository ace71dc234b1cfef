"""The bench suites as a user runs them: in a process, from the checkout's root."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from builders import ROOT
from builders.models import ESTIMATOR, NETWORK
from builders.processes import outside_xdist

QUICK = (
    "--benchmark-max-time=0.01",
    "--benchmark-min-rounds=2",
    "--benchmark-calibration-precision=2",
)


@pytest.fixture(scope="module")
def short_run(tmp_path_factory, framework):
    """One shortened run with a user's own models, two of them broken; read by many tests."""
    place = tmp_path_factory.mktemp("bench")
    models = place / "own"
    models.mkdir()
    (models / "brand_new.py").write_text(NETWORK)
    (models / "bayes.py").write_text(ESTIMATOR)
    (models / "broken.py").write_text("def build(:\n")
    (models / "explodes.py").write_text(ESTIMATOR.replace("return G", "raise ValueError(3)\n    G"))
    # Dropout at inference: call and predict then disagree; 64 units, so never by luck alike.
    wide = NETWORK.replace("Dense(4", "Dense(64")
    (models / "noisy.py").write_text(
        wide.replace("    return model\n", "    call = model.call\n"
                        "    model.predict = lambda x, **k: __import__('numpy').asarray("
                        "model(x, training=True))\n    return model\n")
    )  # fmt: skip
    names = ["majority", "brand_new[epochs=4]", "brand_new", "bayes", "broken", "explodes", "noisy"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "bench/",
        "--benchmark-only",
        "--full",
        "-rfs",
        *QUICK,
    ]
    command += [*QUICK, *(part for name in names for part in ("--model", name))]
    command += ["--models", models, "--results", place / "results", "--machine", "abacus"]
    command += [
        "--rounds",
        "2",
        "-k",
        "(training or rows1) and not rows1024",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=900,
        env=outside_xdist(),
    )
    files = list((place / "results").rglob("bench.json"))
    return done, json.loads(files[0].read_text(encoding="utf-8")) if files else None, files


def entries(bench, kind, model):
    found = [entry["extra_info"] for entry in bench["benchmarks"]]
    return [info for info in found if info["kind"] == kind and info["model"] == model]


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_results_land_by_machine_and_environment(short_run):
    _, _, files = short_run
    assert 1 == len(files)
    assert "abacus" == files[0].parts[-3]
    environment = json.loads((files[0].parent / "environment.json").read_text())
    assert files[0].parts[-2] == environment["name"]
    assert {"versions", "python", "processor", "cores", "threads", "flags", "revision"} <= set(
        environment
    )


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_a_new_file_is_measured_and_nothing_else_was_changed(short_run):
    _, bench, _ = short_run
    info = entries(bench, "training", "brand_new")[0]
    assert (3, 2, 2) == (info["epochs"], len(info["seeds"]), len(info["accuracy"]))
    assert 2 == len(set(info["seeds"]))
    assert info["parameters"] > 100
    assert info["peak_bytes"] > info["before_bytes"] > 0
    assert 4 == len(info["history"][0]["loss"]) + 1


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_a_variant_is_a_model_of_its_own(short_run):
    _, bench, _ = short_run
    assert 4 == entries(bench, "training", "brand_new[epochs=4]")[0]["epochs"]


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_every_path_is_measured_or_skipped_with_a_reason(short_run):
    done, bench, _ = short_run
    paths = {info["path"] for info in entries(bench, "inference", "brand_new")}
    assert {"predict", "call"} <= paths
    of_estimator = {info["path"] for info in entries(bench, "inference", "bayes")}
    assert {"predict"} == of_estimator - {"onnx"}
    assert "an estimator is no network" in done.stdout
    assert all(
        info["rows_per_second"] == pytest.approx(info["rows"] / info["latency_seconds"])
        for info in entries(bench, "inference", "brand_new")
    )


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_a_path_tells_what_it_took_to_make_and_by_how_much_it_differs(short_run):
    done, bench, _ = short_run
    told = {info["path"]: info for info in entries(bench, "inference", "brand_new")}
    for path, info in told.items():
        assert info["conversion_seconds"] > 0
        assert ("litert" in path or path in ("onnx", "savedmodel")) == (
            info["size_bytes"] is not None
        )
        assert ["50", "90", "99"] == list(info["percentiles"])
        assert sorted(info["percentiles"].values()) == list(info["percentiles"].values())
        assert info["exact"] == ("litert_" not in path)
        assert info["largest_difference"] <= (1e-5 if info["exact"] else 0.1)
    assert "brand_new: inference paths" in done.stdout


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_broken_models_fail_by_name_and_hide_no_others(short_run):
    done, bench, _ = short_run
    assert 1 == done.returncode
    assert re.search(r"model broken \(.*broken\.py\): line 1 is not Python", done.stdout)
    assert re.search(r"model explodes \(.*\): build raised ValueError", done.stdout)
    assert "Traceback" not in done.stdout + done.stderr
    assert entries(bench, "training", "majority")


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_dropout_left_on_at_inference_refuses_the_timing(short_run):
    """A path that does not give predict's probabilities fails, and its time is nowhere."""
    done, bench, _ = short_run
    assert re.search(r"FAILED .*test_inference\[.*noisy-cpu-call.*\]", done.stdout)
    assert [] == [e for e in entries(bench, "inference", "noisy") if e["path"] == "call"]


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_no_gpu_is_skipped_with_what_was_looked_for(short_run, framework):
    done, _, _ = short_run
    if framework.devices("gpu"):
        pytest.skip("there is a GPU here")
    assert "no GPU: " in done.stdout
    assert framework.missing("gpu") in done.stdout.replace("\n", " ")


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_the_terminal_ends_with_one_table(short_run):
    done, _, files = short_run
    tail = done.stdout[done.stdout.index("| model") :]
    assert "| brand_new[epochs=4]" in tail
    assert "confidence intervals" in tail
    assert f"Saved in {files[0]}" in tail
    assert 1 == done.stdout.count("| model ")


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_the_default_run_measures_what_the_table_needs(run_python, tmp_path, framework):
    """And shows what runs, and why the rest does not."""
    if framework.devices("gpu"):
        pytest.skip("there is a GPU here")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "net.py").write_text(NETWORK)
    done = run_python(
        "-m", "pytest", "bench/", "--benchmark-only", "-p", "no:cacheprovider", *QUICK,
        "--models", tmp_path / "own", "--model", "net", "--model", "majority",
        "--results", tmp_path / "results",
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    (file,) = tmp_path.rglob("bench.json")
    infos = [entry["extra_info"] for entry in json.loads(file.read_text())["benchmarks"]]
    assert 2 == sum(info["kind"] == "training" for info in infos)
    assert not any("peak_bytes" in info for info in infos)
    found = {(i["model"], i["path"], i["rows"]) for i in infos if i["kind"] == "inference"}
    expected = [("net", "predict"), ("net", "function"), ("majority", "predict")]
    assert found == {(*who, rows) for who in expected for rows in (1, 1024)}
    assert "breast_cancer, 455 training and 114 test rows" in done.stdout
    assert "10 benchmarks left out: no GPU: " in done.stdout
    assert "2 benchmarks left out: an estimator is no network" in done.stdout
    assert "164 benchmarks left out: --full runs them" in done.stdout
    assert re.search(r"8 passed, 176 deselected", done.stdout)


@pytest.mark.slow(reason="pytest starts in a process of its own")
def test_a_model_spoils_no_model_before_it(run_python, tmp_path):
    """Its file is not run before its turn, which is when its change of the process counts."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "nice.py").write_text(f"import os\nos.nice(1)\n{ESTIMATOR}")
    done = run_python(
        "-m", "pytest", "bench/", "--benchmark-only", "-p", "no:cacheprovider", *QUICK,
        "--models", tmp_path / "own", "--model", "majority", "--model", "nice", "--model",
        "logistic_regression", "-k", "training", "--rounds", "1", "--results", tmp_path / "results",
    )  # fmt: skip
    assert 1 == done.returncode, done.stdout + done.stderr
    assert "logistic_regression is not measured: nice changed the priority" in done.stdout
    assert re.search(r"2 passed, \d+ deselected, 1 error", done.stdout)
    assert "--full runs them" not in done.stdout


@pytest.mark.slow(reason="pytest starts in a process of its own")
def test_what_only_a_full_run_measures_is_named_as_such(run_python, tmp_path):
    done = bench(run_python, "--model", "majority", "-k", "rows65536", "--results", tmp_path)
    assert 5 == done.returncode
    assert "--full runs them" in done.stdout
    assert "nothing was measured" in done.stdout


@pytest.mark.slow(reason="the benchmark of a network in a process of its own")
def test_the_largest_batch_tells_its_memory_and_the_test_part_its_scores(run_python, tmp_path):
    """Of every path that is there; a rounded one has scores of its own beside those of predict."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "net.py").write_text(NETWORK)
    done = bench(
        run_python, *QUICK, "--models", tmp_path / "own", "--model", "net", "--model", "majority",
        "--full", "-k", "rows65536 or rowstest", "--results", tmp_path / "results",
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    (file,) = tmp_path.rglob("bench.json")
    told = [entry["extra_info"] for entry in json.loads(file.read_text())["benchmarks"]]
    large = {(info["model"], info["path"]): info for info in told if info["rows"] == 65536}
    assert {("net", "predict"), ("net", "call"), ("majority", "predict")} <= set(large)
    for info in large.values():
        # Where the system tells it at all: the outputs alone take a quarter of a megabyte.
        assert info["peak_bytes"] is None or 250_000 < info["peak_bytes"] < 5e9
        assert 65536 / info["latency_seconds"] == pytest.approx(info["rows_per_second"])
    of_test = [info for info in told if "scores" in info]
    assert {(info["model"], info["path"]) for info in of_test} == set(large)
    for info in of_test:
        assert {"accuracy", "log_loss"} <= set(info["scores"])
        for name, score in info["scores"].items():
            near = pytest.approx(info["scores_of_predict"][name], abs=1e-4)
            assert not info["exact"] or score is None or score == near
    assert "peak MB" in done.stdout


def bench(run_python, *arguments, **environment):
    return run_python(
        "-m", "pytest", "bench/", "--benchmark-only", "-q", "-p", "no:cacheprovider", *arguments,
        **environment,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--dataset", "iris"), "no dataset 'iris': give one of breast_cancer, wine, digits"),
        (("--dataset", "none.csv", "--target", "y"), "none.csv: there is no such file"),
        (("--dataset", "own.csv"), "own.csv: which column holds the labels?"),
        (("--target", "y"), "--target does not go with breast_cancer, which is built in"),
        (("--model", "../x"), "'../x' is not a model's name"),
        (("--model", "conv9d"), "no model 'conv9d': there are conv1d"),
        (("--models", "nowhere"), "no folder of models at"),
        (("--epochs", "0"), "'0' is not a whole number of at least 1"),
        (("--device", "tpu"), "invalid choice: 'tpu'"),
        (("-n", "2"), "timings under pytest-xdist would share the cores"),
    ],
)
@pytest.mark.slow(reason="pytest starts in a process of its own")
def test_wrong_input_is_one_message(run_python, arguments, message):
    """Exit code 4, pytest's own for usage, and no traceback."""
    done = bench(run_python, *arguments)
    assert 4 == done.returncode
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_place_that_cannot_be_written_is_told_before_anything_runs(run_python, tmp_path):
    """Not after the last fit, when its results would be lost."""
    (tmp_path / "file").write_text("")
    done = bench(run_python, "--model", "majority", "--results", tmp_path / "file")
    assert 4 == done.returncode
    assert "results cannot be written in " in done.stderr
    assert "give another folder with --results" in done.stderr
    assert "test_training" not in done.stdout


@pytest.mark.slow(reason="pytest starts in a process of its own")
def test_a_gpu_that_is_not_there_is_a_usage_error(run_python, framework):
    if framework.devices("gpu"):
        pytest.skip("there is a GPU here")
    done = bench(run_python, "--device", "gpu", "--model", "majority")
    assert 4 == done.returncode
    assert "device gpu: no GPU: " in done.stderr


@pytest.mark.slow(reason="pytest starts in a process of its own")
def test_a_backend_that_is_not_there_is_a_usage_error(run_python):
    done = bench(run_python, "--model", "majority", KERAS_BACKEND="mxnet")
    assert 4 == done.returncode
    assert "KERAS_BACKEND=mxnet, but Keras can run on" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,y\n1,0\n2,0\n", "a classifier needs at least two classes"),
        ("a,y\n1,0\n2,1\n", "2 rows have 2 different labels"),
        ("a,y\n1,0\nx,1\n", "line 3, column 'a': expected a number, found 'x'"),
    ],
)
@pytest.mark.slow(reason="pytest starts in a process of its own")
def test_a_bad_table_is_told_before_anything_runs(run_python, tmp_path, text, message):
    (tmp_path / "own.csv").write_text(text)
    dataset = ("--dataset", tmp_path / "own.csv", "--target", "y", "--model", "majority")
    done = bench(run_python, *dataset)
    assert 4 == done.returncode
    assert message in done.stderr


@pytest.mark.slow(reason="pytest starts in a process of its own")
def test_a_table_of_ones_own_with_groups_and_several_classes(run_python, tmp_path):
    rows = [f"{i % 7},{i % 3},{'abc'[i % 3]},p{i % 11}" for i in range(99)]
    (tmp_path / "own.csv").write_text("\n".join(["u,v,label,who", *rows]))
    done = bench(
        run_python, *QUICK, "--dataset", tmp_path / "own.csv", "--target", "label",
        "--group", "who", "--model", "logistic_regression", "--results", tmp_path / "results",
        "-k", "training or rows1-",
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "own, holdout split" in done.stdout


@pytest.mark.slow(reason="a whole benchmark run in a process of its own")
def test_a_number_of_threads_is_an_environment_of_its_own(run_python, tmp_path):
    """It does not take the place of a run with as many as the framework takes."""
    done = bench(
        run_python, *QUICK, "--model", "majority", "-k", "training", "--threads", "1",
        "--results", tmp_path,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    (file,) = tmp_path.rglob("environment.json")
    told = json.loads(file.read_text())
    assert (1, file.parent.name) == (told["threads"], told["name"])
    assert told["name"].endswith("-1thread")


@pytest.mark.slow(reason="pytest starts in a process of its own")
def test_with_benchmarks_disabled_the_suites_run_once_as_tests(run_python, tmp_path):
    """Also under pytest-xdist, since nothing is timed."""
    done = run_python(
        "-m", "pytest", "bench/", "--benchmark-disable", "-n", "1", "-q", "-p", "no:cacheprovider",
        "--model", "majority", "-k", "training or inference", "--results", tmp_path,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.slow(reason="pytest starts in a process of its own")
def test_a_run_of_skips_alone_fails_under_xdist_too(run_python, tmp_path):
    done = run_python(
        "-m", "pytest", "bench/", "--benchmark-disable", "-n", "1", "-q", "-p", "no:cacheprovider",
        "--model", "majority", "-k", "inference and function", "--results", tmp_path,
    )  # fmt: skip
    assert 5 == done.returncode, done.stdout + done.stderr
    assert "nothing was measured" in done.stdout
