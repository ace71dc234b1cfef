"""Commands in docs/ run, and print what the documents show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from builders import ROOT

sys.path.insert(0, str(ROOT / "docs"))
from execute import copy_needed, executed

pytestmark = pytest.mark.skipif(os.name != "posix", reason="commands are for bash")

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
TIMES = re.compile(r"^```text times\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OUTPUT = re.compile(r"^```text *\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.slow(reason="the commands of a whole document, some of which train networks")
@pytest.mark.skipif(find_spec("keras") is None, reason="Keras is not installed")
def test_the_example_prints_its_documented_output(tmp_path):
    """Words are equal, and scores within a tolerance between versions; times are not compared."""
    text, printed = read_and_execute("how-to/your-model.md", tmp_path)
    assert len(outputs(text)) >= 3
    # Of tables of times, only the captions.
    assert times(text) == times(printed)
    assert (tmp_path / "results" / "report.html").is_file()


# Pages with commands, and how many outputs of each are compared.
PAGES = {
    "how-to/your-estimator.md": 3,
    "how-to/your-table.md": 5,
    "how-to/upgrade.md": 0,
    "how-to/cluster.md": 0,
    "tutorial/index.md": 6,
    "explanation/scores.md": 1,
    "explanation/races.md": 1,
    "explanation/interruptions.md": 3,
}


@pytest.mark.slow(reason="the scores of whole documents")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_prints_its_documented_output(page, tmp_path):
    text, _ = read_and_execute(page, tmp_path)
    assert PAGES[page] == len(outputs(text))


def test_every_page_with_output_is_executed():
    pages = {
        page.relative_to(ROOT / "docs").as_posix(): page.read_text(encoding="utf-8")
        for page in (ROOT / "docs").rglob("*.md")
    }
    with_output = {name for name, text in pages.items() if re.search(r"^```text", text, re.M)}
    assert with_output == {*PAGES, "how-to/your-model.md"}


def read_and_execute(name, folder):
    """Read and execute a document, and require the words and numbers that it documents."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    copy_needed(text, folder)
    printed = executed(text, folder)
    documented, printed_now = outputs(text), outputs(printed)
    assert [words(part) for part in documented] == [words(part) for part in printed_now]
    numbers = [
        [float(n) for part in parts for n in NUMBER.findall(part)]
        for parts in (documented, printed_now)
    ]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.05)
    return text, printed


def outputs(text):
    """Outputs of commands, without the folder of this machine."""
    return [re.sub(r"^Saved in .*$", "", part, flags=re.MULTILINE) for part in OUTPUT.findall(text)]


def times(text):
    """Conclusions and captions of tables of times, without notes on single samples and launches."""
    lines = "".join(TIMES.findall(text)).splitlines()
    words = [line for line in lines if not line.startswith(("|", "Saved in ", "Next: "))]
    return re.sub(r" (Slow samples matter|One launch of)[^.]*\.", "", " ".join(words))


def words(text):
    """A text without numbers, and without the widths of columns."""
    return re.sub(r":?-{3,}:?", "---", re.sub(r" +", " ", NUMBER.sub("#", text)))


def test_an_outdated_output_is_replaced(tmp_path):
    text = (
        "```python a.py\nx = 3\n```\n```python\nfrom a import x\nprint(x)\n```\n\n```text\n4\n```\n"
    )
    assert text.replace("4", "3") == executed(text, tmp_path)
    assert "x = 3\n" == (tmp_path / "a.py").read_text()


def test_a_command_that_fails_ends_the_document(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        executed("```sh\nfalse\ntrue\n```\n", tmp_path)


def test_a_block_that_cannot_be_run_or_a_file_elsewhere_ends_the_document(tmp_path):
    with pytest.raises(ValueError, match="a block of yaml cannot be run"):
        executed("```yaml\na: 1\n```\n", tmp_path)
    with pytest.raises(ValueError, match="not below the document's folder"):
        executed("```python ../a.py\n```\n", tmp_path)
