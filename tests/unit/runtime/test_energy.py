"""Energy counters: RAPL's folders as the kernel lays them out, and NVML's functions."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from evenfold.errors import UsageError
from evenfold.runtime.energy import EnergyCounter, EnergyMeter, energy_counters

RANGE = 262_143_328_850


@pytest.fixture
def powercap(tmp_path, monkeypatch):
    """Two packages with the parts in them, the platform around them, and no GPU."""
    monkeypatch.setitem(sys.modules, "pynvml", None)
    zones = {
        "intel-rapl": None, "intel-rapl:0": "package-0", "intel-rapl:0:0": "core",
        "intel-rapl:0:1": "dram", "intel-rapl:1": "package-1", "intel-rapl:2": "psys",
    }  # fmt: skip
    for zone, name in zones.items():
        (tmp_path / zone).mkdir()
        if name is None:
            (tmp_path / zone / "enabled").write_text("1\n")
            continue
        (tmp_path / zone / "name").write_text(f"{name}\n")
        (tmp_path / zone / "max_energy_range_uj").write_text(f"{RANGE}\n")
        (tmp_path / zone / "energy_uj").write_text("1000000\n")
    return tmp_path


def write(powercap, zone, microjoules):
    (powercap / zone / "energy_uj").write_text(f"{microjoules}\n")


def test_packages_are_summed_without_their_parts_and_the_platform(powercap):
    counters = energy_counters(powercap)
    assert [counter.name for counter in counters] == ["package-0", "package-1"]
    with EnergyMeter(counters) as meter:
        write(powercap, "intel-rapl:0", 3_500_000)
        write(powercap, "intel-rapl:0:0", 9_000_000)
        write(powercap, "intel-rapl:1", 2_000_000)
        write(powercap, "intel-rapl:2", 9_000_000)
        assert meter.lap() == pytest.approx(3.5)
        assert meter.lap() == 0
        write(powercap, "intel-rapl:1", 2_250_000)
        assert meter.lap() == pytest.approx(0.25)


def test_a_counter_that_begins_anew_goes_on(powercap):
    write(powercap, "intel-rapl:0", RANGE - 2_000_000)
    with EnergyMeter(energy_counters(powercap)) as meter:
        write(powercap, "intel-rapl:0", 500_000)
        assert meter.lap() == pytest.approx(2.5)


def test_a_counter_is_read_between_laps(monkeypatch):
    """So that a long fit does not wrap it twice unseen."""
    monkeypatch.setattr("evenfold.runtime.energy.SECONDS_BETWEEN_READINGS", 0.001)
    readings = iter([0.0, 90.0, 60.0, 20.0])  # 90 J, then 70, then 60: it wraps at 100
    last = [0.0]

    def read():
        last[0] = next(readings, 20.0)
        return last[0]

    with EnergyMeter([EnergyCounter("package-0", read, 100.0)]) as meter:
        while last[0] != 20.0:
            pass
        assert meter.lap() == pytest.approx(90 + 70 + 60)


def test_without_a_counter_energy_is_refused_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(UsageError, match=r"no package of RAPL, and NVML .* not installed"):
        energy_counters(tmp_path / "none")


def test_a_counter_for_root_alone_is_named(powercap, monkeypatch):
    """As the kernel has it since 5.10; the tests may run as root."""
    read_text = Path.read_text

    def refuse(path, *arguments, **options):
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(UsageError, match=r"energy_uj may be read by root alone"):
        energy_counters(powercap)


def test_what_is_no_number_is_named(powercap):
    for zone in ("intel-rapl:0", "intel-rapl:1"):
        (powercap / zone / "energy_uj").write_text("")
    with pytest.raises(UsageError, match=r"intel-rapl:1 cannot be read"):
        energy_counters(powercap)


class NVMLError(Exception):
    """As pynvml has it."""


def nvml(millijoules, fails=False):
    """The functions of pynvml for one GPU."""

    def read(handle):
        if fails:
            raise NVMLError("Not Supported")
        return millijoules.pop(0)

    return SimpleNamespace(
        NVMLError=NVMLError, nvmlInit=lambda: None, nvmlDeviceGetCount=lambda: 1,
        nvmlDeviceGetHandleByIndex=lambda number: number,
        nvmlDeviceGetName=lambda handle: b"NVIDIA H100",
        nvmlDeviceGetTotalEnergyConsumption=read,
    )  # fmt: skip


def test_gpus_are_read_by_nvml(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", nvml([1000, 1000, 4500]))
    counters = energy_counters(tmp_path)
    assert [counter.name for counter in counters] == ["NVIDIA H100 0"]
    with EnergyMeter(counters) as meter:
        assert meter.lap() == pytest.approx(3.5)


def test_a_gpu_without_a_counter_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", nvml([], fails=True))
    with pytest.raises(UsageError, match=r"NVML finds no GPU with a counter \(Not Supported\)"):
        energy_counters(tmp_path)
