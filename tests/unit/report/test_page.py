"""report.html: one file, everything in it, names as they are."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from builders.figures import EVERY
from evenfold.render.glyphs import IntervalAxis
from evenfold.render.theme import VARIABLES, colour_variables
from evenfold.report.page import page, page_digest
from evenfold.report.parts import DrawnIntervals, Folded, Section, Table, Words
from evenfold.stats.comparisons import Interval

EVIL = "<script>alert(1)</script>"
TABLE = pd.DataFrame({"model": ["net", EVIL], "accuracy": ["0.9600 [0.9500, 0.9700]", "–"]})


@pytest.fixture(scope="module")
def made():
    parts = [Words(f"Said *so*, {EVIL}."), Table(TABLE), *EVERY.values()]
    return [Section("Scores"), Section(EVIL, parts, level=3)]


@pytest.fixture(scope="module")
def text(made):
    return page(made)


class Elements(HTMLParser):
    """Every element's name and attributes, and the text of those that were asked for."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.inside = {"script": [], "th": [], "td": [], "h3": []}

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in self.inside:
            self.inside[tag].append("")

    def handle_data(self, data):
        tag = self.found[-1][0] if self.found else ""
        tag = "th" if tag == "button" else tag
        if self.inside.get(tag):
            self.inside[tag][-1] += data.strip("\n")


@pytest.fixture(scope="module")
def elements(text):
    parser = Elements()
    parser.feed(text)
    return parser


def test_names_are_shown_and_not_run(text, elements):
    """There are the data and our script, and no third."""
    assert [{"type": "application/json", "id": "charts"}, {"type": "module"}] == [
        attributes for tag, attributes in elements.found if tag == "script"
    ]
    assert EVIL not in text
    assert EVIL in elements.inside["th"]
    assert EVIL in elements.inside["h3"]


def test_nothing_is_fetched(elements):
    """And the page forbids it itself."""
    for tag, attributes in elements.found:
        for name in ("src", "href", "action", "data"):
            assert (attributes.get(name) or "#").startswith(("#", "data:,")), (tag, attributes)
    (policy,) = (a["content"] for t, a in elements.found if a.get("http-equiv"))
    assert policy.startswith("default-src 'none';")


def test_charts_have_all_the_numbers_of_their_figures(elements):
    told = json.loads(elements.inside["script"][0])["charts"]
    anchors = [attributes["id"] for tag, attributes in elements.found if tag == "figure"]
    assert len(EVERY) == len(anchors)
    for anchor, figure in zip(anchors, EVERY.values(), strict=True):
        data = told[anchor]["data"]
        assert list(figure.table.columns) == list(data)
        for column in figure.table.select_dtypes("float"):
            values = [float("nan") if v is None else v for v in data[column]]
            assert values == pytest.approx(list(figure.table[column]), rel=1e-5, nan_ok=True)


def test_tables_and_words_are_whole(text, elements):
    assert ["model", "accuracy", "net", EVIL] == elements.inside["th"]
    assert list(TABLE["accuracy"]) == elements.inside["td"]
    assert "<em>so</em>" in text


def test_the_digest_is_of_what_is_shown(made):
    def digest(sections):
        return re.search("<!-- data ([0-9a-f]{64}) -->", page(sections))[1]

    first = digest(made)
    assert first == digest(list(made))
    section = made[1]
    other = replace(section.parts[-1], spec={"mark": "point"})
    changed = [
        [Section("Other"), section],
        [made[0], Section(EVIL, [Words("Said so."), *section.parts[1:]], 3)],
        [made[0], Section(EVIL, [section.parts[0], Table(TABLE[:1]), *section.parts[2:]], 3)],
        [made[0], Section(EVIL, section.parts[:-1], 3)],
        [made[0], Section(EVIL, [*section.parts[:-1], other], 3)],
    ]
    assert 6 == len({first, *map(digest, changed)})


def test_the_digest_is_of_drawn_intervals_in_the_digits_of_other_numbers():
    """Another numpy rounds the last digit otherwise, and writes its numbers with their type."""

    def digest(low, kind=float):
        intervals = [Interval(kind(0.9), kind(low), kind(1.0))]
        drawn = DrawnIntervals("accuracy", intervals, IntervalAxis(0.5, 1.0, 0.9))
        return page_digest([Section("One", [Table(TABLE[:1], drawn=drawn)])])

    assert digest(0.8) == digest(0.8 + 1e-12) == digest(0.8, np.float64)
    assert digest(0.8) != digest(0.81)


def test_what_is_folded_is_in_the_page_and_every_section_in_the_contents():
    sections = [
        Section("Scores"),
        Section("One", [Folded("More", [Table(TABLE), Words("Inside.")])], 3, "It *is* so."),
        Section("Two", level=3, is_open=True),
        Section("Races"),
    ]
    text = page(sections, Section("", [Words("First.")], lead="In short."))
    links = re.findall('<a href="#(section-[0-9]+)">(.*?)</a>', text)
    assert ["Scores", "One", "Two", "Races"] == [title for _, title in links]
    assert all(f'id="{anchor}"' in text for anchor, _ in links)
    one, two = re.findall('<details class="study"[^>]*>', text)
    assert (False, True) == ("open" in one, "open" in two)
    assert '<span class="lead">It <em>is</em> so.</span>' in text
    assert '<div class="lead">In short.</div>' in text
    fold = text[text.index('<details class="fold"') :]
    assert fold.index("<summary>More</summary>") < fold.index("<table") < fold.index("Inside.")


def test_a_table_has_marks_and_intervals_of_its_names():
    drawn = DrawnIntervals("accuracy", [Interval(0.96, 0.95, 0.97)] * 2, IntervalAxis(0.9, 1.0))
    table = Table(TABLE, places={"net": 3, EVIL: 4}, drawn=drawn, extra=["accuracy"])
    text = page([Section("", [table])])
    assert 2 == text.count('class="interval"') == text.count('class="mark"')
    assert "var(--model-3)" in text
    assert 3 == len(re.findall('class="number extra"', text))
    assert EVIL not in text


def test_a_chart_has_no_colour_that_would_not_change_on_a_dark_page(elements):
    charts = elements.inside["script"][0]
    for colour in VARIABLES:
        assert f'"{colour}"' not in charts
    light, dark = (colour_variables(is_dark) for is_dark in (False, True))
    assert len(VARIABLES) == light.count(":") == dark.count(":")
