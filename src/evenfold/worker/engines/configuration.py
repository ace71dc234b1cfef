"""How a model is configured: what differs between two builds is a constant of its training."""

from __future__ import annotations

import re
from typing import Any

# What differs between two builds of one model: counters in names, and addresses of functions.
COUNTERS = re.compile(r"_\d+|0x[0-9a-f]+")


def describe(model: Any) -> str:
    """Return how a model and its optimizer are configured, the same text for equal builds.

    Numbers that are no variables are constants of a traced training. A learning rate that is a
    number is a variable. A model without a configuration has an empty text.
    """
    try:
        own = model.get_config()
    except Exception:  # a subclassed model need not have one; Keras raises several types
        own = None
    try:
        optimizer = dict(model.optimizer.get_config())
    except Exception:  # as above, for the plug-in's own optimizers
        optimizer = {}
    if not isinstance(optimizer.get("learning_rate"), dict):
        optimizer.pop("learning_rate", None)
    return COUNTERS.sub("", repr((own, optimizer)))
