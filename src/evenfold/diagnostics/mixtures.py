"""Tables whose results are of different rows, or of different versions under one name."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence


def splits_of_several_rows(splits: Sequence[str], rows: Sequence[str]) -> list[str]:
    """Return the splits of which some fits have other rows than others.

    Parameters
    ----------
    splits
        The split of each fit.
    rows
        The digest of the rows of each fit; "" if it is unknown.
    """
    digests: dict[str, set[str]] = {}
    for split, digest in zip(splits, rows, strict=True):
        if digest:
            digests.setdefault(split, set()).add(digest)
    return [split for split, known in digests.items() if len(known) > 1]


def several_versions(
    names: Sequence[Hashable], versions: Sequence[Mapping[str, str]]
) -> dict[Hashable, dict[str, list[str]]]:
    """Return the packages that have several versions under one name, with these versions.

    Parameters
    ----------
    names
        The environment of each study.
    versions
        The versions of each study's packages.
    """
    found: dict[Hashable, dict[str, list[str]]] = {}
    for name in dict.fromkeys(names):
        of_name = [one for other, one in zip(names, versions, strict=True) if other == name]
        for package in sorted({package for one in of_name for package in one}):
            known = list(dict.fromkeys(one[package] for one in of_name if package in one))
            if len(known) > 1:
                found.setdefault(name, {})[package] = known
    return found
