"""Messages on failed fits: each names its model, file, split and seed."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from evenfold.score.failures import FailedFit, failure_messages
from strategies import PROPERTY

REASONS = (
    "outputs have shape (30,), expected (rows, 2)",
    "narrow: the training diverged: a loss is not finite",
    "narrow: its process ended: signal 11\n  last words",
    "model narrow (/own/narrow.py): build raised ValueError: boom",
    "on the cluster: KilledWorker: x",
    "",
)
FAILED = st.builds(
    FailedFit,
    model=st.sampled_from(["narrow", "other"]),
    path=st.sampled_from([Path("/own/narrow.py"), Path("/own/other.py")]),
    split=st.sampled_from(["r0f0", "r1f2", "holdout"]),
    seed=st.integers(0, 2**31),
    reason=st.sampled_from(REASONS),
)


@PROPERTY
@given(st.lists(FAILED, max_size=8))
def test_every_failure_names_its_model_file_split_and_seed(failed):
    """Whatever the worker's reason is; equal reasons of a model are one message with a count."""
    messages = failure_messages(failed)
    groups = {(fit.model, fit.path, fit.reason): fit for fit in reversed(failed)}
    assert len(groups) == len(messages)
    for message, first in zip(messages, reversed(groups.values()), strict=False):
        assert str(first.path.suffix) in message
    for (model, path, reason), first in groups.items():
        count = sum((fit.model, fit.path, fit.reason) == (model, path, reason) for fit in failed)
        (found,) = [
            message for message in messages
            if message.startswith((f"{model}: ", f"model {model} "))
            and str(path) in message and reason.split("\n")[0] in message
            and f"split {first.split}, seed {first.seed}" in message
            and (f"{count} fits" if count > 1 else "(1 fit") in message
            and message.endswith("last words") == reason.endswith("last words")
            and (reason != "" or re.match(rf"{model}:  \(", message))
        ][:1]  # fmt: skip
        assert found


def test_a_model_is_named_once():
    path = Path("/own/narrow.py")
    (message,) = failure_messages([FailedFit("narrow", path, "r0f0", 7, REASONS[1])])
    assert message == (
        "narrow: the training diverged: a loss is not finite "
        "(1 fit of /own/narrow.py: split r0f0, seed 7)"
    )
    (message,) = failure_messages([FailedFit("narrow", path, "r0f0", 7, REASONS[3])] * 2)
    assert message == f"{REASONS[3]} (2 fits: first split r0f0, seed 7)"
