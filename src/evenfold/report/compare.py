"""``evenfold compare``: saved bench runs, score studies and races, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evenfold.bench import comparison as bench
from evenfold.bench.conclusions import comparison_conclusion, comparison_next_step
from evenfold.bench.results import Result, local_results, nothing_here, read_results
from evenfold.diagnostics.finding import without_silenced_notes
from evenfold.diagnostics.silence import silenced_codes
from evenfold.errors import ResultsError, UsageError
from evenfold.option_checks import refuse_given
from evenfold.plugins.metrics import SelectedMetric, find_metric
from evenfold.race.conclusions import next_command
from evenfold.race.files import read_races
from evenfold.race.record import Race
from evenfold.race.tables import race_numbers, race_texts
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.report.compare_options import KIND_WORDS, RESULT_KINDS, CompareOptions, ResultKind
from evenfold.report.result_kinds import holds_scores_or_races
from evenfold.score.dataset_groups import dataset_groups, group_numbers, group_texts
from evenfold.score.numbers import SUMMARY_METRICS, comparison_numbers
from evenfold.score.own_metrics import with_metric
from evenfold.score.runner import ALWAYS_DEFINED
from evenfold.score.same_rows import unpaired_notes
from evenfold.score.saved_times import saved_time_numbers, saved_time_texts
from evenfold.score.studies import read_studies
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import score_tables
from evenfold.stats.metric_names import DEFAULT_METRIC
from evenfold.suite.files import read_suite_races
from evenfold.suite.record import SuiteRace
from evenfold.suite.tables import suite_next_command, suite_numbers, suite_texts


@dataclass(frozen=True)
class SavedResults:
    """Results to compare, a line on each file that cannot be read, and notes.

    ``unpaired`` has a sentence on each study that is not compared with others of its name;
    ``silenced`` has the codes of diagnostics that are not shown.
    """

    benches: Sequence[Result]
    studies: Sequence[StudyScores]
    races: Sequence[tuple[Path, Race]]
    problems: Sequence[str]
    notes: Sequence[str]
    unpaired: Sequence[str]
    metric: SelectedMetric
    silenced: Sequence[str] = ()
    suites: Sequence[tuple[Path, SuiteRace]] = ()

    def with_metric(self) -> SavedResults:
        """Compute the metric of a plug-in for every study.

        Raises
        ------
        ResultsError
            A study lacks what the metric is computed from.
        PluginError
            The plug-in's function fails or does not return a number.
        """
        return replace(self, studies=[with_metric(study, self.metric) for study in self.studies])


def read_saved_results(options: CompareOptions, root: Path) -> SavedResults:
    """Read the results that the options name.

    Raises
    ------
    UsageError
        The metric is unknown.
    ResultsError
        Nothing can be read.
    """
    paths = options.results or (local_results(root),)
    if not options.results and not paths[0].exists():
        raise ResultsError(nothing_here(paths[0]))
    benches = read_results(paths, holds_scores_or_races)
    metric = find_metric(options.metric, options.metrics, root)
    stored = [metric.name, ALWAYS_DEFINED] if metric.plugin is None else []
    studies = read_studies(paths, [*dict.fromkeys((*SUMMARY_METRICS, *stored))])
    saved = read_races(paths)
    suites, unread_suites = read_suite_races(paths)
    silenced = silenced_codes((), root)

    def wants(kind: ResultKind) -> bool:
        return options.only in (None, kind)

    results = SavedResults(
        benches=benches.results if wants("bench") else (),
        studies=[replace(study, interval=options.interval) for study in studies.studies]
        if wants("scores") or wants("datasets")
        else (),
        races=saved.races if wants("races") else (),
        problems=[*benches.problems, *studies.problems, *saved.problems, *unread_suites],
        notes=without_silenced_notes(studies.notes, silenced),
        unpaired=unpaired_notes(studies.studies) if wants("scores") else (),
        metric=metric,
        silenced=silenced,
        suites=suites if wants("suites") else (),
    )
    _require_results(results, options, paths)
    return results


def _require_results(saved: SavedResults, options: CompareOptions, paths: Sequence[Path]) -> None:
    """Refuse to compare nothing, and options that no result is about.

    Raises
    ------
    ResultsError
        There is no result.
    UsageError
        An option is about scores, and there are none, or the method of intervals is about folds,
        and a study has none.
    """
    if options.only == "datasets" and saved.studies and not dataset_groups(saved.studies):
        where = ", ".join(map(str, paths))
        raise ResultsError(
            f"{where}: there are no three data sets with the same environment, protocol and "
            "reference: score more of them with evenfold score MODEL... --dataset A --dataset B"
        )
    if not (saved.benches or saved.studies or saved.races or saved.suites):
        where = ", ".join(map(str, paths))
        kind = f"no {KIND_WORDS[options.only]}" if options.only else "no result that can be read"
        raise ResultsError("; ".join([*saved.problems, f"{where}: there is {kind} here"]))
    if not saved.studies:
        given = {
            "metric": None if options.metric == DEFAULT_METRIC else options.metric,
            "metrics": options.metrics or None,
            "rope": options.rope,
            "interval": None if options.interval == "rows" else options.interval,
            "time-to": options.time_to,
        }
        refuse_given(given, "it is about scores, and there are none among the results")
    for study in saved.studies:
        if options.interval != "rows" and study.design.folds == 1:
            raise UsageError(
                f"--interval {options.interval} is about overlapping folds, and {study.file} has "
                "a holdout, which is one split: leave the option or the file out"
            )


def comparison_text(saved: SavedResults, options: CompareOptions, style: str) -> str:
    """Write the tables of results in a format: ``table``, ``markdown``, ``csv`` or ``json``.

    Raises
    ------
    UsageError
        There are several kinds of results, and csv or json hold one table.
    """
    if style in ("csv", "json"):
        return _numbers(saved, options, style)
    if options.only == "datasets":
        return "\n\n".join(group_texts(saved.studies, options.metric, options.rope, style))
    scores = [*score_tables(saved.studies, options.metric, options.rope, style, saved.silenced)]
    if options.time_to is not None:  # before the next command
        scores[-1:-1] = saved_time_texts(saved.studies, options.time_to, style)
    over = group_texts(saved.studies, options.metric, options.rope, style)
    parts = (
        () if options.only == "scores" else over,
        _bench_texts(saved.benches, style),
        scores,
        race_texts(saved.races, style),
        suite_texts(saved.suites, style),
    )
    texts = [text for part in parts for text in part]
    if saved.races:
        file, race = saved.races[-1]
        texts.append(f"Next: {next_command(race, file)}")
    elif saved.suites:
        file, suite = saved.suites[-1]
        texts.append(f"Next: {suite_next_command(suite, file)}")
    elif not saved.studies:
        texts.append(sentence(comparison_next_step(saved.benches), style))
    return "\n\n".join(texts)


def _numbers(saved: SavedResults, options: CompareOptions, style: str) -> str:
    if options.time_to is not None:
        return write(saved_time_numbers(saved.studies, options.time_to), style)
    if options.only == "datasets":
        return write(group_numbers(saved.studies, options.metric, options.rope), style)
    tables = []
    if saved.benches:
        tables.append(bench.numbers(list(saved.benches)))
    if saved.studies:
        tables.append(comparison_numbers(saved.studies, options.metric, options.rope))
    if saved.races:
        tables.append(race_numbers([race for _, race in saved.races]))
    if saved.suites:
        tables.append(suite_numbers([race for _, race in saved.suites]))
    if len(tables) > 1:
        raise UsageError(
            f"there are several kinds of results, and {style} holds one table: choose one with "
            f"--only {'|'.join(RESULT_KINDS)}"
        )
    return write(tables[0] if tables else bench.numbers([]), style)


def _bench_texts(results: Sequence[Result], style: str) -> Iterator[str]:
    if results:
        yield sentence(comparison_conclusion(results), style)
        yield write(bench.comparison(results), style)
        yield bench.CAPTION
