"""The words around the tables of a study in reports: conclusion, caption and next command."""

from __future__ import annotations

from collections.abc import Sequence

from evenfold.render.media import sentence_for_markdown
from evenfold.report.parts import Words
from evenfold.report.report_data import METRIC
from evenfold.score.captions import basis_text
from evenfold.score.findings import saved_findings
from evenfold.score.pairing import basis_between
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import (
    environment_conclusion,
    study_conclusion,
    study_next_step,
    study_notes,
)


def study_conclusion_words(study: StudyScores) -> list[Words]:
    """Return the first sentence of a study's table; nothing without a comparison."""
    return _words([study_conclusion(study, METRIC, None)])


def study_note_words(study: StudyScores) -> list[Words]:
    """Return the caption of a study's table, and the next command in a paragraph of its own."""
    notes = study_notes(study, METRIC, None)
    return _words(["\n".join(notes), study_next_step(study, METRIC, None)])


def finding_words(study: StudyScores, silenced: Sequence[str]) -> list[Words]:
    """Return what may be wrong with a study, as a list; nothing without any finding."""
    findings = saved_findings(study, METRIC, silenced)
    if not findings:
        return []
    lines = [f"- {sentence_for_markdown(finding.text)}" for finding in findings]
    return [Words("\n".join(["What may be wrong with this study:", "", *lines]))]


def environment_conclusion_words(studies: Sequence[StudyScores]) -> list[Words]:
    """Return the first sentence of a table of environments; nothing without a comparison."""
    return _words([environment_conclusion(studies, METRIC, None)])


def environment_note_words(studies: Sequence[StudyScores]) -> list[Words]:
    """Return what intervals between environments rest on, if those of a study rest on other."""
    basis = basis_between(studies)
    if all(study.model_scores.basis == basis for study in studies):
        return []
    return _words([basis_text(basis)])


def _words(texts: Sequence[str]) -> list[Words]:
    return [Words(sentence_for_markdown(text)) for text in texts if text]
