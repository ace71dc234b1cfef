"""The committed table of constructs: complete, current, with no wrong cell, proven able to fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import ROOT
from builders.constructs import all_constructs
from builders.engine_breakages import BREAKAGES
from evenfold.errors import ResultsError
from evenfold.worker.engines.choice import VERSIONS

ENVIRONMENTS = ["tf2.8", "tf2.15", "tf2.16", "tf2.21"]


@pytest.fixture
def records(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import construct_records

    return construct_records


@pytest.fixture
def studies(records):
    return records.read_studies()


@pytest.fixture
def table(records):
    import engine_table

    return engine_table


def test_there_is_a_record_of_every_environment(studies):
    assert ENVIRONMENTS == [study.environment for study in studies]


def test_every_record_is_of_the_present_engine(studies):
    assert {VERSIONS["tensorflow"]} == {study.engine_version for study in studies}


def test_every_record_has_every_construct(studies):
    expected = {construct.name: construct.group for construct in all_constructs()}
    for study in studies:
        assert expected == {result.name: result.group for result in study.constructs}


def test_no_construct_is_wrong(studies):
    wrong = [(s.environment, r.name) for s in studies for r in s.constructs if r.status == "wrong"]
    assert [] == wrong


def test_every_construct_that_the_engine_trains_is_seen_to_be_wrong_when_it_is_broken(studies):
    missed = [
        (study.environment, result.name)
        for study in studies
        for result in study.constructs
        if result.status == "equal" and result.caught is not True
    ]
    assert [] == missed


def test_what_is_left_to_fit_has_a_reason(studies):
    for study in studies:
        for result in study.constructs:
            assert bool(result.reason) == (result.status in ("left to fit", "not in this version"))


def test_the_newest_keras_has_nearly_all_constructs(studies):
    absent = [r for r in studies[-1].constructs if r.status == "not in this version"]
    assert len(all_constructs()) >= 250
    assert len(absent) <= 20


def test_every_breakage_is_of_some_construct():
    assert set(BREAKAGES) == {construct.caught_by for construct in all_constructs()}


def test_the_page_shows_the_records(studies, table):
    text = table.PAGE.read_text(encoding="utf-8")
    assert table.page_with(text, studies) == text


def test_a_wrong_construct_stands_on_the_page(records, table, studies):
    first = studies[0]
    wrong = replace(first.constructs[0], status="wrong")
    changed = replace(first, constructs=[wrong, *first.constructs[1:]])
    page = table.page_with(f"{table.BEGIN}{table.END}", [changed, *studies[1:]])
    assert f"is wrong on 1: {wrong.name}." in page
    assert f"| {wrong.name} | **wrong** |" in page


def test_holm_judges_all_constructs_together(records):
    """The second is below level / 2, the third not below level / 1 once the first two are out."""
    results = [
        records.ConstructResult(name, "layers", "equal", 1e-4, p=p)
        for name, p in (("a", 0.001), ("b", 0.004), ("c", 0.02))
    ]
    judged = records.judged_by_holm(results, 0.01)
    assert ["wrong", "wrong", "equal"] == [result.status for result in judged]


def test_a_run_that_continues_keeps_what_is_right_and_of_the_same_engine(records, studies):
    from engine_constructs import kept

    result = records.ConstructResult
    right = result("a", "layers", "equal", 1e-5, caught=True)
    others = [
        result("b", "layers", "wrong", 1e-5),
        result("c", "layers", "equal", 1e-5),
        result("d", "layers", "equal", 1e-5, caught=False),
        result("gone", "layers", "left to fit", 1e-5),
    ]
    new = replace(studies[-1], constructs=[])
    old = replace(new, constructs=[right, *others])
    assert [right] == kept(old, new, ["a", "b", "c", "d"]).constructs
    assert [] == kept(replace(old, engine_version=0), new, ["a"]).constructs


def test_a_record_that_is_not_whole_is_refused(records, tmp_path):
    file = tmp_path / "engine_constructs.tf2.21.json"
    file.write_text('{"schema": 1, "environment": "tf2.21"}')
    with pytest.raises(ResultsError, match="tensorflow"):
        records.read_studies(tmp_path)
