"""Races in the pages that are made from results: section, figure, README's table, answers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from builders.figures import marks
from builders.races import changed, race
from evenfold.cli.compare import compare_command
from evenfold.errors import ResultsError
from evenfold.race.figures import race_ratios
from evenfold.race.files import read_races, write_race
from evenfold.race.tables import (
    race_caption,
    race_heading,
    race_numbers,
    race_table,
    race_text,
    side_by_side_table,
)
from evenfold.render.charts import NameStyles
from evenfold.report.answers import TEMPLATE, answers
from evenfold.report.markdown import section_markdown
from evenfold.report.pages import drifted, pages
from evenfold.report.report_data import ReportData
from evenfold.report.sections import complete_sections


def renamed(saved, *names):
    runners = [replace(r, name=name) for r, name in zip(saved.contenders, names, strict=True)]
    return replace(saved, contenders=tuple(runners))


def ratios_figure(saved):
    return race_ratios(saved, NameStyles.of(one.label for one in saved.contenders))


def digest(saved):
    return ratios_figure(saved).digest


@pytest.fixture
def base(tmp_path):
    return tmp_path / "results"


@pytest.fixture
def save(base):
    def put(*races):
        for saved in races:
            write_race(base / saved.machine / "races" / f"{saved.name}.json", saved)
        return ReportData((), (), [saved for _, saved in read_races([base]).races])

    return put


def whole(report_data, base):
    """The complete report as Markdown."""
    return "\n".join(map(section_markdown, complete_sections(report_data, base)))


def test_a_page_shows_every_race_with_its_table_and_its_figure(save, base):
    shown = save(race(1.05), changed(race(), name="slow", measure="epoch", rows=None))
    made = {page.path.name: page.content.decode() for page in pages(shown, base)}
    text = whole(shown, base)
    assert text.index("## Races") < text.index("### predict, 1 row, epyc-2c")
    assert "### epoch, epyc-2c" in text
    for saved in shown.races:
        assert f"figures/epyc-2c-{saved.name}.svg" in text
        for cell in race_table(saved)["ratio"]:
            assert cell in text
            assert cell in made["README.md"]
    first = shown.races[0]  # races of the same contenders have one figure on the short page
    assert digest(first) in made[f"epyc-2c-{first.name}.svg"]


def test_races_of_the_same_are_told_apart_by_their_names(save, base):
    shown = save(race(1.05), replace(race(), name="slow"))
    text = whole(shown, base)
    for saved in shown.races:
        assert 1 == text.count(f"### predict, 1 row, {saved.name}, epyc-2c\n")


def test_what_was_slowed_on_purpose_says_so_and_fails_nothing(save, base):
    """Races of a self-check lie beside others."""
    saved = race(1.05)
    one, other = saved.contenders
    slowed = replace(saved, name="slowed", contenders=(one, replace(other, delay=0.05)))
    assert ["mine", "mine (2) +5 %"] == list(race_table(slowed)["contender"])
    assert ["mine (2) +5 %"] == list(ratios_figure(slowed).table["contender"])[1:]
    assert [0, 0.05] == list(race_numbers([slowed])["delay"])
    assert "mine (2) +5 %" in race_text(slowed, "table")
    assert saved.is_slower
    assert not slowed.is_slower
    for one, code in ((slowed, 0), (saved, 1)):
        save(one)
        asked = [str(base), "--only", "races", "--fail-on", "slower", "--format", "csv"]
        assert code == compare_command.main(asked, standalone_mode=False)


def test_a_changed_race_is_drift_in_page_and_figure_and_nothing_else_is(save, base):
    for page in pages(save(race(1.05)), base):
        page.write()
    assert not drifted(pages(save(race(1.05)), base))
    changed = {page.path.name for page in drifted(pages(save(race(1.06)), base))}
    assert {"README.md", "report.html", "epyc-2c-aa.svg"} == changed


def test_a_figure_draws_the_ratios_and_their_intervals():
    """What is drawn are the numbers of the table."""
    saved = race(1.05)
    figure = ratios_figure(saved)
    (ratio,) = saved.ratios
    (rule,) = (mark for mark in marks(figure, "rule mark") if "contender" in mark)
    start, end = (float(value) for name, value in rule.items() if name != "contender")
    assert (start, end) == pytest.approx((ratio.low, ratio.high), rel=1e-5)
    points = [float(value) for mark in marks(figure, "point")
              for name, value in mark.items() if name != "contender"]  # fmt: skip
    assert points == pytest.approx([1, ratio.estimate], rel=1e-5)


def test_an_interval_without_an_end_extends_to_the_edge():
    figure = ratios_figure(race(1.05))
    table = figure.table.assign(low=[math.nan, 0.0], high=[math.nan, math.inf])
    layer = figure.spec["layer"][2]
    endless = replace(figure, table=table)
    (rule,) = (mark for mark in marks(endless, "rule mark") if "contender" in mark)
    start, end = (float(value) for name, value in rule.items() if name != "contender")
    assert [start, end] == pytest.approx(layer["encoding"]["x"]["scale"]["domain"], rel=1e-4)


def test_a_ratio_has_three_digits_or_more_however_small_it_is():
    """Inference paths differ by four orders of magnitude."""
    for ratio in (0.000208, 0.02345, 0.98765, 23.456):
        told = race_table(race(ratio))["ratio"][1].split()[0]
        assert ratio == pytest.approx(float(told), rel=0.005)
        assert 3 <= len(told.replace(".", "").lstrip("0"))


def test_a_path_that_rounds_tells_by_how_much_in_a_column_of_its_own():
    saved = race(1.05)
    assert "differs by" not in race_table(saved)
    one, other = saved.contenders
    rounded = replace(saved, contenders=(one, replace(other, difference=0.0123)))
    assert ["–", "0.01"] == list(race_table(rounded)["differs by"])
    assert "Differs by" in race_caption([rounded])
    assert "Differs by" not in race_caption([saved])
    assert [None, 0.0123] == list(race_numbers([rounded])["difference"].replace({np.nan: None}))


def test_what_keras_compiles_is_named():
    saved = race(1.05)
    one, other = saved.contenders
    told = replace(saved, contenders=(replace(one, jit_compile=False), other))
    assert "jit" not in race_caption([saved]) + race_caption([told])
    told = replace(told, contenders=(told.contenders[0], replace(other, jit_compile=True)))
    assert f"Keras compiles (jit_compile): {other.name}." in " ".join(race_caption([told]).split())
    exported = replace(told.contenders[1], path="onnx")
    assert "jit" not in race_caption([replace(told, contenders=(one, exported))])
    assert [False, True] == list(race_numbers([told])["jit_compile"])
    assert all(value is pd.NA for value in race_numbers([saved])["jit_compile"])


def test_cpu_time_is_told_from_wall_time():
    saved = race(1.05)
    cpu = changed(saved, clock="cpu")
    assert "CPU time a prediction" == race_table(cpu).columns[1]
    assert "time a prediction" == race_table(saved).columns[1]
    words = "All contenders are sampled at the same time"
    assert words in race_caption([saved, cpu]).replace("\n", " ")
    assert words not in race_caption([saved]).replace("\n", " ")
    assert {"predict, 1 row", "predict, 1 row, CPU time"} < set(
        side_by_side_table([saved, cpu]).columns
    )
    assert ["wall", "cpu"] == list(race_numbers([saved, cpu])["clock"].unique())


def test_races_of_one_kind_are_told_apart_by_name():
    saved = race(1.05)
    found = side_by_side_table([saved, replace(saved, name="bb", dataset="wine")])
    assert 8 == len(found.columns)
    assert {"predict, 1 row, aa", "predict, 1 row, bb"} < set(found.columns)
    told = race_caption([saved, replace(saved, name="bb", dataset="wine")])
    assert "breast_cancer" in told
    assert "wine" in told


def test_two_races_of_one_name_have_no_figure_in_common(save, base):
    shown = save(race())
    with pytest.raises(ResultsError, match="epyc-2c-aa is the figure of 2 results"):
        list(pages(ReportData((), (), [*shown.races, *shown.races]), base))


def test_a_figure_is_the_same_where_the_last_digits_differ():
    """Other versions of numpy and scipy round otherwise."""
    saved = race(1.05)
    near = replace(saved, launches=tuple(
        replace(one, seconds=tuple(s * (1 + 1e-10 * n) for n, s in zip(one.order, one.seconds,
                                                                       strict=True)))
        for one in saved.launches
    ))  # fmt: skip
    assert digest(saved) == digest(near)


def test_a_digest_is_of_what_is_drawn():
    saved = race(1.05)
    assert digest(saved) == digest(race(1.05))
    others = (race(1.051), changed(saved, margin=0.01), changed(saved, rows=2),
              renamed(saved, "mine", "other"))  # fmt: skip
    assert 5 == len({digest(other) for other in (saved, *others)})


@pytest.mark.parametrize("ratio", [0.001, 0.98, 1.0, 1.3, 40.0])
@pytest.mark.parametrize("launches", [1, 2, 5])
def test_any_race_can_be_drawn(ratio, launches):
    saved = race(ratio, launches=launches, judged=())
    assert math.isnan(saved.ratios[0].low) == (launches == 1)
    assert "</svg>" in ratios_figure(saved).svg()


def test_names_are_text_in_pages_and_figures(save, base):
    """A formula's signs, a table's and those of HTML."""
    evil = "<script>alert(1)</script>"
    shown = ReportData((), (), [replace(renamed(race(), "a|b$x", evil), dataset=evil),
                           replace(renamed(race(), evil, "b"), name="other")])  # fmt: skip
    readme = base.parent / "README.md"
    readme.parent.mkdir(exist_ok=True)
    readme.write_text("<!-- evenfold races epyc-2c other -->\n<!-- /evenfold -->\n")
    made = {str(page.path): page.content.decode() for page in pages(shown, base)}
    assert not any(evil in text for text in made.values())
    made = {
        page.path.name: page.content.decode()
        for page in pages(ReportData((), (), shown.races[:1]), base / "x")
    }
    assert r"a\|b$x" in made["README.md"]
    assert "<script" not in made["epyc-2c-aa.svg"]


def test_races_stand_side_by_side_and_only_of_the_same_contenders():
    one, many = race(1.05), changed(race(0.9), name="many", rows=1024)
    table = side_by_side_table([one, many])
    assert ["mine", "mine (2)"] == list(table["contender"])
    assert ["0.5000", "0.5000"] == list(table["accuracy"])
    assert "in the race of predict, 1 row: no score" in " ".join(race_caption([one, many]).split())
    for saved in (one, many):
        rows = race_table(saved)
        assert list(rows["ratio"]) == list(table[f"ratio, {race_heading(saved)}"])
        assert list(rows["verdict"]) == list(table[f"verdict, {race_heading(saved)}"])
        assert list(rows["time a prediction"]) == list(table[race_heading(saved)])
    assert "predict, 1,024 rows" in table.columns
    with pytest.raises(ResultsError, match=r"other is of mine, x, and aa of mine, mine \(2\): "):
        side_by_side_table([one, replace(renamed(race(), "mine", "x"), name="other")])


def test_the_readme_shows_the_races_that_it_names(save, base):
    shown = save(race(1.05), changed(race(0.9), name="many", rows=1024))
    readme = base.parent / "README.md"
    readme.write_text("a\n<!-- evenfold races epyc-2c aa many -->\nold\n<!-- /evenfold -->\nb\n")
    (page,) = (page for page in pages(shown, base) if page.path == readme.resolve())
    assert page.content.decode().startswith(
        "a\n<!-- evenfold races epyc-2c aa many -->\n| contender"
    )
    assert page.content.decode().endswith("<!-- /evenfold -->\nb\n")
    assert "\nold\n" not in page.content.decode()
    for saved in shown.races:
        assert race_table(saved)["ratio"][1] in page.content.decode()


@pytest.mark.parametrize(
    ("named", "missing"),
    [
        ("races", ""),
        ("races epyc-2c", ""),
        ("races epyc-2c aa none", "none of epyc-2c"),
        ("races x aa", "aa of x"),
    ],
)
def test_a_readme_that_names_no_race_is_told(save, base, named, missing):
    shown = save(race())
    readme = base.parent / "README.md"
    readme.write_text(f"<!-- evenfold {named} -->\n<!-- /evenfold -->\n")
    with pytest.raises(ResultsError, match=rf"README.md shows {named}: .*race.*{missing}"):
        list(pages(shown, base))


def test_answers_look_races_up(save, base):
    shown = save(race(1.05))
    (ratio,) = shown.races[0].ratios
    (base / TEMPLATE).write_text(
        "{{ ratio('epyc-2c/aa', 'mine (2)') }} {{ race_verdict('epyc-2c/aa', 'mine (2)') }}"
        " {{ race_time('epyc-2c/aa', 'mine (2)') }}"
    )
    told = answers(base, shown)
    assert f"{ratio.estimate:.4f} [{ratio.low:.4f}, {ratio.high:.4f}] **slower** " in told
    assert told.endswith(f"{1000 * np.median(np.concatenate(shown.races[0].times)[:, 1]):.2f} ms")


@pytest.mark.parametrize("asked", ["'epyc-2c/no', 'mine (2)'", "'epyc-2c/aa', 'mine'"])
def test_answers_that_ask_for_no_race_are_told(save, base, asked):
    shown = save(race())
    (base / TEMPLATE).write_text(f"{{{{ ratio({asked}) }}}}")
    with pytest.raises(ResultsError, match=r"no race|beside"):
        answers(base, shown)
