"""A report with a hostile name has the structure of a report with a usual one, in every medium."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from builders.bisects import finished
from builders.races import race
from builders.studies import bench, study
from builders.suites import suite_race
from evenfold.bench.comparison import comparison
from evenfold.bisect.tables import bisect_text
from evenfold.history.options import HistoryOptions
from evenfold.history.series import HistoryPoint, ResultSeries, SeriesChange
from evenfold.history.tables import history_text
from evenfold.race.tables import race_text
from evenfold.render.media import for_terminal
from evenfold.render.tables import write
from evenfold.report.page import page
from evenfold.report.report_data import ReportData
from evenfold.report.sections import complete_sections
from evenfold.report.summary import summary, summary_sections
from evenfold.score.tables import score_tables
from evenfold.suite.record import UnracedBenchmark
from evenfold.suite.tables import suite_text

HOSTILE = (
    "<script>alert(1)</script><img src=x>|x`y`\n# Pwned\r## Too\n\n```\n![i](http://evil/p.png) "
    "[l](javascript:alert(1))\n[l]: http://evil\n- item\n> quote\n\x1b[2J\u202e\x9b31m"
)
GFM = MarkdownIt("commonmark").enable("table")
# A name of several lines may begin a paragraph in a sentence, and its backticks may hold code.
TEXT = {"inline", "text", "text_special", "softbreak", "code_inline"}
TEXT |= {"paragraph_open", "paragraph_close"}


def report_data(name):
    """Return a bench run, a study and a race in which a model has a name."""
    models = {name: 0.95, "zz": 0.9}
    made = race()
    first, *others = made.contenders
    environment = {**first.environment, "flags": {"XLA_FLAGS": name}}
    contenders = (replace(first, name=name, environment=environment), *others)
    named = type(made)(**{**_fields(made), "contenders": contenders})
    return ReportData([bench(models=models)], [study(models=models)], [named])


def _fields(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def markdown_structure(text):
    """Return the kinds of all parts of a page but for text, in order, and what they link to."""
    return [
        (token.type, str(token.attrs) if token.type in ("link_open", "image") else "")
        for block in GFM.parse(text)
        for token in (block, *(block.children or ()))
        if token.type not in TEXT
    ]


class Tags(HTMLParser):
    """The elements of a page, with the attributes that load or run something."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        loads = [(n, v) for n, v in attributes if n in ("src", "href") or n.startswith("on")]
        if tag not in ("code", "p"):
            self.found.append((tag, loads))


@pytest.fixture(scope="module")
def reports():
    return {name: report_data(name) for name in ("net", HOSTILE)}


def test_the_short_page_has_the_same_structure(reports, tmp_path):
    usual, hostile = (
        markdown_structure(summary(data, tmp_path, list(summary_sections(data, tmp_path))))
        for data in reports.values()
    )
    assert usual == hostile


def test_the_complete_page_has_the_same_elements(reports):
    pages = []
    for data in reports.values():
        tags = Tags()
        tags.feed(page(list(complete_sections(data, Path("nowhere")))))
        pages.append(tags.found)
    assert pages[0] == pages[1]


def suite_of(name, style):
    """What a race of a suite prints of a benchmark, a contender and a reason with a name."""
    made = suite_race()
    base, head = made.contenders
    made = replace(
        made,
        benchmarks=(replace(made.benchmarks[0], name=name), *made.benchmarks[1:]),
        unraced=(UnracedBenchmark(name, name),),
        contenders=(base, replace(head, name=name, spec=name)),
    )
    return suite_text(made, style)


def bisect_of(name, style):
    """What a bisect prints of versions and notes with a name."""
    made = finished([0, 0, 0.1, 0.1], unusable=(1,))
    versions = tuple(replace(one, name=f"{name}{place}", note=name)
                     for place, one in enumerate(made.versions))  # fmt: skip
    settings = replace(made.settings, model=name)
    return bisect_text(replace(made, versions=versions, settings=settings), style)


def history_of(name, style):
    """What a history prints of a title, labels, notes and a machine with a name."""
    points = [HistoryPoint(f"{name}{n}", 1.0 + n) for n in range(3)]
    change = SeriesChange(1, 2, 0.5, 0.4, 0.6, "slower")
    series = ResultSeries("pytest-benchmark", name, name, "s", "time", points, [change], 0.02)
    return history_text([series], HistoryOptions(), style)


OTHERS = {"suite": suite_of, "bisect": bisect_of, "history": history_of}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds_have_the_same_structure_and_no_control(kind, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    usual, hostile = (markdown_structure(OTHERS[kind](n, "markdown")) for n in ("net", HOSTILE))
    assert usual == hostile
    text = for_terminal(OTHERS[kind](HOSTILE, "table"))
    assert "\x1b[2J" not in text
    assert "\\x1b[2J" in text


def texts(data, style):
    """Return what compare prints of every kind of result."""
    yield write(comparison(data.results), style)
    yield from score_tables(data.studies, "accuracy", None, style)
    yield from (race_text(each, style) for each in data.races)


def test_what_compare_prints_in_markdown_has_the_same_structure(reports):
    usual, hostile = (
        markdown_structure("\n\n".join(texts(data, "markdown"))) for data in reports.values()
    )
    assert usual == hostile


def test_what_compare_prints_on_a_terminal_has_no_control_but_colours(reports, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = for_terminal("\n".join(texts(reports[HOSTILE], "table")))
    assert "\x1b[2J" not in text
    assert {c for c in text if not c.isprintable()} <= {"\n", "\x1b"}
    assert "\\x1b[2J" in text
