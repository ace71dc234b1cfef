"""Tables for notebooks: verdicts that are marked."""

from __future__ import annotations

import pandas as pd
import pytest

from evenfold.render.notebook import html_table

TABLE = pd.DataFrame([["a", "slower", "better"]], columns=["model", "training", "verdict"])


@pytest.mark.parametrize(("verdicts", "marked"), [((), 1), (("training",), 2)])
def test_verdicts_are_marked_in_columns_of_that_name_and_in_those_named(verdicts, marked):
    assert marked == html_table(TABLE, "", verdicts=verdicts).count("font-weight: bold;")
