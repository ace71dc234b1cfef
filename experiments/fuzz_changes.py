"""Changes of what is sound: of bytes, and of the values of a record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

DEEP = json.loads("[" * 200 + "]" * 200)
# Values of every kind: a field of a record is refused for most of them.
WRONG = [
    None, True, -1, 0, 0.5, 10**400, float("inf"), float("-inf"), float("nan"), 1e-320, 2**63, "",
    "x", "\x1b[2J", "a/../../b", "<b>|`\n# a", "\ud800", "9" * 5000, [], {}, [1], ["x"], {"a": 1},
    DEEP,
]  # fmt: skip
MANY = 30  # names of an object that are cases of one kind rather than fields
BYTES = st.binary(min_size=1, max_size=6) | st.sampled_from(
    [b"\0", b"\xff\xfe", b'"', b",", b"\n", b"\r", b":", b"?", b"@data", b"1e999", b"-", b"nan",
     b"\xef\xbb\xbf", b"{", b"}", b"[", b"9" * 400, b"9" * 5000, b";", b"\t"]
)  # fmt: skip


@st.composite
def changed_bytes(draw, content: bytes) -> bytes:
    """Bytes with some replaced, inserted, removed, or cut off."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(changed)))
        end = start + draw(st.integers(0, 8))
        changed[start:end] = draw(BYTES)
    is_cut = draw(st.integers(0, 3)) == 0
    return bytes(changed[: draw(st.integers(0, len(changed)))] if is_cut else changed)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside a JSON value, of many alike the first and the last."""
    yield path
    if isinstance(value, dict):
        names = list(value) if len(value) <= MANY else [min(value), max(value)]
        for name in names:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for number in sorted({0, len(value) - 1} if value else set()):
            yield from places(value[number], (*path, number))


def replaced(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a JSON value with another one at a path."""
    if not path:
        return value
    first, *rest = path
    changed = content.copy()
    changed[first] = replaced(content[first], tuple(rest), value)
    return changed


@st.composite
def changed_records(draw, content: Any) -> Any:
    """A record with a field of another value, without a field, or with one more."""
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(places(content))))
        content = replaced(content, path, draw(st.sampled_from(WRONG)))
    return content
