"""Charts without their legends, beside a table that has the marks of the names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from evenfold.render.charts import JsonValue, Spec


def without_legends(spec: Spec) -> Spec:
    """Return a definition without legends: the page shows the marks of names in a table."""
    return cast("Spec", _without_legends(spec))


def _without_legends(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        inside = {name: _without_legends(part) for name, part in value.items()}
        return {**inside, "legend": None} if "legend" in inside else inside
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_legends(part) for part in value]
    return value
