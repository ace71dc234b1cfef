"""The text of a gate: the comment of a pull request, and the same for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenfold.gate.comment import FAIL, PASS, as_it_is
from evenfold.gate.result import GateResult, Part
from evenfold.race.tables import race_text
from evenfold.render.media import sentence
from evenfold.render.tables import write


def gate_text(result: GateResult, style: str) -> str:
    """Return the headline, the scores and the speed.

    Parameters
    ----------
    result
        The gate.
    style
        ``table`` or ``markdown``.
    """
    headline = sentence(result.headline, style)
    if style == "markdown":
        headline = f"## {PASS if result.passes else FAIL} {headline}"
    parts = [headline, *(sentence(note, style) for note in result.notes)]
    if not result.is_unchanged:
        parts += [_heading("Scores", style), *_scores(result, style)]
        parts += [_heading("Speed", style), *_speed(result, style)]
    return "\n\n".join(filter(None, parts))


def _heading(text: str, style: str) -> str:
    return f"### {text}" if style == "markdown" else f"{text}\n{'-' * len(text)}"


def _scores(result: GateResult, style: str) -> Iterator[str]:
    scores = result.scores
    if scores is not None:
        yield sentence(scores.conclusion, style)
        yield write(scores.text_table, style)
        yield sentence(scores.caption, style)
        yield sentence(scores.settling_text, style)
        yield _findings(scores.finding_text.splitlines(), style)
        for message in scores.failed:
            yield as_it_is(message)
    yield _reason(result, "scores")


def _findings(lines: Sequence[str], style: str) -> str:
    """Return a heading, the findings and a hint; in Markdown the findings are a list."""
    shown = [sentence(line, style) for line in lines]
    if style != "markdown" or not shown:
        return "\n".join(shown)
    heading, *findings, hint = shown
    return "\n".join([heading, "", *(f"- {finding}" for finding in findings), "", hint])


def _speed(result: GateResult, style: str) -> Iterator[str]:
    if result.race is not None:
        yield race_text(result.race, style)
    elif result.is_new:
        text = f"There is no race: {result.model} is new, and {result.base} has none to race with."
        yield sentence(text, style)
    yield _reason(result, "speed")


def _reason(result: GateResult, part: Part) -> str:
    unmeasured = result.unmeasured.get(part)
    if unmeasured is None:
        return ""
    if part == "speed" and any(
        reason in unmeasured.reason for reason in filter(None, _reasons(result))
    ):
        return "Not measured, for the same reason."
    return f"Not measured:\n\n{as_it_is(unmeasured.reason)}"


def _reasons(result: GateResult) -> Iterator[str]:
    """Yield why the scores, or some fits, are missing; of a fit that failed, without its place."""
    if "scores" in result.unmeasured:
        yield result.unmeasured["scores"].reason
    for message in result.scores.failed if result.scores is not None else ():
        yield message.rpartition(" (")[0]
