"""Files of pytest-benchmark and asv, as these tools write them."""

from __future__ import annotations


def benchmark_run(median, day=1, fullname="bench/test_x.py::test_one"):
    return {
        "machine_info": {
            "node": "secret-host", "processor": "x86_64", "machine": "x86_64",
            "cpu": {"brand_raw": "AMD EPYC 7B12", "count": 64, "arch": "X86_64"},
        },
        "commit_info": {"id": "abcdef0123", "time": "2026-01-01T00:00:00+00:00", "dirty": False},
        "benchmarks": [{
            "group": None, "name": "test_one", "fullname": fullname, "params": None,
            "extra_info": {}, "options": {"min_rounds": 5},
            "stats": {"min": median, "max": median, "mean": median, "median": median, "rounds": 5},
        }],
        "datetime": f"2026-01-{day:02}T10:00:00.123456+00:00",
        "version": "5.1.0",
    }  # fmt: skip


def asv_run(results, date=1_700_000_000_000):
    return {
        "version": 2, "commit_hash": "0123456789abcdef", "env_name": "py3.12", "date": date,
        "params": {"machine": "runner", "cpu": "AMD EPYC", "num_cpu": "64", "python": "3.12"},
        "python": "3.12", "requirements": {}, "env_vars": {}, "durations": {},
        "result_columns": ["result", "params", "version", "started_at", "duration",
                           "stats_ci_99_a", "stats_ci_99_b"],
        "results": results,
    }  # fmt: skip


PYTEST_BENCHMARK = benchmark_run(0.012)
ASV = asv_run({"s.time_x": [[0.1], [], "v", 1, 2.0, [0.09], [0.11]]})
