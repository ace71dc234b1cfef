"""The raw WISDM file, with its known faults: read, counted, cut into windows, by person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenfold.data import splits as protocols
from evenfold.data.wisdm import HOP, STEPS, read_wisdm
from evenfold.errors import DataError, UsageError
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset


def record(user, activity, step):
    return f"{user},{activity},{49105962326000 + step * 50000000},{step},{user}.5,-0.25;"


def lines(people=4, steps=200, activities=("Walking", "Jogging")):
    """Records of every person at every activity, one after the other."""
    return [
        record(user, activity, step)
        for user in range(1, people + 1)
        for activity in activities
        for step in range(steps)
    ]


@pytest.fixture
def read(tmp_path):
    def write(records, end="\n"):
        file = tmp_path / "WISDM_ar_v1.1_raw.txt"
        file.write_text(end.join(records) + "\n", newline="")
        return read_wisdm(file)

    return write


def test_windows_are_eighty_steps_every_forty_of_one_person_and_activity(read):
    found = read(lines())
    assert (4 * 2 * 4, STEPS, 3) == found.x.shape
    assert ("Jogging", "Walking") == found.class_names
    for window, user in zip(found.x, found.groups, strict=True):
        assert (np.diff(window[:, 0]) == 1).all()
        assert window[0, 0] % HOP == 0
        assert (window[:, 1] == float(user) + 0.5).all()
    assert () == found.notes
    assert ("x", "y", "z") == found.feature_names


FAULTS = {
    "an empty field": "33,Jogging,49106062271000,5.01,11.26,;",
    "a time stamp of zero": "33,Jogging,0,0.0,0.0,0.0;",
    "no activity": "33,,49106062271000,5.01,11.26,0.95;",
    "a field too many": "33,Jogging,49106062271000,5.01,11.26,0.95,1.0;",
    "a field too few": "33,Jogging,49106062271000,5.01,11.26;",
    "a word for a number": "33,Jogging,49106062271000,5.01,eleven,0.95;",
    "no number": "33,Jogging,49106062271000,5.01,nan,0.95;",
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_damaged_record_is_counted_and_no_window_goes_over_it(read, fault):
    records = lines(people=2)
    records[100] = fault
    found = read(records)
    assert 1 == len(found.notes)
    assert f"1 of {len(records)} records are damaged" in found.notes[0]
    assert f"the first is line 101: {fault.rstrip(';')!r}" in found.notes[0]
    whole = read(lines(people=2))
    # Of 200 steps 100 and 99 are left, of one window each, in place of four.
    assert len(whole.x) - 2 == len(found.x)
    assert all((np.diff(window[:, 0]) == 1).all() for window in found.x)


SOUND = {
    "without a semicolon": lambda r: [r[0].rstrip(";"), *r[1:]],
    "with a comma before it": lambda r: [r[0].replace(";", ",;"), *r[1:]],
    "two on a line": lambda r: [r[0] + r[1], *r[2:]],
    "with blanks": lambda r: ["  " + r[0].replace(",", " , "), *r[1:]],
    "with empty lines": lambda r: [r[0], "", ";", " ;", *r[1:]],
}


@pytest.mark.parametrize("change", SOUND.values(), ids=SOUND)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_can_be_read_is_read(read, change, end):
    found, expected = read(change(lines()), end), read(lines())
    assert expected.fingerprint == found.fingerprint
    assert () == found.notes


@given(
    damage=st.lists(st.tuples(st.integers(0, 1199), st.sampled_from(sorted(FAULTS))), max_size=12)
)
@settings(max_examples=30, deadline=None)
def test_any_damage_leaves_windows_of_records_that_follow_each_other(tmp_path_factory, damage):
    records = lines(people=1, steps=600)
    for place, kind in damage:
        records[place] = FAULTS[kind]
    file = tmp_path_factory.mktemp("wisdm") / "raw.txt"
    file.write_text("\n".join(records))
    count = len({place for place, _ in damage})
    found = read_wisdm(file)
    assert bool(found.notes) == bool(count)
    assert not count or f"{count} of 1200 records" in found.notes[0]
    for window in found.x:
        assert (np.diff(window[:, 0]) == 1).all()


def test_groups_never_cross_a_split(read):
    found = read(lines(people=10))
    for split in [*protocols.kfold(found, folds=5, repeats=3), *protocols.holdout(found)]:
        assert not set(found.groups[split.train]) & set(found.groups[split.test])


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (["a,b,c"] * 5, "5 of 5 records are damaged and 0 windows"),
        (lines(steps=STEPS - 1), "0 of 632 records are damaged and 0 windows of 80 are left"),
        (lines(activities=("Sitting",)), "every window is 'Sitting'"),
        ([], "0 of 0 records are damaged"),
        ([*lines(people=1), *["1,Walking,0,0,0,0;"] * 500], "500 of 900 records are damaged"),
    ],
)
def test_a_file_that_is_another_is_told(read, records, message):
    with pytest.raises(DataError, match=message):
        read(records)


def test_it_is_opened_by_its_name_and_the_path_of_its_file(tmp_path):
    file = tmp_path / "raw.txt"
    file.write_text("\n".join(lines()))
    assert "wisdm" == open_dataset(DatasetOptions("wisdm", data=file)).name
    with pytest.raises(UsageError, match="wisdm is made from a file of yours: give --data PATH"):
        open_dataset(DatasetOptions("wisdm"))
    with pytest.raises(DataError, match="cannot be read: No such file"):
        open_dataset(DatasetOptions("wisdm", data=tmp_path / "none"))
