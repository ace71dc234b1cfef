"""The experiment on diagnostics: its constructed cases, and the committed record."""

from __future__ import annotations

import copy
import json
from functools import cache
from itertools import product

import pytest

from builders import ROOT
from evenfold.check.diagnostic_rates import (
    DIAGNOSTIC_RATES,
    missed_cases,
    rates_caption,
    rates_conclusion,
    rates_table,
)
from evenfold.diagnostics.finding import CODES
from evenfold.errors import ResultsError

CASE = {"kind": "constructed", "must": ["EF001"], "may": ["EF012"], "trials": 10,
        "fired": {"EF001": 9, "EF005": 1, "EF012": 4}}  # fmt: skip


@cache
def cases():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "experiments"))
        from diagnostic_cases import constructed_cases
        from diagnostic_trials import fired_codes

    return {case.name: (case, fired_codes) for case in constructed_cases()}


def read(content, folder):
    file = folder / "diagnostics.json"
    file.write_text(json.dumps({"schema": 1, "cases": content}))
    return DIAGNOSTIC_RATES.read(file)


@pytest.mark.slow(reason="a trial of each constructed case, which fits some models")
def test_each_diagnostic_fires_where_it_must_and_is_silent_where_it_must():
    wrong = []
    for name, (case, fired_codes) in cases().items():
        fired = fired_codes(case.make(1))
        wrong += [f"{code} is silent: {name}" for code in case.must if code not in fired]
        known = {*case.must, *case.may}
        wrong += [f"{code} fires: {name}" for code in fired - known]
    assert [] == wrong


def test_every_code_of_a_study_has_a_case():
    covered = {code for case, _ in cases().values() for code in case.must}
    # Dates, categories of many levels and leading zeros have tests of the reading of tables.
    assert set(CODES) - {"EF016", "EF017", "EF018", "EF019"} == covered
    assert len(cases()) >= 40


def test_the_committed_rates_are_those_that_the_documents_state():
    rates = DIAGNOSTIC_RATES.read(ROOT / "results" / "experiments" / "diagnostics.json")
    constructed = [case for case in rates.cases.values() if case.kind == "constructed"]
    real = {name.split(", ")[0] for name, case in rates.cases.items() if case.kind == "real"}
    assert len(constructed) >= 40
    assert len(real) >= 12
    assert set(cases()) == {n for n, c in rates.cases.items() if c.kind == "constructed"}
    assert [] == list(missed_cases(rates, least=0.7, most=0.3))
    file = ROOT / "docs" / "decisions" / "141-diagnostics-are-findings-with-codes.md"
    decision = " ".join(file.read_text("utf-8").split())
    for kind, must in product(("constructed", "real"), (True, False)):
        fired, trials, _ = map(sum, zip(*(rates.share(c, kind, must) for c in CODES), strict=True))
        assert f"{fired:,} of {trials:,}" in decision
    for code, kind in product(CODES, ("constructed", "real")):
        fired, trials, _ = rates.share(code, kind, must=True)
        assert fired >= 0.75 * trials, code
        fired, trials, _ = rates.share(code, kind, must=False)
        assert fired <= 0.01 * trials, code


def test_a_share_counts_the_trials_where_a_code_must_or_must_not_fire(tmp_path):
    rates = read({"copies": CASE, "clean": {**CASE, "must": [], "fired": {"EF001": 2}}}, tmp_path)
    assert (9, 10, 1) == rates.share("EF001", "constructed", True)
    assert (2, 10, 1) == rates.share("EF001", "constructed", False)
    assert (0, 0, 0) == rates.share("EF012", "constructed", False)
    # No case is about EF016: that it is silent shows nothing.
    assert (0, 0, 0) == rates.share("EF016", "constructed", False)
    first = rates_table(rates).iloc[0]
    assert "9 of 10 (90 %), 1 case" == first["constructed: fired"]
    assert "fire in 90 % of the trials where they must" in " ".join(rates_conclusion(rates).split())
    assert "scikit-learn" in rates_caption()
    assert ["EF001 fires falsely in 20% of: clean"] == list(missed_cases(rates, 0.9, 0.15))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fired": {"EF001": 11}}, "fired"),
        ({"must": ["EF099"]}, "no diagnostic has the code 'EF099'"),
        ({"kind": "other"}, "kind"),
        ({"trials": 0}, "trials"),
    ],
)
def test_a_damaged_record_is_refused(change, message, tmp_path):
    with pytest.raises(ResultsError, match=message):
        read({"copies": {**copy.deepcopy(CASE), **change}}, tmp_path)
