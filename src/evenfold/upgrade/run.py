"""``evenfold upgrade``: two score studies and races of every model, and what is said of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from evenfold.cli.score import Progress
from evenfold.data import splits as protocols
from evenfold.errors import SkippedError, UsageError, WorkerError
from evenfold.plugins.datasets import DatasetOptions, open_dataset
from evenfold.plugins.models import find_models, select_models
from evenfold.race.contenders import name_contenders
from evenfold.race.files import free_name
from evenfold.race.options import RaceOptions
from evenfold.race.plan import detectable_before
from evenfold.race.progress import line_monitor
from evenfold.race.record import Race
from evenfold.race.request import RaceRequest, race_name
from evenfold.race.run import run_race
from evenfold.race.tables import ratio_cell, verdict_cell
from evenfold.render.progress import Line, Say, Tell
from evenfold.runtime import interpreters as environments
from evenfold.runtime.environment import core_count
from evenfold.runtime.results_folder import base_of
from evenfold.score import run as request
from evenfold.score.run import Planned, Scored, planned, run_request
from evenfold.score.studies import StudyScores
from evenfold.stats.score_intervals import Design
from evenfold.upgrade.tables import (
    FAILED,
    SKIPPED,
    Asked,
    Change,
    Gap,
    Upgraded,
    changes,
    fell_short,
)
from evenfold.worker.plugin import load_plugin

FELL_SHORT, SOME_FAILED = 1, 3
OF_POSITIVE = ("sensitivity", "specificity")


@dataclass(frozen=True)
class Question:
    """What is to be run: a study in each environment, and of each model two races.

    The first race is of its training. ``base`` is what every file goes below.
    """

    asked: Asked
    studies: tuple[request.Request, request.Request]
    races: Mapping[str, tuple[RaceRequest, RaceRequest]]
    base: Path


def show_upgrade(say: Say, tell: Tell, **asked: Any) -> int:
    """Runs studies and races and says their table; the exit code."""
    from evenfold.upgrade.tables import shown

    question = _question(tell, **asked)
    # What cannot be run in one environment is told before an hour is spent in the other.
    for study in question.studies:
        planned(study)
    scored = _score(question, tell)
    models = _race(question, _changes(question, scored), tell)
    say(shown(models, question.asked, [study.environment for study in scored], asked["style"]))
    if asked["style"] in ("table", "markdown"):
        say(f"\nSaved in {question.base}")
    if all(isinstance(what, Gap) for what in _figures(models)):
        tell(["nothing could be compared: no model ran in both environments"])
    failed = any(study.outcome.failed for study in scored)
    return exit_code(models, asked["fail_on"] or (), failed)


def exit_code(models: Sequence[Upgraded], fail_on: Collection[str], failed: bool) -> int:
    """1 where a verdict is what to fail on; 3 where fits or races failed, or all is missing."""
    figures = _figures(models)
    if fell_short(models) & set(fail_on):
        return FELL_SHORT
    failed |= any(isinstance(what, Gap) and what.word == FAILED for what in figures)
    return SOME_FAILED if failed or all(isinstance(what, Gap) for what in figures) else 0


def show_plan(say: Say, tell: Tell, **asked: Any) -> int:
    """Says how many fits are to be run in each environment and which races, and for how long."""
    question = _question(tell, **asked)
    plans = [planned(study) for study in question.studies]
    seconds, unknown, known = 0.0, False, set[str]()
    for name, plan in zip(question.asked.environments, plans, strict=True):
        # Fits of the same environment under two names are run once.
        known |= set(plan.seconds)
        left = [cell for cell in plan.cells if cell.key not in known]
        known |= {cell.key for cell in plan.cells}
        took = [_seconds_a_fit(cell.model, plan, plans) for cell in left]
        seconds += sum(time or 0.0 for time in took) / plan.slots
        unknown |= None in took
        say(f"{name}: {len(plan.cells)} fits, {len(left)} to run, {plan.slots} at a time")
    every = [race for pair in question.races.values() for race in pair]
    for measure in dict.fromkeys(race.settings.measure for race in every):
        of_measure = [race for race in every if race.settings.measure == measure]
        each = of_measure[0].settings.budget / 60
        number = f"{len(of_measure)} race" + "s" * (len(of_measure) > 1)
        by = " by CPU time" if of_measure[0].settings.clock == "cpu" else ""
        before = detectable_before(of_measure[0])
        say(f"{number} of {measure}{by}, {each:.3g} minutes or less each; {before}")
    minutes = (seconds + sum(race.settings.budget for race in every)) / 60
    rest = ", and what models take that were never fitted" if unknown else ""
    say(f"{minutes:.3g} minutes or less in all{rest}")
    return 0


def _question(tell: Tell, **asked: Any) -> Question:
    root = Path.cwd()
    models = find_models(asked["folders"], root)
    tell(models.notes)
    interpreters = _interpreters(asked["before"], asked["after"], root)
    dataset = open_dataset(
        DatasetOptions(
            asked["dataset"],
            asked["target"],
            asked["positive"],
            asked["group"],
            asked.get("data"),
            tuple(asked.get("datasets", ())),
        ),
        root,
    )
    tell(dataset.notes)
    study = request.Request(
        dataset=dataset,
        models=select_models(asked["models"], models.files),
        design=Design(asked["folds"], asked["repeats"]),
        root=root,
        jobs=asked["jobs"] or core_count(),
        seed=asked["seed"],
        timeout=asked["timeout"],
        store=asked["store"],
        results=asked["results"],
    )
    base = base_of(root, asked["results"], False, datetime.now())
    # One folder for all of it; the store stays where that of other studies is.
    study = replace(study, store=study.store_file, results=base)
    if asked["metric"] in OF_POSITIVE and dataset.positive is None:
        raise UsageError(f"{asked['metric']} is of a positive label: name it with --positive")
    # Races are on this split: data without it are told of before the first fit.
    protocols.holdout(dataset)
    race_options = RaceOptions(
        clock=asked["clock"],
        budget=asked["budget"],
        margin=asked["margin"],
        threads=asked["threads"],
        seed=asked["seed"],
        timeout=asked["timeout"] or RaceOptions.timeout,
    )
    settings = race_options.settings({}, asked["seed"])
    race = RaceRequest(
        contenders={},
        dataset=dataset,
        files=models.files,
        root=root,
        settings=settings,
        timeout=race_options.timeout,
        results=base,
        interpreters={str(found.name): found for found in interpreters},
    )
    before, after = (str(found.name) for found in interpreters)
    names = before, after if after != before else f"{after} (2)"
    rope, metric = asked["rope"], asked["metric"]
    return Question(
        Asked(
            names,
            dataset.name,
            metric,
            study.design,
            rope,
            settings.margin,
            settings.threads,
            settings.clock,
        ),
        (replace(study, interpreter=interpreters[0]), replace(study, interpreter=interpreters[1])),
        {
            name: _races(race, race_options, name, path, (before, after))
            for name, path in study.models.items()
        },
        base,
    )


def _interpreters(
    before: str, after: str, root: Path
) -> tuple[environments.Interpreter, environments.Interpreter]:
    """Both environments; the same one twice asks what is found where there is nothing."""
    found = environments.find(before, root), environments.find(after, root)
    if found[0].name == found[1].name and found[0] != found[1]:
        raise UsageError(
            f"{before!r} and {after!r} are two environments of one name: give them two, as in "
            f"{found[0].name}-before={found[0].python}"
        )
    return found


def _races(
    race: RaceRequest, options: RaceOptions, model: str, path: Path, names: tuple[str, str]
) -> tuple[RaceRequest, RaceRequest]:
    """Training and one-row predictions of a model. Raises PluginError; the file's code is run."""
    is_network = load_plugin(model, path).model.epochs is not None
    contenders = name_contenders(f"{model}@{name}" for name in names)
    race = replace(race, contenders=contenders)
    training = replace(options, measure="epoch" if is_network else "fit")
    predict = replace(options, measure="predict", rows=1)
    seed = race.settings.seed
    return (
        replace(race, settings=training.settings(contenders, seed)),
        replace(race, settings=predict.settings(contenders, seed)),
    )


def _score(question: Question, tell: Tell) -> list[Scored]:
    """The studies, one after the other; what was skipped or failed is told."""
    scored = []
    for name, study in zip(question.asked.environments, question.studies, strict=True):
        done = run_request(study, Progress(tell, f"{name}: "))
        tell(f"{model} skipped in {name}: {why}" for model, why in done.outcome.skipped.items())
        tell(f"in {name}: {why}" for why in dict.fromkeys(done.outcome.failed.values()))
        if not len(done.scores):
            tell([f"in {name} no fit of any model came to a score"])
        scored.append(done)
    return scored


def _changes(question: Question, scored: Sequence[Scored]) -> dict[str, Change | Gap]:
    """Of each model its scores' change, or why there is none."""
    asked = question.asked
    before, after = (
        StudyScores(name, "", asked.dataset, "", asked.design, done.scores, done.file, {})
        for name, done in zip(asked.environments, scored, strict=True)
    )
    known = changes(before, after, asked.metric, asked.rope)
    return {model: known.get(model) or _gap(model, asked, scored) for model in question.races}


def _gap(model: str, asked: Asked, scored: Sequence[Scored]) -> Gap:
    skipped, failed = [], []
    for name, done in zip(asked.environments, scored, strict=True):
        if model in done.outcome.skipped:
            skipped.append(name)
        elif model not in set(done.scores["model"]):
            failed.append(name)
    word = SKIPPED if skipped and not failed else FAILED
    return Gap(word, " and ".join(failed or skipped))


def _race(question: Question, scores: Mapping[str, Change | Gap], tell: Tell) -> list[Upgraded]:
    """Every model with its races; one that has no score in an environment is not raced."""
    models = []
    for model, (training, predict) in question.races.items():
        score = scores[model]
        if isinstance(score, Gap):
            results: list[Race | Gap] = [score, score]
        else:
            results = [_raced(model, race, question.base, tell) for race in (training, predict)]
        models.append(Upgraded(model, score, training.settings.measure, *results))
    return models


def _raced(model: str, race: RaceRequest, base: Path, tell: Tell) -> Race | Gap:
    """A race that is run and saved, or why it was not; how it ended is told."""
    what = f"{model}, {race.settings.measure}"
    line = Line(tell)
    monitor = line_monitor(line, lambda: f"{what}: ")
    try:
        name = free_name(race_name(list(race.contenders), race.settings), base)
        done = run_race(replace(race, name=name), monitor).race
    except SkippedError as error:
        line.say(str(error))
        return Gap(SKIPPED)
    except (UsageError, WorkerError) as error:
        line.say(f"{what}: {error}")
        return Gap(FAILED)
    finally:
        line.close()
    (ratio,) = done.ratios
    line.say(f"{what}: {ratio_cell(ratio)}, {verdict_cell(done, ratio)}")
    return done


def _figures(models: Sequence[Upgraded]) -> list[Change | Race | Gap]:
    return [what for model in models for what in (model.score, model.training, model.predict)]


def _seconds_a_fit(model: str, plan: Planned, plans: Sequence[Planned]) -> float | None:
    """The median of what a model's fits took, in this environment or else in any."""
    for plans_asked in ([plan], plans):
        times = [
            each.seconds[cell.key]
            for each in plans_asked
            for cell in each.cells
            if cell.model == model and cell.key in each.seconds
        ]
        if times:
            return median(times)
    return None
