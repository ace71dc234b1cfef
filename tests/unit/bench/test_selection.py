"""Which benchmarks run, and the reasons of those that do not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from evenfold.bench.selection import of_main_table, runnable
from evenfold.plugins.stated_kind import states_network

IS_NETWORK = {"net": True, "trees": False, "broken": None}


def item(full=False, **parameters):
    call = SimpleNamespace(params=parameters)
    return SimpleNamespace(callspec=call, get_closest_marker=lambda name: full or None)


def run(absent=()):
    return SimpleNamespace(absent={"cpu": None, **dict(absent)}, is_network=IS_NETWORK.get)


def test_the_main_table_needs_what_has_no_mark():
    items = [item(), item(full=True), item(full=True)]
    selection = of_main_table(items)
    assert items[:1] == selection.items
    assert ["2 benchmarks left out: --full runs them"] == selection.notes()
    assert [] == of_main_table(items[:1]).notes()


def test_each_reason_is_counted_once():
    gpu = [item(device="gpu", contender=name) for name in IS_NETWORK]
    paths = [
        item(device="cpu", contender=name, path=path)
        for name in IS_NETWORK
        for path in ("predict", "function", "call")
    ]
    selection = runnable([*gpu, *paths], run({"gpu": "no GPU"}))
    # A model that cannot be loaded fails in its benchmarks.
    assert [p for p in paths if p.callspec.params["contender"] != "trees"] + [paths[3]] == sorted(
        selection.items, key=lambda i: i.callspec.params["contender"] == "trees"
    )
    assert [
        "3 benchmarks left out: no GPU",
        "2 benchmarks left out: an estimator is no network: it has the paths predict and onnx",
    ] == selection.notes()


def test_benchmarks_of_a_users_own_run():
    items = [SimpleNamespace(get_closest_marker=lambda name: None), item(device="tpu"),
             item(path="/tmp/file", contender="net")]  # fmt: skip
    assert items == list(runnable(items, run()).items)


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("MODEL = Model(build)", False),
        ("MODEL = evenfold.Model(build, layout='sequence', epochs=3)", True),
        ("MODEL = Model(build, **options)", None),
        ("MODEL = Model(a) if x else Model(b, epochs=2)", None),
        ("MODEL = make()", None),
        ("MODEL = Model(", None),
    ],
)
def test_a_file_states_whether_its_model_is_a_network(tmp_path, text, states):
    """It is not run: it may change what other models are measured with."""
    (tmp_path / "m.py").write_text(f"raise SystemExit\n{text}\n")
    assert states is states_network(tmp_path / "m.py")
    assert states_network(tmp_path / "absent.py") is None
