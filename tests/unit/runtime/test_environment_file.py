"""``environment.json``: what evenfold writes is read, and names that cannot be are refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.errors import ResultsError
from evenfold.runtime.environment_file import read_environment
from strategies import PROPERTY

NAMES = {"schema": 1, "name": "tf9", "machine": "abacus"}


@pytest.fixture
def read(tmp_path):
    """Write the fields of an environment and read them again."""

    def read(**fields):
        file = tmp_path / "environment.json"
        file.write_text(json.dumps({**NAMES, **fields}))
        return read_environment(file)

    return read


@PROPERTY
@given(flag=st.text(), processor=st.text())
def test_flags_and_hardware_may_have_any_text(tmp_path_factory, flag, processor):
    """A flag from a file of settings may end in a line end, and some systems name no processor."""
    file = tmp_path_factory.mktemp("any") / "environment.json"
    fields = {**NAMES, "flags": {"XLA_FLAGS": flag}, "processor": processor}
    file.write_text(json.dumps(fields))
    assert fields == read_environment(file)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"machine": "../elsewhere"}, r"'\.\./elsewhere' is not a machine's name"),
        ({"machine": None}, "machine: expected `str`"),
        ({"name": ""}, "'' is not an environment's name"),
        ({"name": "two\nlines"}, "is not an environment's name"),
        ({"versions": ["numpy"]}, "versions: expected `object`"),
    ],
)
def test_names_that_cannot_be_and_other_types_are_refused(read, fields, message):
    with pytest.raises(ResultsError, match=message):
        read(**fields)
