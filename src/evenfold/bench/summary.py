"""The lines that a bench run ends with: tables, what their intervals are, and the file."""

from __future__ import annotations

from collections.abc import Iterator

from evenfold.bench.session import Session


def summary(session: Session) -> Iterator[str]:
    """No line where nothing was saved; inference paths too where models were named."""
    if session.saved is None:
        return
    from evenfold.bench.path_tables import CAPTION as PATHS
    from evenfold.bench.path_tables import path_tables
    from evenfold.bench.tables import CAPTION, bench_table
    from evenfold.render.tables import write
    from evenfold.runtime.results_folder import read_bench

    benchmarks = read_bench(session.saved)["benchmarks"]
    where = session.environment
    yield ""
    yield f"{session.dataset.name}, {session.split.name} split, {where.name} on {where.machine}"
    yield ""
    yield from write(bench_table(benchmarks), "markdown").splitlines()
    yield ""
    yield from CAPTION.splitlines()
    # Of many models the page of results has them.
    tables = path_tables(benchmarks) if session.option.model else {}
    for model, table in tables.items():
        yield from ("", f"{model}: inference paths", "")
        yield from write(table, "markdown").splitlines()
    if tables:
        yield from ("", *PATHS.splitlines())
    yield f"Saved in {session.saved}"
