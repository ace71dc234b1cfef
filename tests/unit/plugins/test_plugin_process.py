"""Datasets and metrics run in processes of their own: what they do ends in one message."""

from __future__ import annotations

import gc
import os

import numpy as np
import pytest

from builders.processes import running
from evenfold.data.datasets import built_in
from evenfold.data.frames import from_frame
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError, PluginError
from evenfold.plugins import datasets, metrics, plugin_process, run_dataset
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.metrics import find_metric
from evenfold.plugins.plugin_process import RaisedError
from evenfold.runtime.child_process import ChildProcess
from evenfold.worker.error_text import MOST_CHARACTERS

DATASET = """
import os, sys
import numpy as np
from evenfold import Dataset
x, y = np.arange(80.0).reshape(40, 2), np.arange(40) % 2
def made(**k):
    values = dict(name="d", x=x, y=y, feature_names=("a", "b"), class_names=("n", "p"))
    return Dataset(**{**values, **k})
"""
METRIC = "import os, sys\nimport numpy as np\nfrom evenfold import Metric\n"
ODD = "class Odd(Exception):\n    def __str__(self): raise ValueError\n"
ARGUMENTS = np.array([0, 1, 1]), np.array([[0.5, 0.5]] * 3), None


@pytest.fixture
def opened(tmp_path):
    """Opens the dataset of a file."""

    def run(text):
        (tmp_path / "mine.py").write_text(DATASET + text + "\n")
        return open_dataset(DatasetOptions("mine", datasets=(tmp_path,)))

    return run


@pytest.fixture
def metric(tmp_path):
    """Finds the metric of a file."""

    def run(text):
        (tmp_path / "own.py").write_text(METRIC + text + "\n")
        return find_metric("own", [tmp_path], tmp_path).plugin

    return run


def test_a_dataset_is_what_its_function_returns(opened, capfd):
    here = os.getcwd()
    dataset = opened(
        "def DATASET():\n    print('reading')\n    os.chdir('/')\n"
        "    return made(positive=1, groups=np.array(list('abcd') * 10, object), notes=('n',))"
    )
    assert ("mine", 1, ("n",), (40, 2)) == (
        dataset.name, dataset.positive, dataset.notes, dataset.x.shape
    )  # fmt: skip
    assert list("abcd") * 10 == list(dataset.groups)
    assert here == os.getcwd()
    # What it prints is there, though its process is ended once it has answered.
    captured = capfd.readouterr()
    assert "" == captured.out
    assert "reading" in captured.err


def test_names_and_classes_of_numpy_are_plain(opened):
    """As ``np.unique`` and ``np.argmax`` return them."""
    dataset = opened(
        "names = np.unique(np.array(['n', 'p']))\n"
        "DATASET = lambda: made(class_names=tuple(names), positive=np.int64(0), name=names[0],"
        " feature_names=np.array(['a', 'b']), notes=[np.str_('note')])"
    )
    assert (("n", "p"), ("a", "b"), 0) == (
        dataset.class_names, dataset.feature_names, dataset.positive
    )  # fmt: skip


def test_a_table_keeps_its_plan_and_its_columns(opened):
    """As ``read_table`` returns them."""
    import pandas as pd

    frame = pd.DataFrame({"a": list("xyz") * 8, "b": [1.0, None] * 12, "y": [0, 1, 1, 0] * 6})
    expected = from_frame(frame, TableOptions(target="y"))
    dataset = opened(
        "def DATASET():\n    import pandas as pd\n"
        "    from evenfold.data.frames import from_frame\n"
        "    from evenfold.data.table_options import TableOptions\n"
        "    frame = pd.DataFrame({'a': list('xyz') * 8, 'b': [1.0, None] * 12,"
        " 'y': [0, 1, 1, 0] * 6})\n"
        "    return from_frame(frame, TableOptions(target='y'))"
    )
    assert expected.fingerprint == dataset.fingerprint
    assert (expected.plan, expected.columns) == (dataset.plan, dataset.columns)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("os._exit(0)", "its process ended: exit code 0"),
        ("def DATASET(): os.abort()", "its process ended: signal 6"),
        ("def DATASET(): raise KeyboardInterrupt", "raised KeyboardInterrupt"),
        ("def DATASET(): sys.exit(0)", "raised SystemExit: 0"),
        (ODD + "def DATASET(): raise Odd", "raised Odd: its message cannot be shown"),
        ("def DATASET(): raise ValueError('x' * 10**7)", "raised ValueError: xxx"),
        ("DATASET = dict", "no signature found|expected evenfold.Dataset"),
        ("DATASET = lambda: made(x=x + 1j)", "inputs have the type complex128"),
        ("DATASET = lambda: made(x=x.astype(object))", "inputs have the type object"),
        ("DATASET = lambda: made(y=y + 0.25)", "labels have the type float64"),
        ("DATASET = lambda: made(notes=5)", "notes"),
        ("DATASET = lambda: made(class_names=(0, 1))", "class_names"),
    ],
)
def test_a_dataset_that_misbehaves_is_named(opened, text, message):
    with pytest.raises((PluginError, DataError), match=rf"dataset mine .*{message}") as raised:
        opened(text)
    assert len(str(raised.value)) < 2 * MOST_CHARACTERS


def test_a_dataset_that_does_not_end_has_a_bound(opened, monkeypatch):
    monkeypatch.setattr(datasets, "SECONDS_TO_OPEN", 2.0)
    with pytest.raises(PluginError, match=r"dataset mine .*no answer within 2 s"):
        opened("while True: pass")


def test_a_metric_computes_in_its_process_and_ends_with_its_last_use(metric, capfd):
    """It gets copies, which it may change."""
    own = metric(
        "def f(y, p, q):\n    print('noise')\n    p[:] = 7\n    return float(os.getpid())\n"
        "METRIC = Metric(f, rope=0.02, low=0, lower_is_better=True)"
    )
    assert (0.02, 0, np.inf, True) == (own.rope, own.low, own.high, own.lower_is_better)
    process = int(own.function(*ARGUMENTS))
    assert process != os.getpid()
    assert running(process)
    assert 0.5 == ARGUMENTS[1].max()
    assert "" == capfd.readouterr().out
    del own
    gc.collect()
    assert not running(process)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no METRIC"),
        ("os._exit(0)", "its process ended: exit code 0"),
        ("METRIC = Metric(5)", "5 is not a function"),
        ("METRIC = Metric(len, rope='x')", "rope='x' is not a number"),
        ("METRIC = Metric(len, rope=np.nan)", "rope=nan is not a number"),
        (ODD + "raise Odd", "raised Odd at import"),
    ],
)
def test_a_metric_that_cannot_be_used_is_named(metric, text, message):
    with pytest.raises(PluginError, match=rf"metric own .*{message}"):
        metric(text)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("sys.exit(0)", "SystemExit: 0"),
        ("1j", "TypeError"),
        ("None", "TypeError"),
        ("10 ** 400", "OverflowError"),
    ],
)
def test_what_the_function_of_a_metric_raises_is_reported(metric, body, message):
    with pytest.raises(RaisedError, match=message):
        metric(f"METRIC = Metric(lambda y, p, q: {body})").function(*ARGUMENTS)


def test_a_metric_that_ends_its_process_or_takes_too_long_is_an_error(metric, monkeypatch):
    own = metric("METRIC = Metric(lambda y, p, q: os._exit(3))")
    for _ in range(2):
        with pytest.raises(PluginError, match=r"metric own .*its process ended: exit code 3"):
            own.function(*ARGUMENTS)
    monkeypatch.setattr(metrics, "SECONDS_TO_COMPUTE", 1.0)
    slow = metric("import time\nMETRIC = Metric(lambda y, p, q: time.sleep(600))")
    for _ in range(2):  # the first reason
        with pytest.raises(PluginError, match=r"metric own .*no answer within 1 s"):
            slow.function(*ARGUMENTS)


CLOSED = "import time\ndef DATASET():\n    os.closerange(3, 200)\n    time.sleep(1000)"


def test_a_dataset_that_closes_its_pipe_and_runs_on_has_a_bound(opened, monkeypatch):
    monkeypatch.setattr(plugin_process, "SECONDS_TO_END", 0.2)
    with pytest.raises(PluginError, match="it closed its output and was killed"):
        opened(CLOSED)


SPREAD = """
def f(y, p, q):
    if len(y) == 5 and 3 not in p[:, 1]: sys.exit()
    result, p[:] = p[:, 1].max() - y.mean(), 7
    return result
METRIC = Metric(f)
"""
ROWS = np.arange(6) % 2, np.c_[-np.arange(6.0), np.arange(6.0)], None, np.arange(6)


def test_a_metric_gets_the_rows_of_a_fit_once(metric, monkeypatch):
    """The scores without each row are those of the function; NaN where it fails."""
    own = metric(SPREAD)
    sent = []
    write = ChildProcess.write
    monkeypatch.setattr(
        ChildProcess, "write", lambda self, *args: (sent.append(1), write(self, *args))
    )
    y, p, positive, units = ROWS
    expected = [own.function(y, p, positive)]
    expected += [p[units != u, 1].max() - y[units != u].mean() for u in units]
    expected[1 + 3] = np.nan
    sent.clear()
    np.testing.assert_allclose(list(own.leave_out(*ROWS)), expected)
    assert [1] == sent
    assert 5 == p.max()


def test_scores_without_rows_that_nobody_waits_for_answer_nothing_else(metric):
    scores = (own := metric(SPREAD)).leave_out(*ROWS)
    next(scores)
    scores.close()
    with pytest.raises(PluginError, match="its process ended"):
        own.function(*ROWS[:3])


def test_nothing_follows_a_score_that_is_not_finite(metric):
    own = metric("METRIC = Metric(lambda y, p, q: np.nan if len(y) == 6 else 1.0)")
    for _ in range(2):
        np.testing.assert_equal(list(own.leave_out(*ROWS)), [np.nan])
    assert 1.0 == own.function(*ARGUMENTS)


def test_arrays_alone_are_written(tmp_path, monkeypatch):
    """NumPy 1 writes any other argument as an array too."""
    written = {}
    monkeypatch.setattr(np, "savez", lambda file, **arrays: written.update(arrays))
    run_dataset._written(built_in("wine"), tmp_path / "arrays.npz")
    assert {"x", "y"} == set(written)


def test_an_error_of_the_data_has_one_title(opened):
    with pytest.raises(DataError, match=r"^dataset mine \(.*\): d: labels have") as raised:
        opened("DATASET = lambda: made(y=y + 0.25)")
    assert 1 == str(raised.value).count("dataset mine")
