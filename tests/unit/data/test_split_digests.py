"""The same splits are drawn with every version of numpy and scikit-learn."""

from __future__ import annotations

import json

from builders.split_tables import FILE, split_digests


def test_splits_are_those_of_every_version():
    """Digests of the splits of fixed tables are the committed ones, whatever is installed.

    `tox run -e sklearn1.3,sklearn1.7` runs this with older versions of scikit-learn.
    """
    assert json.loads(FILE.read_text(encoding="utf-8")) == split_digests()
