"""Labels as text become classes: their names in order, which one is positive, and notes on them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import DataError, did_you_mean
from evenfold.render.words import counted

# Words that programs write for a cell without a value.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "nat", "<na>", "?"})
# The exponent has few digits, so that every number can be compared with every other one.
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
MOST_NOTES = 3


def encode(labels: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Turn labels into indices of classes.

    Each text is a class of its own: "1" and "1.0" are two classes. Classes are sorted as numbers
    where every label is one, and equal numbers as text.

    Returns
    -------
    y
        The index of each label's class, int64 of shape ``(rows,)``.
    classes
        The name of each class.
    """
    names = set(labels)
    are_numbers = all(map(_is_number, names))
    classes = sorted(names, key=_by_number) if are_numbers else sorted(names)
    order = {name: index for index, name in enumerate(classes)}
    return np.array([order[label] for label in labels], dtype=np.int64), tuple(classes)


def encode_levels(values: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Turn the values of a category into indices of levels, ``(rows,)``, and return the levels.

    Numbers come first, in their order, then text. Which of two levels comes first does not depend
    on the others, so that a level of a test row does not change the order of those of other rows.
    """
    levels = sorted(set(values), key=lambda name: (not _is_number(name), *_level_key(name)))
    order = {name: index for index, name in enumerate(levels)}
    return np.array([order[value] for value in values], dtype=np.int64), tuple(levels)


def _level_key(name: str) -> tuple[Decimal, str]:
    return (Decimal(name) if _is_number(name) else Decimal(0), name)


def positive_index(source: str, classes: tuple[str, ...], positive: str | None) -> int | None:
    """Return the index of the positive class.

    Parameters
    ----------
    source
        What a message names: the path of a file, or ``frame``.
    classes
        The names of the classes.
    positive
        The label of the positive class; None for the last of two classes, and of more none.

    Raises
    ------
    DataError
        There is no such class.
    """
    if positive is None:
        return 1 if len(classes) == 2 else None
    if str(positive) not in classes:
        raise DataError(
            f"{source}: no row has the label {positive!r}: labels are {', '.join(classes)}"
            f"{did_you_mean(str(positive), classes)}"
        )
    return classes.index(str(positive))


def label_notes(where: str, labels: Sequence[str]) -> tuple[str, ...]:
    """Return notes on labels that may not be the classes that their author means.

    They are labels spelled like a missing value, and labels that differ as text alone.

    Parameters
    ----------
    where
        What the notes name: a file and a column.
    labels
        The label of each row.
    """
    counts = Counter(labels)
    notes = [
        f"{where}: the label {name!r} of {counted(count, 'row')} is taken as a class: "
        "remove the rows if it stands for a missing value"
        for name, count in counts.items()
        if name.lower() in MISSING
    ]
    return _shortened(where, [*notes, *_alike_notes(where, counts, "labels", "classes")])


def group_notes(where: str, groups: Iterable[str]) -> tuple[str, ...]:
    """Return notes on groups that differ as text alone.

    Parameters
    ----------
    where
        What the notes name: a file and a column.
    groups
        The group of each row.
    """
    return _shortened(where, _alike_notes(where, Counter(groups), "groups", "groups"))


def spelling_variants(names: Iterable[str]) -> list[list[str]]:
    """Return the names that differ by case, blanks or invisible characters alone, in groups."""
    return _alike(names, _outline)


def quoted_list(names: Sequence[str]) -> str:
    """Return names in quotes, with the codes of characters where names are printed alike."""
    printed = {unicodedata.normalize("NFC", repr(name)) for name in names}
    quoted = [repr(name) if len(printed) == len(names) else ascii(name) for name in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _alike_notes(where: str, names: Iterable[str], noun: str, kinds: str) -> list[str]:
    names = list(names)
    equal = _alike([name for name in names if _is_number(name)], Decimal)
    similar = [alike for alike in _alike(names, _outline) if alike not in equal]
    pairs = [(alike, "are equal as numbers") for alike in equal]
    pairs += [(alike, "look alike") for alike in similar]
    return [
        f"{where}: the {noun} {quoted_list(alike)} {reason} and are separate {kinds}: write them "
        "alike if they mean the same"
        for alike, reason in pairs
    ]


def blank_notes(where: str, cells: Sequence[str], kind: str) -> tuple[str, ...]:
    """Return notes on cells that are alike only without the blanks at their ends.

    Parameters
    ----------
    where
        What the notes name: a file and a column.
    cells
        The cells as written.
    kind
        What a cell names: ``class`` or ``group``.
    """
    spellings: dict[str, set[str]] = {}
    for cell in set(cells):
        spellings.setdefault(cell.strip(), set()).add(cell)
    notes = [
        f"{where}: {quoted_list(sorted(found))} are one {kind}, {name!r}: blanks at the ends are "
        "left out"
        for name, found in sorted(spellings.items())
        if len(found) > 1 and name
    ]
    return _shortened(where, notes)


def spelling_notes(
    where: str, values: Iterable[object], texts: Iterable[str], kind: str
) -> tuple[str, ...]:
    """Return notes on different values of one text, and on equal values of several texts.

    Parameters
    ----------
    where
        What the notes name: the DataFrame and its column.
    values
        The cells as Python objects.
    texts
        The text that each is read as.
    kind
        What a cell names: ``class`` or ``group``.
    """
    first: dict[str, object] = {}
    merged: dict[str, tuple[object, object]] = {}
    for value, text in zip(values, texts, strict=True):
        other = first.setdefault(text, value)
        if other is not value and text and not _is_equal(other, value):
            merged.setdefault(text, (other, value))
    notes = [
        f"{where}: {_typed(one)} and {_typed(other)} are one {kind}, {text!r}: both are written so"
        for text, (one, other) in merged.items()
    ]
    # Of numbers, label_notes and group_notes do it.
    others = {
        text: value for text, value in first.items() if _is_hashable(value) and not _is_number(text)
    }
    kinds = {"class": "classes", "group": "groups"}[kind]
    notes += [
        f"{where}: {quoted_list(names)} are one value and separate {kinds}: write them alike"
        for names in _alike(others, lambda text: (type(others[text]), others[text]))
    ]
    return _shortened(where, notes)


def _is_number(label: str) -> bool:
    return NUMBER.fullmatch(label) is not None


def _by_number(label: str) -> tuple[Decimal, str]:
    # Not as floats, of which whole numbers of 17 digits may be the same.
    return Decimal(label), label


def _outline(label: str) -> str:
    """Return what a reader sees of a label: no case, no invisible characters, single blanks."""
    text = unicodedata.normalize("NFC", label)
    visible = "".join(one for one in text if unicodedata.category(one) != "Cf")
    return " ".join(visible.casefold().split())


def _alike(names: Iterable[str], key: Callable[[str], Hashable]) -> list[list[str]]:
    """Return the names of equal keys, where several have one."""
    found: dict[Hashable, list[str]] = {}
    for name in names:
        found.setdefault(key(name), []).append(name)
    return [sorted(alike) for alike in found.values() if len(alike) > 1]


def _typed(value: object) -> str:
    return f"{value!r} ({type(value).__name__})"


def _is_equal(one: object, other: object) -> bool:
    try:
        return bool(one == other)
    # A cell may be any object, of which a comparison may raise anything.
    except Exception:
        return False


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _shortened(where: str, notes: list[str]) -> tuple[str, ...]:
    """Return the first notes, and how many more there are."""
    if len(notes) > MOST_NOTES:
        notes = [*notes[:MOST_NOTES], f"{where}: {len(notes) - MOST_NOTES} more notes of this kind"]
    return tuple(notes)
