"""A worker's answers: a failure names the model that the message names."""

from __future__ import annotations

import pytest

from evenfold.worker.serve import _with_model

FIT, SAMPLE = {"do": "fit", "model": "net"}, {"do": "sample", "repeats": 1}


@pytest.mark.parametrize(
    ("message", "reason", "expected"),
    [
        (FIT, "the network has no output", "net: the network has no output"),
        (FIT, "net: it diverged", "net: it diverged"),
        (FIT, "model net (net.py): build raised", "model net (net.py): build raised"),
        (FIT, "network: it diverged", "net: network: it diverged"),
        (SAMPLE, "nothing has been prepared", "nothing has been prepared"),
    ],
)
def test_a_reason_names_the_model_once(message, reason, expected):
    assert expected == _with_model(message, reason)
