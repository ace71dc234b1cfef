"""What Python code gives as an option: names of columns, a folder, an environment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import evenfold
from evenfold.errors import UsageError
from evenfold.option_values import as_names


@pytest.mark.parametrize(
    ("names", "expected"),
    [("a", ("a",)), (["a", "b"], ("a", "b")), (0, ("0",)), (np.int64(0), ("0",)),
     ([0, "b"], ("0", "b")), (None, ())],
)  # fmt: skip
def test_columns_may_be_numbers_and_none(names, expected):
    assert expected == as_names(names)


def test_a_folder_of_results_is_a_path():
    with pytest.raises(UsageError, match=r"^3 is not a folder: give a text or a pathlib.Path$"):
        evenfold.load(3)


def test_an_environment_is_a_text():
    frame = pd.DataFrame({"a": range(20), "y": ["p", "q"] * 10})
    with pytest.raises(UsageError, match=r"^env is 3: give the name of one environment as a text"):
        evenfold.score("majority", frame, "y", env=3)
