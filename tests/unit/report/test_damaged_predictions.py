"""A damaged file of predictions, or one of other fits: compare and report name it and go on."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.predicted_studies import predicted_study
from builders.saved_studies import predictions_file, save_study
from evenfold.report.compare import comparison_text, read_saved_results
from evenfold.report.compare_options import CompareOptions
from evenfold.report.pages import pages
from evenfold.report.reading import read_report_data
from evenfold.stats.score_intervals import Design
from strategies import PROPERTY

DAMAGED = "their predictions cannot be read"
OTHERS = "the saved predictions are not those of these fits"
FIT, OTHER_FIT = "a/r0f0/0", "b/r0f0/4"


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """Two models on four splits; each test replaces the predictions."""
    folder = tmp_path_factory.mktemp("damaged")
    save_study(predicted_study({"a": 0.9, "b": 0.7}, Design(2, 2)), folder)
    return folder


@pytest.fixture(scope="module")
def file(results) -> Path:
    (scores,) = results.rglob("*.csv")
    return predictions_file(scores)


@pytest.fixture(scope="module")
def content(file) -> bytes:
    return file.read_bytes()


@pytest.fixture(scope="module")
def arrays(content) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content)) as saved:
        return dict(saved)


def compared(results: Path) -> str:
    """The text of a comparison, on one line."""
    options = CompareOptions(results=(results,))
    saved = read_saved_results(options, results).with_metric()
    assert len(saved.studies) == 1
    return " ".join(comparison_text(saved, options, "markdown").split())


def reported(results: Path) -> list[str]:
    """The problems of a report, whose pages are complete."""
    data, problems = read_report_data(results)
    assert all(page.digest or page.content for page in pages(data, results))
    return problems


@st.composite
def damages(draw):
    """A function of the bytes of a file: some flipped, or its end missing."""
    share = st.floats(0, 1, exclude_max=True)
    if draw(st.booleans()):
        place = draw(share)
        return lambda raw: raw[: int(place * len(raw))]
    flips = draw(st.lists(st.tuples(share, st.integers(1, 255)), min_size=1, max_size=3))

    def flipped(raw: bytes) -> bytes:
        changed = bytearray(raw)
        for place, bits in flips:
            changed[int(place * len(raw))] ^= bits
        return bytes(changed)

    return flipped


@settings(PROPERTY, max_examples=60)
@given(damage=damages())
def test_flipped_bytes_and_missing_ends_stop_no_comparison(results, file, content, damage):
    file.write_bytes(damage(content))
    assert "Δ accuracy" in compared(results)


WRONG_CONTENTS = {
    "two positive classes": {"positive": np.array([0, 1])},
    "a positive class that is not there": {"positive": np.array(9)},
    "a negative positive class": {"positive": np.array(-1)},
    "too many names of classes": {"classes": np.array(["x", "y", "z"])},
    "a table of names": {"classes": np.array([["x", "y"]])},
    "probabilities of one class": {FIT: lambda values: values[:, 0]},
    "more classes in one fit": {FIT: lambda values: np.c_[values, values[:, :1]]},
    "one column": {FIT: lambda values: values[:, :1], OTHER_FIT: lambda values: values[:, :1]},
    "not finite": {FIT: lambda values: values * np.nan},
    "above 1": {FIT: lambda values: values * 3},
    "text": {FIT: lambda values: values.astype(str)},
    "no rows": {FIT: lambda values: values[:0]},
    "fewer rows": {FIT: lambda values: values[:-1]},
    "one number": {FIT: np.array(0.5)},
    "a label that is no class": {"y/r0f0": lambda values: values + 7},
    "a negative label": {"y/r0f0": lambda values: values - 1},
    "labels with fractions": {"y/r0f0": lambda values: values + 0.5},
    "one label": {"y/r0f0": np.array(1)},
    "labels of other data": {"y/r0f0": lambda values: 1 - values},
    "a row twice": {"rows/r0f0": lambda values: values * 0},
    "rows as text": {"rows/r0f0": lambda values: values.astype(str)},
    "negative rows": {"rows/r0f0": lambda values: -values - 1},
    "a table of rows": {"rows/r0f0": lambda values: values[:, None]},
    "fewer rows than labels": {"rows/r0f0": lambda values: values[:-1]},
    "rows in another order": {"rows/r0f0": lambda values: np.roll(values, 1)},
    "groups of one split": {"groups/r0f0": lambda values: np.zeros(60, int)},
    "a missing fit": {FIT: None},
    "missing labels": {"y/r0f0": None},
}


def changed(arrays, changes):
    """The arrays with some of them replaced; None drops one."""
    content = dict(arrays)
    for name, change in changes.items():
        if change is None:
            del content[name]
        else:
            content[name] = change(arrays.get(name)) if callable(change) else change
    return content


@pytest.mark.parametrize("changes", WRONG_CONTENTS.values(), ids=WRONG_CONTENTS.keys())
def test_valid_archives_of_other_content_are_not_of_these_fits(results, file, arrays, changes):
    np.savez_compressed(file, **changed(arrays, changes))
    assert OTHERS in compared(results)


@settings(PROPERTY, max_examples=40)
@given(
    name=st.sampled_from([FIT, OTHER_FIT, "y/r0f0", "rows/r0f1", "positive", "classes"]),
    shape=st.lists(st.integers(0, 61), max_size=3),
    kind=st.sampled_from(["f8", "i8", "U3", "?", "c16", "u1", "S2", "M8[s]"]),
    value=st.integers(-2, 300),
)
def test_any_array_in_place_of_another_stops_no_comparison(
    results, file, arrays, name, shape, kind, value
):
    other = np.full(shape, value % 256 if kind == "u1" else value).astype(kind)
    np.savez_compressed(file, **{**arrays, name: other})
    assert "Δ accuracy" in compared(results)


def test_an_intact_file_is_used(results, file, content):
    file.write_bytes(content)
    text = compared(results)
    assert DAMAGED not in text
    assert OTHERS not in text


def test_a_compression_that_python_lacks_is_named(results, file, content):
    """The number of the method, of the archive's directory too, is one that nobody uses."""
    raw = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        raw[raw.index(mark) + offset] = 77
    file.write_bytes(bytes(raw))
    assert DAMAGED in compared(results)


@pytest.mark.parametrize("damage", ["flipped", "truncated", "other labels", "two positive classes"])
def test_a_report_names_the_file_and_goes_on(results, file, content, arrays, damage):
    raw = bytearray(content)
    raw[len(raw) // 3] ^= 255
    if damage in WRONG_CONTENTS:
        np.savez_compressed(file, **changed(arrays, WRONG_CONTENTS[damage]))
    elif damage == "other labels":
        np.savez_compressed(file, **changed(arrays, WRONG_CONTENTS["labels of other data"]))
    else:
        file.write_bytes(bytes(raw) if damage == "flipped" else content[: len(content) // 2])
    assert any(str(file) in problem for problem in reported(results))
