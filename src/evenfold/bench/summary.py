"""The last lines of a bench run: conclusion, tables, where results are, and the next command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenfold.bench.session import BenchSession


def summary(session: BenchSession, notes: Sequence[str]) -> Iterator[str]:
    """Yield the lines: the notes alone if nothing was saved; inference paths if models were named.

    Parameters
    ----------
    session
        The finished run.
    notes
        Lines on what was left out.
    """
    if session.file is None:
        yield from notes
        return
    from evenfold.bench.conclusions import bench_conclusion, bench_next_step
    from evenfold.bench.path_tables import CAPTION as PATHS
    from evenfold.bench.path_tables import path_tables
    from evenfold.bench.record import read_bench
    from evenfold.bench.tables import CAPTION, bench_table
    from evenfold.render.tables import write

    benchmarks = read_bench(session.file)
    where = session.environment
    yield ""
    yield f"{session.dataset.name}, {session.split.name} split, {where.name} on {where.machine}"
    yield from filter(None, [bench_conclusion(benchmarks)])
    yield ""
    yield from write(bench_table(benchmarks), "markdown").splitlines()
    yield ""
    yield from CAPTION.splitlines()
    # Of many models, results/README.md has them.
    tables = path_tables(benchmarks) if session.options.models else {}
    for model, table in tables.items():
        yield from ("", f"{model}: inference paths", "")
        yield from write(table, "markdown").splitlines()
    if tables:
        yield from ("", *PATHS.splitlines())
    if notes:
        yield from ("", *notes)
    yield f"Saved in {session.file}"
    yield bench_next_step(benchmark.extra_info.model for benchmark in benchmarks)
