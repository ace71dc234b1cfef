"""report.html in a real browser: sorted, filtered, hovered, in light, dark and on a phone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from builders import ROOT

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PHONE = {"width": 390, "height": 844}
# A screenshot of each look is left here where it is named.
SHOTS = os.environ.get("EVENFOLD_SHOTS")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The repository's own results as a page."""
    from evenfold.cli.report import write_report
    from evenfold.report.options import ReportOptions

    results = shutil.copytree(ROOT / "results", tmp_path_factory.mktemp("page") / "results")
    assert 0 == write_report(
        lambda text: None, lambda lines: None, ReportOptions(results, format="csv")
    )
    return results / "report.html"


@pytest.fixture(scope="module")
def browser():
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def visit(browser, report):
    """Opens the page, and tells in the end what went wrong in it and what it asked for."""
    opened = []

    def open_page(**how):
        page = browser.new_page(**how)
        problems, asked = [], []
        page.on("console", lambda m: problems.append(m.text) if m.type != "log" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.as_uri())
        page.locator("table th[aria-sort]").first.wait_for()
        opened.append((page, problems, asked))
        return page

    yield open_page
    for page, problems, asked in opened:
        page.close()
        assert [] == problems
        assert [report.as_uri()] == [url for url in asked if not url.startswith("data:")]


# Texts of a figure that its frame cuts off, wholly or in part.
CUT_OFF = """figure => {
    const frame = figure.querySelector("svg.marks")?.getBoundingClientRect();
    const isCut = ({left, right, top, bottom}) =>
        left < frame.left - 2 || right > frame.right + 2
        || top < frame.top - 2 || bottom > frame.bottom + 2;
    return [...figure.querySelectorAll("svg.marks text")]
        .filter((text) => text.textContent && isCut(text.getBoundingClientRect()))
        .map((text) => text.textContent);
}"""


def drawn(figure):
    """Brings a figure into sight, and waits until it is drawn to its end."""
    figure.evaluate("figure => figure.scrollIntoView({block: 'center'})")
    figure.and_(figure.page.locator("[data-drawn]")).wait_for()
    figure.locator("svg.marks, canvas.marks").wait_for()


def hover(mark, tip):
    """Points at a mark until its values are shown: a figure drawn late moves those around it."""
    page = mark.page
    for _ in range(10):
        mark.evaluate("mark => mark.scrollIntoView({block: 'center'})")
        box = mark.bounding_box()
        page.mouse.move(0, 0)
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        try:
            return tip.wait_for(timeout=1000)
        except api.TimeoutError:
            continue
    raise AssertionError("no values are shown under the pointer")


def shot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=name != "top")


def column(table, number):
    cells = table.locator(f"tbody tr:visible > :nth-child({number})")
    return cells.all_inner_texts()


def test_a_table_is_sorted_both_ways_by_number(visit):
    page = visit()
    table = page.locator("table").first
    before = column(table, 3)
    head = table.locator("thead th").nth(2)
    orders = []
    for direction in ("ascending", "descending"):
        head.locator("button").click()
        assert direction == head.get_attribute("aria-sort")
        orders.append([float(text.split()[0]) for text in column(table, 3)])
    assert sorted(float(text.split()[0]) for text in before) == orders[0]
    assert sorted(orders[0], reverse=True) == orders[1]


def test_times_are_sorted_by_their_units_and_gaps_come_last(visit):
    page = visit()
    table = page.locator("table").first
    told = ["57.5 ms", "–", "430 µs", "1.2 s", "12 ms"]
    page.evaluate(
        """told => [...document.querySelector("table").tBodies[0].rows].forEach(
            (row, at) => { row.cells[2].textContent = told[at % told.length]; })""",
        told,
    )
    button = table.locator("thead th").nth(2).locator("button")
    for expected in (
        ["430 µs", "12 ms", "57.5 ms", "1.2 s"],
        ["1.2 s", "57.5 ms", "12 ms", "430 µs"],
    ):
        button.click()
        found = list(dict.fromkeys(column(table, 3)))
        assert [*expected, "–"] == found


def test_a_table_is_sorted_from_the_keyboard(visit):
    page = visit()
    button = page.locator("table thead button").first
    button.focus()
    page.keyboard.press("Enter")
    names = column(page.locator("table").first, 1)
    assert sorted(names, key=str.lower) == names


def test_a_model_is_filtered_and_all_come_back(visit):
    page = visit()
    table = page.locator("table").first
    whole = column(table, 1)
    field = page.locator("input[type=search]").first
    field.fill("three_block")
    assert ["conv1d_three_block"] == column(table, 1)
    assert page.locator("label.filter output").first.inner_text().startswith("1 of ")
    field.fill("")
    assert whole == column(table, 1)


def test_every_figure_is_drawn_and_tells_values_under_the_pointer(visit):
    page = visit()
    figures = page.locator("figure")
    for number in range(figures.count()):
        drawn(figures.nth(number))
        assert [] == figures.nth(number).evaluate(CUT_OFF), figures.nth(number).inner_text()
    assert figures.count() > 10
    marks = figures.first.locator("svg.marks .mark-symbol.role-mark path")
    assert marks.count() > 100
    tip = page.locator("#vg-tooltip-element")
    hover(marks.first, tip)
    assert "accuracy" in tip.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_and_dark_as_the_reader_wants(visit, scheme):
    page = visit(color_scheme=scheme)
    first = page.locator("figure").first
    drawn(first)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ("rgb(255, 255, 255)" == paper) == (scheme == "light")
    assert scheme == first.get_attribute("data-drawn")
    shot(page, scheme)


def test_on_a_phone_nothing_is_wider_than_the_screen(visit):
    page = visit(viewport=PHONE)
    assert PHONE["width"] >= page.evaluate("document.documentElement.scrollWidth")
    shot(page, "phone")


def test_it_is_smaller_than_five_megabytes(report):
    assert report.stat().st_size < 5_000_000
