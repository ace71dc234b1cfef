"""Readers of a folder of results, which write every table and page of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evenfold.errors import EvenfoldError
from fuzz_readers import accepts
from fuzz_results import BESIDE, RACE, sound_results


def shown(folder: Path) -> bool:
    """Read a folder of results, and write every table and page of it."""
    from evenfold.bench.comparison import comparison, numbers
    from evenfold.bisect.tables import bisect_text
    from evenfold.history.collect import SavedSeries, all_series
    from evenfold.history.options import HistoryOptions
    from evenfold.history.tables import history_text
    from evenfold.race.tables import race_text
    from evenfold.render.tables import FORMATS, write
    from evenfold.report.compare import comparison_text, read_saved_results
    from evenfold.report.compare_options import CompareOptions
    from evenfold.report.load import load
    from evenfold.report.page import page
    from evenfold.report.reading import read_report_data
    from evenfold.report.sections import complete_sections
    from evenfold.report.summary import summary, summary_sections
    from evenfold.suite.tables import suite_next_command, suite_text

    options = HistoryOptions()

    def read() -> None:
        data, problems = read_report_data(folder)
        series = SavedSeries(
            data.races, data.studies, data.other_results, data.suites, data.bisects
        )
        page(list(complete_sections(data, folder)))
        summary(data, folder, list(summary_sections(data, folder)))
        for style in FORMATS:
            write(comparison(data.results), style)
            write(numbers(data.results), style)
            for race in data.races:
                race_text(race, style)
            for bisect in data.bisects:
                bisect_text(bisect, style)
            for suite in data.suites:
                suite_text(suite, style)
            history_text(all_series(series, options), options, style)
        assert load(folder).contents is not None
        saved = read_saved_results(CompareOptions(results=(folder,)), folder)
        comparison_text(saved, CompareOptions(), "table")
        for file, suite in saved.suites:
            suite_next_command(suite, file)
        if problems:
            raise EvenfoldError("; ".join(problems))

    return accepts(read)


def record(name: str) -> Callable[[Any, Path], bool]:
    """Return the reader of a results folder with one changed record among sound ones."""

    def read(content: Any, folder: Path) -> bool:
        for file in {name, *BESIDE.get(name, (RACE,))}:
            place = folder / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(sound_results()[file])
        text = content
        if not isinstance(content, bytes):
            text = json.dumps(content).encode("utf-8", "surrogatepass")
        (folder / name).write_bytes(text)
        return shown(folder)

    return read
