"""Checks that the launches of a suite's race run the code that the race is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evenfold.errors import UsageError
from evenfold.runtime.environment import differences
from evenfold.suite.contenders import SuiteContender
from evenfold.suite.record import SuiteContenderRecord
from evenfold.worker.suite_protocol import CollectResult


def require_installed(
    contenders: Sequence[SuiteContender], answers: Sequence[CollectResult]
) -> None:
    """Refuse an environment that runs the working tree where others run something else.

    Environments that all lack a package run the same files, and may be compared.

    Raises
    ------
    UsageError
        A package is not installed in an environment.
    """
    for contender, answer in zip(contenders, answers, strict=True):
        missing = set(answer["uninstalled"]) - {contender.suite.parts[0]}
        everywhere = missing.intersection(*(other["uninstalled"] for other in answers))
        for name in sorted(missing - everywhere):
            where = f"@{contender.spec.environment}"
            raise UsageError(
                f"{contender.name}: package {name} is not installed in {where}, and the working "
                "tree would be raced in its place: install it there"
            )


def require_unchanged(contenders: Sequence[SuiteContender]) -> None:
    """Refuse a launch of other files than the launches before it.

    Raises
    ------
    UsageError
        Files of the working tree were edited since the race began.
    """
    for contender in contenders:
        if contender.has_changed:
            raise UsageError(
                f"{contender.name}: its code was edited during the race, which is of one version: "
                "race again and leave the files as they are, or race a revision"
            )


def require_same_packages(
    raced: Sequence[SuiteContenderRecord], answers: Sequence[CollectResult]
) -> None:
    """Refuse to add launches to those of other packages.

    Raises
    ------
    UsageError
        A package of an environment has another version than in the race.
    """
    for contender, answer in zip(raced, answers, strict=True):
        require_same_environment(
            contender, {**contender.environment, "versions": answer["versions"]}
        )


def require_same_environment(contender: SuiteContenderRecord, now: Mapping[str, Any]) -> None:
    """Refuse to add launches of a contender in another environment. Raises UsageError."""
    if changes := differences(contender.environment, now):
        raise UsageError(
            f"{contender.name}: its environment has changed since the race ({'; '.join(changes)}): "
            "start another race"
        )
