"""Whether studies have the same data and splits: others are never paired."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

from evenfold.diagnostics.finding import Finding, without_silenced
from evenfold.diagnostics.mixtures import several_versions
from evenfold.render.words import listed
from evenfold.score.study_scores import StudyScores

RERUN = "run their studies again"


def group_studies(studies: Iterable[StudyScores]) -> list[list[StudyScores]]:
    """Group studies of the same dataset, protocol, data and splits, in order of appearance.

    Those that ignore groups come last.
    """
    groups: list[list[StudyScores]] = []
    for study in sorted(studies, key=lambda each: each.ignores_groups):
        for group in groups:
            if _is_named_as(study, group[0]) and why_not_paired(study, group[0]) is None:
                group.append(study)
                break
        else:
            groups.append([study])
    return groups


def why_not_paired(study: StudyScores, other: StudyScores) -> str | None:
    """Return why two studies of one dataset and protocol are not compared, or None if they are."""
    if not (study.data and other.data):
        return "their data and rows are unknown"
    if study.data != other.data:
        return "their data differ (other rows, labels, groups or names under one name)"
    rows, others = study.rows_by_split, other.rows_by_split
    if len(rows) and rows.equals(others):
        return None
    common = rows.index.intersection(others.index)
    differ = int((rows[common] != others[common]).sum())
    if differ or not len(common):
        return f"their splits differ (other rows in {differ} of {len(common)})"
    return None


def table_findings(studies: Sequence[StudyScores], silenced: Sequence[str] = ()) -> list[str]:
    """Return what keeps studies out of one table, or should: other rows, or other versions.

    Parameters
    ----------
    studies
        The studies.
    silenced
        Codes of diagnostics that are left out.
    """
    notes = [*unpaired_notes(studies), *_mixed_versions(studies)]
    found = [Finding("EF015", note) for note in notes]
    return [finding.text for finding in without_silenced(found, silenced)]


def unpaired_notes(studies: Sequence[StudyScores]) -> list[str]:
    """Return a sentence on each study that is not compared with others of its name, and why."""
    named: dict[Hashable, list[list[StudyScores]]] = {}
    for group in group_studies(studies):
        named.setdefault((group[0].dataset, group[0].protocol), []).append(group)
    return [note for groups in named.values() if len(groups) > 1 for note in _notes(groups)]


def _mixed_versions(studies: Sequence[StudyScores]) -> Iterator[str]:
    """Sentences on environments of one name whose versions differ, in one table."""
    for group in group_studies(studies):
        names = [(study.machine, study.environment_name) for study in group]
        versions = [study.environment.get("versions", {}) for study in group]
        for name, packages in several_versions(names, versions).items():
            files = [str(s.file) for s, own in zip(group, names, strict=True) if own == name]
            changed = [f"{package} {listed(known)}" for package, known in packages.items()]
            yield (
                f"{group[0].dataset}, {group[0].protocol}: {listed(files)} are of one environment "
                f"by name, with other versions: {listed(changed)}. Give each a name of its own "
                "with --env."
            )


def _is_named_as(study: StudyScores, other: StudyScores) -> bool:
    return (study.dataset, study.protocol) == (other.dataset, other.protocol)


def _notes(groups: Sequence[Sequence[StudyScores]]) -> Iterator[str]:
    """Sentences on the groups of one dataset and protocol; those without digests share one."""
    name = f"{groups[0][0].dataset}, {groups[0][0].protocol}"
    unknown = [study for group in groups for study in group if not study.data]
    known = [group for group in groups if group[0].data]
    if unknown:
        files = ", ".join(str(study.file) for study in unknown)
        yield (
            f"{name}: {files} {'has' if len(unknown) == 1 else 'have'} no digests of data and "
            f"rows (an older evenfold wrote them) and are not compared with others: {RERUN}."
        )
    for group in known[1:]:
        first = known[0][0]
        ours = ", ".join(f"{study.label} ({study.file})" for study in group)
        yield (
            f"{name}: {ours} and {first.label} ({first.file}) are not compared: "
            f"{why_not_paired(group[0], first)}; {RERUN} on the same data with the same seed."
        )
