"""The first lines of a bisect: what is compared, on which path, for how long."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.race.budget import default_budget
from evenfold.render.words import clock_time, counted, duration, rough_duration

if TYPE_CHECKING:
    from evenfold.bisect.options import BisectOptions
    from evenfold.bisect.request import BisectRequest


def bisect_announcement(path: Sequence[str], options: BisectOptions) -> str:
    """Return what is compared, before the path is looked up.

    ``bisect of tf2.3 tf2.21 conv1d on wine: races of predict, 2 min or less each at first``
    """
    what = f"bisect of {' '.join(path)} on {options.data.dataset}"
    if options.metric is not None:
        return f"{what}: score studies, compared by {options.metric}"
    measure = options.measure or ("epoch" if options.rows is None else "predict")
    budget = options.budget or default_budget(measure, 2)
    return f"{what}: races of {measure}, {duration(budget)} or less each at first"


def bisect_start_line(request: BisectRequest, now: float | None = None) -> str:
    """Return how many versions there are, how many comparisons they take, and when it ends.

    Parameters
    ----------
    request
        The bisect, of which comparisons may be saved.
    now
        Seconds since 1970; None for the time of the call.
    """
    from evenfold.bisect.plan import count_line
    from evenfold.stats.change_search import comparisons_of_one_change, most_comparisons

    bisect = request.bisect
    versions = counted(len(bisect.versions), "version")
    done = len(bisect.steps)
    if bisect.is_complete:
        return f"{versions}: all {counted(done, 'comparison')} are saved, none to run"
    saved = f"{counted(done, 'comparison')} saved; " if done else ""
    line = f"{versions}, {saved}{count_line(bisect)}"
    if bisect.settings.quantity == "score":
        return line
    places = len(bisect.versions)
    if bisect.settings.thorough:
        count, case = most_comparisons(places, True), "if every race is decided at first"
    else:
        count, case = max(comparisons_of_one_change(places)), "with one clear change"
    seconds = max(count - done, 1) * request.race.budget
    end = clock_time((time.time() if now is None else now) + seconds)
    return f"{line}; {rough_duration(seconds)} or less {case}, until {end}"
