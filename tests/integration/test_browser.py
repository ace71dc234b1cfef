"""report.html in a real browser: what a reader sees first, opens, sorts, hovers and prints.

Every text is looked at in three widths, light and dark: none overlaps another or is cut, and all
have enough contrast.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from builders import ROOT

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
SIZES = {
    "desk": {"width": 1280, "height": 800},
    "tablet": {"width": 768, "height": 1024},
    "phone": {"width": 390, "height": 844},
}
# A tenth of the length that the page of these results had when nothing on it was folded.
LONGEST = 6332
LEAST_CONTRAST = 4.5  # of text: WCAG 2, level AA
LEAST_OF_MARKS = 2.0  # of the marks of charts
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
    """Opens the page; in the end nothing must have gone wrong in it or been fetched."""
    opened = []

    def open_page(**how):
        page = browser.new_page(**how)
        problems, fetched = [], []
        page.on("console", lambda m: problems.append(m.text) if m.type != "log" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: fetched.append(request.url))
        page.goto(report.as_uri())
        page.locator("header table th[aria-sort]").first.wait_for()
        page.locator("header figure[data-drawn=true]").last.wait_for()
        opened.append((page, problems, fetched))
        return page

    yield open_page
    for page, problems, fetched in opened:
        page.close()
        assert [] == problems
        assert [report.as_uri()] == [url for url in fetched if not url.startswith("data:")]


CHECKS = (ROOT / "tests" / "builders" / "page_checks.js").read_text(encoding="utf-8")
SOON = "[...document.querySelectorAll('figure')].every((f) => f.dataset.drawn === 'true')"


def look(page, check):
    """Calls a function of ``page_checks.js`` in the page; what it finds is wrong."""
    return page.evaluate(f"() => {{ {CHECKS}\nreturn {check}; }}")


# A page on which each check finds something.
WRONG = """
<body style="background: #fff"><main>
<figure>Chart<div class="chart" style="width: 200px"><svg class="marks" width="200" height="60">
<text x="10" y="20">one</text><text x="14" y="22">two</text>
<text x="120" y="20">apart</text><text x="150" y="50">beyond the edge</text>
<text x="10" y="50">shor…</text>
<g class="mark-symbol role-mark"><path d="M90 40h9v9h-9Z" fill="#fafafa"></path></g>
</svg></div></figure>
<p style="color: #999999">Faint words.</p>
<p>Dark words.</p><p style="margin-top: -30px">Words on words.</p>
</main></body>
"""


def open_everything(page):
    """Opens all that is folded, and waits until every figure in it is drawn."""
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
    page.wait_for_function(SOON, timeout=120_000)


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
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=not name.endswith("top"))


def column(table, number):
    cells = table.locator(f"tbody tr:visible > :nth-child({number})")
    return cells.all_inner_texts()


def bottom(locator):
    box = locator.bounding_box()
    return box["y"] + box["height"]


def test_each_check_finds_what_is_wrong_and_no_more(browser):
    page = browser.new_page(viewport=SIZES["desk"], color_scheme="light")
    page.set_content(WRONG)
    overlaps = look(page, "overlappingTexts()")
    assert ["one / two", "Dark words. / Words on words."] == [
        pair.rpartition(": ")[2] for pair in overlaps
    ]
    assert ["beyond the edge", "shor…"] == look(page, "cutTexts()")
    faint = look(page, f"faintTexts({LEAST_CONTRAST}, {LEAST_OF_MARKS})")
    assert ["Faint words.", "mark rgb(250, 250, 250) none"] == [
        text.partition(":")[0] for text in faint
    ]
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_no_text_overlaps_or_is_cut_and_all_can_be_read(visit, size):
    page = visit(viewport=SIZES[size], color_scheme="light")
    shot(page, f"{size}-light-top")
    open_everything(page)
    assert [] == look(page, "overlappingTexts()")
    assert [] == look(page, "cutTexts()")
    assert SIZES[size]["width"] >= page.evaluate("document.documentElement.scrollWidth")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert [] == look(page, f"faintTexts({LEAST_CONTRAST}, {LEAST_OF_MARKS})")
    shot(page, f"{size}-dark")


def test_the_first_screen_holds_conclusion_leaderboard_and_both_figures(visit):
    page = visit(viewport=SIZES["desk"])
    header = page.locator("header")
    assert header.locator("h1").inner_text().endswith("?")
    assert header.locator("> .lead").inner_text()
    rows, figures = header.locator("tbody tr"), header.locator("figure")
    assert rows.count() == header.locator("td svg.interval").count() > 2
    assert 2 == figures.count()
    for part in (header.locator("> .lead"), header.locator("table"), *figures.all()):
        assert bottom(part) <= SIZES["desk"]["height"]
    assert page.evaluate("document.documentElement.scrollHeight") <= LONGEST


@pytest.mark.parametrize("size", SIZES)
def test_the_leaderboard_fits_the_screen(visit, size):
    page = visit(viewport=SIZES[size])
    fits = "e => e.scrollWidth <= e.clientWidth"
    assert page.locator("header .scroll").evaluate(fits)


@pytest.mark.parametrize("size", SIZES)
def test_the_contents_stay_and_lead_into_what_is_folded(visit, size):
    page = visit(viewport=SIZES[size])
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(300)
    nav = page.locator("nav")
    box = nav.bounding_box()
    assert 0 == box["y"]
    assert nav.is_visible()
    assert (box["height"] >= SIZES[size]["height"]) == (size == "desk")
    if size != "desk":
        page.locator("nav > details > summary").click()
    chapter = nav.locator("li", has_text="Races").first
    if not chapter.locator("details").evaluate("details => details.open"):
        chapter.locator("summary").click(position={"x": 4, "y": 8})
    chapter.locator("ul a").first.click()
    page.wait_for_timeout(300)
    race = page.locator("details.study[open]").last
    assert 0 <= race.bounding_box()["y"] < SIZES[size]["height"] / 3
    race.locator("figure[data-drawn=true]").first.wait_for()


def test_a_table_is_sorted_both_ways_by_number(visit):
    page = visit()
    table = page.locator("header table")
    before = column(table, 2)
    head = table.locator("thead th").nth(1)
    orders = []
    for direction in ("ascending", "descending"):
        head.locator("button").click()
        assert direction == head.get_attribute("aria-sort")
        orders.append([float(text.split()[0]) for text in column(table, 2)])
    assert sorted(float(text.split()[0]) for text in before) == orders[0]
    assert sorted(orders[0], reverse=True) == orders[1]


def test_times_are_sorted_by_their_units_and_gaps_come_last(visit):
    page = visit()
    table = page.locator("header table")
    given = ["57.5 ms", "–", "430 µs", "1.2 s", "12 ms"]
    page.evaluate(
        """given => [...document.querySelector("header table").tBodies[0].rows].forEach(
            (row, at) => { row.cells[2].textContent = given[at % given.length]; })""",
        given,
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
    button = page.locator("header table thead button").first
    button.focus()
    page.keyboard.press("Enter")
    names = column(page.locator("header table"), 1)
    assert names == page.evaluate("names => names.toSorted((a, b) => a.localeCompare(b))", names)
    assert "ascending" == page.locator("header table thead th").first.get_attribute("aria-sort")


def test_rows_are_filtered_and_all_come_back(visit):
    page = visit()
    open_everything(page)
    field = page.locator("input[type=search]").first
    table = page.locator(f"#{field.get_attribute('data-filters')}")
    whole = column(table, 1)
    field.fill(whole[-1])
    assert whole[-1] in column(table, 1)
    assert len(column(table, 1)) < len(whole)
    assert " of " in page.locator("label.filter output").first.inner_text()
    field.fill("")
    assert whole == column(table, 1)


def test_a_figure_shows_values_under_the_pointer(visit):
    page = visit()
    marks = page.locator("header figure").first.locator("svg.marks .mark-symbol.role-mark path")
    assert marks.count() > 2
    tip = page.locator("#vg-tooltip-element")
    hover(marks.last, tip)
    assert "score" in tip.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_and_dark_as_the_reader_wants(visit, scheme):
    page = visit(color_scheme=scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ("rgb(255, 255, 255)" == paper) == (scheme == "light")


def test_on_paper_it_is_light_without_contents_and_nothing_is_wider_than_a_page(visit):
    page = visit(viewport={"width": 720, "height": 1000}, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert "rgb(255, 255, 255)" == paper
    assert not page.locator("nav").is_visible()
    assert [] == look(page, f"faintTexts({LEAST_CONTRAST}, {LEAST_OF_MARKS})")
    assert 720 >= page.evaluate("document.documentElement.scrollWidth")
    content = page.pdf(format="A4")
    assert content.startswith(b"%PDF")
    if SHOTS:
        (Path(SHOTS) / "print.pdf").write_bytes(content)


def test_it_is_smaller_than_five_megabytes(report):
    assert report.stat().st_size < 5_000_000
