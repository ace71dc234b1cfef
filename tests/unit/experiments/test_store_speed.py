"""The experiment with a large store checks the tables, and not the clock alone."""

from __future__ import annotations

import json

import pytest

from builders import ROOT


@pytest.fixture
def store_speed(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import store_speed

    return store_speed


def test_it_prints_fits_and_seconds(run_python):
    process = run_python(ROOT / "experiments" / "store_speed.py", "--fits", 800, "--runs", 1)
    assert process.returncode in (0, 1), process.stderr  # 1: slow
    result = json.loads(process.stdout)
    assert (800, 1) == (result["fits"], len(result["beyond_imports_seconds"]))


@pytest.mark.parametrize(("was", "becomes"), [("|     20 |", "|     19 |"), ("0.9", "0.8")])
def test_wrong_tables_end_the_script(store_speed, tmp_path, was, becomes):
    file = tmp_path / "fits.sqlite"
    store_speed.make_store(file, 800)
    tables = store_speed.run_evenfold("compare", file).stdout
    assert 800 == store_speed.require_right(tables, file)
    assert was in tables
    with pytest.raises(SystemExit, match="the tables show"):
        store_speed.require_right(tables.replace(was, becomes, 1), file)
