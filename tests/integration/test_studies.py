"""Studies on disk: read, compared between models and environments, and made into pages."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace

import pytest

from builders.commands import run_command
from builders.models import ESTIMATOR
from builders.pages import complete_text
from evenfold.errors import ResultsError
from evenfold.report.answers import answers
from evenfold.report.pages import drifted, pages
from evenfold.report.report_data import ReportData
from evenfold.score.studies import read_studies

MODELS = ("hist_gradient_boosting", "logistic_regression", "majority")
ANSWERS = """\
## Answers

Boosting scored {{ score("one/breast_cancer/kfold3x2", "hist_gradient_boosting") }}.
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two environments' studies of three estimators, and their store."""
    folder = tmp_path_factory.mktemp("made") / "results"
    for name in ("one", "two"):
        done = run_command(
            "score", *MODELS, "--folds", "3", "--repeats", "2",
             "--env", f"{name}={sys.executable},XLA_FLAGS=--{name}=1", "--results", folder,
        )  # fmt: skip
        assert 0 == done.returncode, done.stderr
    return folder


@pytest.fixture
def results(made, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(made, tmp_path / "results")


def test_answers_look_learning_curves_up(results):
    import pandas as pd

    studies = read_studies([results]).studies
    curves = {"loss": [9.0, 0.5, 9.0, 0.25, 9.0, 0.125], "held": float("nan")}
    histories = {
        studies[0].file: pd.DataFrame({"model": "net", "epoch": [1, 2, 1, 2, 1, 2], **curves})
    }
    where = "one/breast_cancer/kfold3x2"
    template = results / "answers.md.j2"
    template.write_text(f"{{{{ last('{where}', 'net', 'loss') }}}}")
    assert "0.2500" == answers(results, ReportData((), studies, (), {}, histories))
    for asked in ("'net', 'held'", "'net', 'none'", "'other', 'loss'"):
        template.write_text(f"{{{{ last('{where}', {asked}) }}}}")
        with pytest.raises(ResultsError, match="no curve"):
            answers(results, ReportData((), studies, (), {}, histories))
    with pytest.raises(ResultsError, match="no curve"):
        answers(results, ReportData((), studies, ()))


@pytest.fixture
def compare():
    return lambda *arguments: run_command("compare", *arguments)


def test_models_and_environments_have_verdicts(made, compare):
    done = compare(made)
    assert 0 == done.returncode, done.stderr
    told = done.stdout
    assert "breast_cancer, kfold3x2, one: 3 folds × 2\n" in told
    assert "row against column" in told
    between = told.partition("each model, between environments")[2]
    # The same seeds on the same folds: an estimator's scores are the same in both.
    assert 3 == between.count("equivalent")


def test_csv_files_and_their_store_tell_the_same(made, compare):
    one, store = (
        compare(made, "--format", "json"),
        compare(made.parent / ".evenfold" / "fits.sqlite", "--format", "json"),
    )
    from_files, from_store = json.loads(one.stdout), json.loads(store.stdout)
    assert 9 == len(from_files)
    # A store does not know the name of the positive class.
    assert [{**row, "positive": None} for row in from_files] == from_store


def test_verdicts_are_on_the_metric_and_margin_asked_for(made, compare):
    def verdict(*arguments):
        rows = json.loads(compare(made, "--format", "json", *arguments).stdout)
        (row,) = (r for r in rows if (r["reference"], r["model"]) == MODELS[:2]
                  and r["environment"] == "one")  # fmt: skip
        return row["verdict"], row["difference"]

    assert verdict()[1] > 0
    assert "equivalent" == verdict("--rope", "0.9")[0]
    # Log loss is oriented: above 0 is better there too.
    assert verdict("--metric", "log_loss")[1] > 0


def test_fail_on_worse(made, compare):
    assert 1 == compare(made, "--fail-on", "worse").returncode
    assert 0 == compare(made, "--fail-on", "worse", "--rope", "0.9").returncode


def test_what_cannot_be_read_is_named_and_the_rest_is_shown(results, compare):
    files = sorted(results.rglob("breast_cancer*.csv"))
    files[0].write_bytes(files[0].read_bytes()[:300])
    foreign = files[1].with_name("foreign.csv")
    foreign.write_text("a,b\n1,2\n")
    done = compare(results)
    assert 3 == done.returncode
    assert f"{files[0]} is truncated or not a table of scores" in done.stderr
    assert f"{foreign} is not a table of scores" in done.stderr
    assert "breast_cancer, kfold3x2, two" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_table_of_scores_cut_off_at_a_line_is_told_and_read(results, compare):
    file = min(results.rglob("breast_cancer*.csv"))
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-2]))
    done = compare(results)
    assert 3 == done.returncode
    assert f"{file}: majority has 4 fits of 6: some failed, or the file is cut off" in done.stderr
    assert 1 == done.stderr.count("fits of 6")
    assert "breast_cancer, kfold3x2, one" in done.stdout


def test_models_without_a_fit_are_named(tmp_path, compare):
    """All fits of one failed, and another was skipped: neither has a row in the table."""
    (tmp_path / "data.csv").write_text("a,y\n" + "".join(f"{n},{n % 2}\n" for n in range(12)))
    raises = "    raise ValueError('no fit')\n"
    needs = "    import a_package_that_is_missing\n"
    for name, line in (("failing", raises), ("absent", needs)):
        text = f'"""A model."""\nfrom evenfold import Model\n\n\ndef build(task):\n{line}\n\n'
        (tmp_path / f"{name}.py").write_text(text + "MODEL = Model(build)\n")
    done = run_command(
        "score", "majority", "failing", "absent", "--models", tmp_path, "--folds", "3",
        "--dataset", tmp_path / "data.csv", "--target", "y", "--repeats", "1",
        "--results", tmp_path / "results",
    )  # fmt: skip
    assert 3 == done.returncode, done.stderr
    saved = compare(tmp_path / "results")
    assert 3 == saved.returncode
    assert "data.kfold3x1.csv: failing has no fits: all of them failed" in saved.stderr
    assert "data.kfold3x1.csv: absent was skipped: a_package_that_is_missing is" in saved.stderr


def test_a_file_of_the_older_name_is_told_where_there_is_a_newer_one(results, compare):
    """It would be compared with itself."""
    newer = min(results.rglob("breast_cancer.kfold3x2.csv"))
    older = newer.with_name("breast_cancer.csv")
    for ending in (".csv", ".environment.json"):
        shutil.copy(newer.with_suffix(ending), older.with_suffix(ending))
    done = compare(results)
    assert f"{older} is of kfold3x2, as a newer file beside it is: delete it" in done.stderr
    assert 2 == len(read_studies([results]).studies)


def test_the_verdict_stands_beside_what_it_is_on(made, compare):
    from evenfold.score.tables import score_summary

    study = read_studies([made]).studies[0]
    for metric in ("accuracy", "log_loss"):
        table = score_summary(study.model_scores, metric, None)
        assert ["model", "fits", metric, f"Δ {metric}", "verdict"] == list(table.columns)[:5]
        assert 1 == list(table.columns).count(metric)


def test_seconds_of_a_fit_stand_beside_scores_only_where_all_are_the_models_own(results):
    """What the compiled engine takes is no model's training time."""
    from evenfold.score.captions import COST_CAPTION, compare_caption
    from evenfold.score.tables import score_summary

    study = read_studies([results]).studies[0]
    assert "fit s" not in score_summary(study.model_scores, "accuracy", None)

    def with_network(engine):
        scores = study.scores.copy()
        scores.loc[scores["model"] == MODELS[0], ["engine", "fit_seconds"]] = [engine, 12.5]
        return replace(study, scores=scores)

    own = with_network("keras")
    table = score_summary(own.model_scores, "accuracy", None)
    assert "12.5 [–]" == table.set_index("model")["fit s"][MODELS[0]]
    assert COST_CAPTION in compare_caption("accuracy", None, [study, own])
    assert COST_CAPTION not in compare_caption("accuracy", None, [study])
    compiled = with_network("compiled").model_scores
    assert "fit s" not in score_summary(compiled, "accuracy", None)
    mixed = own.scores.copy()
    mixed.loc[mixed["model"] == MODELS[1], "engine"] = "compiled"
    assert "fit s" not in score_summary(replace(own, scores=mixed).model_scores, "accuracy", None)
    asked = f"{{{{ cost('{study.dataset}/{study.protocol}', '{MODELS[0]}') }}}}"
    (results / "answers.md.j2").write_text(asked)
    assert "12.5 s" == answers(results, ReportData((), [own], ()))
    with pytest.raises(ResultsError, match="no seconds of"):
        answers(results, ReportData((), [study], ()))


def test_fits_of_an_earlier_file_are_no_further_repeats(tmp_path, compare):
    """An edited model's fits are a study of their own, also where only some were run."""
    file = tmp_path / "own" / "mine.py"
    file.parent.mkdir()
    asked = ("score", "majority", "mine", "--models", file.parent,
             "--folds", 3, "--results", tmp_path / "results")  # fmt: skip
    for repeats, text in ((2, ESTIMATOR), (1, ESTIMATOR + "# edited\n")):
        file.write_text(text)
        done = run_command(*asked, "--repeats", repeats)
        assert 0 == done.returncode, done.stderr
    store = tmp_path / ".evenfold" / "fits.sqlite"
    done = compare(store, "--format", "json")
    assert 0 == done.returncode
    assert f"{store}: 6 fits of mine in " in done.stderr
    (study,) = read_studies([store]).studies
    assert {"majority": 6, "mine": 3} == study.scores.groupby("model").size().to_dict()
    assert not study.scores.duplicated(["model", "split", "seed"]).any()


def test_a_store_that_is_none_is_told(tmp_path, compare):
    (tmp_path / "x.sqlite").write_text("nothing")
    done = compare(tmp_path / "x.sqlite")
    assert 2 == done.returncode
    assert "is not a store of fits" in done.stderr


def test_answers_are_words_around_figures(results):
    (results / "answers.md.j2").write_text(ANSWERS)
    studies = read_studies([results]).studies
    made = list(pages(ReportData((), studies, ()), results))
    (readme,) = (page for page in made if page.path.name == "README.md")
    assert "## Answers\n\nBoosting scored 0.9" in readme.content.decode()
    assert "| row against column" in complete_text(results)
    for page in made:
        page.write()
    assert [] == drifted(pages(ReportData((), studies, ()), results))
    readme.path.write_text(readme.content.decode().replace("scored 0.9", "scored 0.8"))
    assert [readme.path] == [
        page.path for page in drifted(pages(ReportData((), studies, ()), results))
    ]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ('score("nowhere/x/y", "majority")', "no study nowhere/x/y"),
        ('score("ne/breast_cancer/kfold3x2", "majority")', "no study ne/breast_cancer"),
        ('score("kfold3x2", "majority")', "kfold3x2 is several studies"),
        ('score("one/breast_cancer/kfold3x2", "x")', "no model x"),
        ("verdict(", "answers.md.j2: unexpected"),
        ("nothing", "answers.md.j2: line 1: only text, set and lookups can stand here"),
        ("''.__class__.__mro__", "line 1: only text, set and lookups"),
        ("10 ** 100000", "line 1: only text, set and lookups"),
        ("score.__globals__", "line 1: only text, set and lookups"),
        ("score(1 / 0)", "line 1: expected a text, a number, or a name that was set"),
        ("score()", "line 1: score: other arguments than it has"),
    ],
)
def test_an_answer_that_cannot_be_given_is_told(results, asked, message):
    (results / "answers.md.j2").write_text("{{ " + asked + " }}")
    with pytest.raises(ResultsError, match=message):
        list(pages(ReportData((), read_studies([results]).studies, ()), results))


def test_studies_of_several_machines_are_compared_and_told_apart(results):
    """The scores of two machines stand in one table; a template names its machine."""
    (machine,) = (folder for folder in results.iterdir() if folder.is_dir())
    shutil.copytree(machine, results / "other-1c")
    for file in (results / "other-1c").rglob("*.environment.json"):
        told = json.loads(file.read_text())
        file.write_text(json.dumps({**told, "machine": "other-1c"}))
    asked = "other-1c/one/breast_cancer/kfold3x2"
    (results / "answers.md.j2").write_text(f'It is {{{{ score("{asked}", "majority") }}}}.')
    (page,) = (p for p in pages(ReportData((), read_studies([results]).studies, ()), results)
               if p.path.name == "README.md")  # fmt: skip
    assert "It is 0.6" in page.content.decode()
    text = complete_text(results)
    assert 1 == text.count("each model, between environments")
    assert " other-1c/two |" in text


def test_a_block_of_the_readme_shows_a_study(results):
    machine = read_studies([results]).studies[0].machine
    readme = results.parent / "README.md"
    readme.write_text(
        f"<!-- evenfold {machine}/one breast_cancer.kfold3x2 -->\n<!-- /evenfold -->\n"
    )
    studies = read_studies([results]).studies
    (page,) = (page for page in pages(ReportData((), studies, ()), results) if page.path == readme)
    assert "| logistic_regression" in page.content.decode()
    text = " ".join(page.content.decode().split())
    assert "intervals rest on the variation over test rows" in text
    assert "Only majority is shown to be worse than hist_gradient_boosting" in page.content.decode()
    readme.write_text(f"<!-- evenfold {machine}/one wine -->\n<!-- /evenfold -->\n")
    with pytest.raises(ResultsError, match=f"shows {machine}/one wine: there is no such study"):
        list(pages(ReportData((), studies, ()), results))
