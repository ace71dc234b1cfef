"""JSON records: what is read and written, and what an error names."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Annotated

import msgspec
import pytest

from evenfold.errors import ResultsError
from evenfold.runtime.records import RecordType, converted


@dataclass(frozen=True)
class Sample:
    seconds: float
    launch: Annotated[int, msgspec.Meta(ge=1)] = 1


@dataclass(frozen=True)
class Samples:
    name: str
    samples: tuple[Sample, ...]


def require_samples(record):
    if not record.samples:
        raise ValueError("it has no sample")


SAMPLES = RecordType(Samples, 2, "sample of evenfold", "Write it again.", require_samples)
RECORD = Samples("one", (Sample(0.5), Sample(math.inf, 2)))


@pytest.fixture
def file(tmp_path):
    SAMPLES.write(tmp_path / "one.json", RECORD)
    return tmp_path / "one.json"


def test_a_field_that_was_left_out_is_written_with_its_default(file):
    content = json.loads(file.read_text())
    del content["samples"][0]["launch"]
    file.write_text(json.dumps(content))
    SAMPLES.write(file, SAMPLES.read(file))
    assert 1 == json.loads(file.read_text())["samples"][0]["launch"]


def test_a_record_is_read_as_it_was_written(file):
    assert RECORD == SAMPLES.read(file)
    assert 2 == json.loads(file.read_text())["schema"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 3}, "has schema 3, this evenfold knows up to 2: read it with a newer evenfold"),
        (
            {"schema": None},
            "is not a sample of evenfold: it has no schema. Write it again.",
        ),
        ({"name": 5}, "name: expected `str`, got `int`. Write it again."),
        ({"more": 5}, "of evenfold: more: unknown field. Write it again."),
        ({"samples": [{"seconds": "x"}]}, r"samples[0].seconds: expected `float`, got `str`"),
        ({"samples": [{"seconds": 1, "launch": 0}]}, "samples[0].launch: expected `int` >= 1"),
        ({"samples": [{"seconds": 1, "x": 2}]}, "samples[0].x: unknown field"),
        ({"samples": [{}]}, "samples[0]: object missing required field `seconds`"),
        ({"samples": []}, "is not a whole sample of evenfold: it has no sample"),
    ],
)
def test_an_error_names_the_file_the_field_and_the_remedy(file, change, message):
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(ResultsError) as caught:
        SAMPLES.read(file)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["[1]", "5", "null"])
def test_json_that_is_no_object_is_refused(file, text):
    file.write_text(text)
    with pytest.raises(ResultsError, match="it has no schema"):
        SAMPLES.read(file)


def test_a_value_of_another_type_is_a_value_error():
    with pytest.raises(ValueError, match=r"^expected `int`, got `str`$"):
        converted("x", int)


@dataclass(frozen=True)
class Anything:
    content: dict[str, object]


def test_values_that_are_nested_too_deeply_are_a_value_error():
    """A file of a stranger is one message, not the end of a command that reads others too."""
    nested: object = "bottom"
    for _ in range(5000):
        nested = {"in": nested}
    with pytest.raises(ValueError, match="its values are nested too deeply"):
        converted({"content": nested}, Anything)
