"""The cache of XLA's programs: sound files of this machine alone, in bounded room."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest

from builders.models import NETWORK
from builders.stateful_models import outcome, save_jobs
from evenfold.runtime.pool import WorkerConfig, run_jobs
from evenfold.worker.engines.tensorflow import programs
from evenfold.worker.engines.tensorflow.programs import FLAGS, Programs, use_programs


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(programs.PLACE, raising=False)
    monkeypatch.delenv(FLAGS, raising=False)
    return tmp_path / "cache"


def opened(tmp_path, name="worker"):
    """What a worker of its own finds."""
    folder = tmp_path / name
    folder.mkdir()
    os.environ.pop(FLAGS, None)
    return use_programs(folder)


def names(one):
    return sorted(file.name for file in one.own.iterdir())


def test_a_program_of_one_worker_is_found_by_the_next(cache, tmp_path):
    first = opened(tmp_path)
    (first.own / "evenfold__1.pb").write_bytes(b"program")
    first.save()
    second = opened(tmp_path, "next")
    assert (second.own / "evenfold__1.pb").read_bytes() == b"program"
    assert str(second.own) in os.environ[FLAGS]


@pytest.mark.parametrize("damage", [b"", b"progra", b"PROGRAM", b"program "])
def test_a_damaged_program_is_removed_and_not_found(cache, tmp_path, damage):
    first = opened(tmp_path)
    (first.own / "evenfold__1.pb").write_bytes(b"program")
    first.save()
    (file,) = first.shared.iterdir()
    file.write_bytes(damage)
    assert names(opened(tmp_path, "next")) == []
    assert not file.exists()


@dataclass(frozen=True)
class Installed:
    """What is read of an installed distribution."""

    version: str
    record: str | None = "tensorflow/library.so,sha256=a,1"

    def read_text(self, name):
        return {"RECORD": self.record}[name]


@pytest.fixture
def install(monkeypatch):
    """Pretend that one distribution is installed."""

    def pretend(installed, name="tensorflow"):
        def distribution(requested):
            if requested == name:
                return installed
            raise programs.metadata.PackageNotFoundError

        monkeypatch.setattr(programs.metadata, "distribution", distribution)

    return pretend


def test_another_build_of_tensorflow_has_its_own_programs(cache, install):
    keys = []
    for version, record, name in [
        ("2.21.0", "a", "tensorflow"),
        ("2.20.0", "a", "tensorflow"),
        ("2.21.0", "b", "tensorflow"),
        ("2.21.0", "a", "tensorflow-cpu"),
    ]:
        install(Installed(version, record), name)
        keys.append(programs._key())
    assert len({"", *keys}) == 5


@pytest.mark.parametrize("version", ["2.15.1", "2.22.0", "3.0.0", "unknown", ""])
def test_a_tensorflow_that_may_not_know_the_flags_gets_none(cache, tmp_path, install, version):
    install(Installed(version))
    assert opened(tmp_path) is None
    assert FLAGS not in os.environ


def test_a_tensorflow_whose_files_are_unknown_gets_none(cache, tmp_path, install):
    install(Installed("2.21.0", record=None))
    assert opened(tmp_path) is None


X86 = "processor : 0\nmodel name : Abacus\nstepping : 1\nflags : sse avx\n"
ARM = (
    "processor : 0\nBogoMIPS : 50.00\nFeatures : fp asimd sve\nCPU implementer : 0x41\n"
    "CPU variant : 0x1\nCPU part : 0xd40\nCPU revision : 1\n"
)


@pytest.mark.parametrize(
    ("processor", "old", "new"),
    [
        (X86, "avx", "avx2"),
        (X86, "Abacus", "Abacus 2"),
        (ARM, " sve", ""),
        (ARM, "0x41", "0x42"),
        (ARM, "0xd40", "0xd41"),
    ],
)
def test_another_processor_has_its_own_programs(
    cache, tmp_path, monkeypatch, install, processor, old, new
):
    install(Installed("2.21.0"))
    monkeypatch.setattr(programs, "CPU_INFO", tmp_path / "cpuinfo")
    keys = []
    for text in (processor, processor.replace(old, new)):
        (tmp_path / "cpuinfo").write_text(f"{text}\n{X86}")
        keys.append(programs._key())
    assert len({"", *keys}) == 3


@pytest.mark.parametrize("text", ["", "processor : 0\nhart : 1\n\n"])
def test_a_processor_without_known_instruction_sets_has_none(
    cache, tmp_path, monkeypatch, install, text
):
    install(Installed("2.21.0"))
    (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(programs, "CPU_INFO", tmp_path / "cpuinfo")
    assert opened(tmp_path) is None


@pytest.mark.parametrize("is_cache", [False, True])
def test_a_folder_that_others_can_write_to_is_not_used(cache, tmp_path, is_cache):
    shared = opened(tmp_path).shared
    (shared.parent if is_cache else shared).chmod(0o777)
    assert opened(tmp_path, "next") is None


def test_others_cannot_write_to_the_new_folders_whatever_the_umask_is(cache, tmp_path):
    umask = os.umask(0)
    try:
        shared = opened(tmp_path).shared
    finally:
        os.umask(umask)
    assert [folder.stat().st_mode & 0o777 for folder in (shared, shared.parent)] == [0o700, 0o700]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        (programs.PLACE, "0"),
        (programs.PLACE, "relative"),
        ("XDG_CACHE_HOME", "relative"),
        ("XDG_CACHE_HOME", "/proc/none"),
    ],
)
def test_without_a_cache_nothing_is_set(cache, tmp_path, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert opened(tmp_path) is None
    assert FLAGS not in os.environ


def test_flags_of_the_user_stay(cache, tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    monkeypatch.setenv(FLAGS, "--tf_xla_auto_jit=2")
    assert use_programs(tmp_path / "a") is not None
    assert os.environ[FLAGS].startswith("--tf_xla_auto_jit=2 --tf_xla_persistent_cache_directory=")
    monkeypatch.setenv(FLAGS, "--tf_xla_persistent_cache_directory=/mine")
    assert use_programs(tmp_path / "a") is None
    assert os.environ[FLAGS] == "--tf_xla_persistent_cache_directory=/mine"


def test_the_programs_that_were_written_first_are_removed(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "MOST_BYTES", 25)
    first = opened(tmp_path)
    for number in range(3):
        (first.own / f"evenfold__{number}.pb").write_bytes(bytes(10))
        first.save()
        for age, file in enumerate(sorted(first.shared.iterdir(), reverse=True), 1):
            os.utime(file, (10**9 - age, 10**9 - age))
    assert names(opened(tmp_path, "next")) == ["evenfold__1.pb", "evenfold__2.pb"]


def test_a_start_does_not_make_programs_newer(cache, tmp_path):
    first = opened(tmp_path)
    (first.own / "evenfold__1.pb").write_bytes(b"program")
    first.save()
    (file,) = first.shared.iterdir()
    os.utime(file, (10**9, 10**9))
    assert names(opened(tmp_path, "next")) == ["evenfold__1.pb"]
    assert file.stat().st_mtime == 10**9


@pytest.mark.parametrize("folder", ["documents", "evenfold-programs/documents"])
def test_no_other_files_of_a_named_folder_are_removed(cache, tmp_path, monkeypatch, folder):
    """The user may name any folder, such as the home folder."""
    monkeypatch.setenv(programs.PLACE, str(tmp_path))
    monkeypatch.setattr(programs, "MOST_BYTES", 25)
    mine = tmp_path / folder / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(bytes(100))
    os.utime(mine, (0, 0))
    first = opened(tmp_path)
    (first.shared / "mine.txt").write_bytes(bytes(100))
    left = first.shared / ".evenfold__0.pb.17"
    left.write_bytes(bytes(20))
    os.utime(left, (1, 1))
    (first.own / "evenfold__1.pb").write_bytes(b"program")
    first.save()
    assert mine.exists()
    assert (first.shared / "mine.txt").exists()
    assert not left.exists()
    assert names(opened(tmp_path, "next")) == ["evenfold__1.pb"]


def test_a_copy_of_one_worker_is_not_that_of_another(cache, tmp_path):
    """What TensorFlow writes while it writes is in the worker's own folder."""
    one, other = opened(tmp_path), opened(tmp_path, "other")
    (one.own / "evenfold__1.pb").write_bytes(b"half")
    assert names(other) == []
    assert list(one.shared.iterdir()) == []
    assert isinstance(one, Programs)


@pytest.mark.slow(reason="two workers import TensorFlow and compile a network")
def test_a_program_from_the_cache_gives_the_same_bits(cache, tmp_path, tensorflow_framework):
    """The second worker compiles nothing, and predicts what the first one predicts."""
    if programs._key() == "":
        pytest.skip("this TensorFlow keeps no programs")
    (job,) = save_jobs(tmp_path, {"net": NETWORK}, fits=1)["net"]
    outcomes, contents = [], []
    for _ in range(2):
        ((_, answer),) = run_jobs([job], 1, WorkerConfig())
        outcomes.append(outcome(answer))
        contents.append({file.name for file in (cache / "evenfold" / "programs").glob("*/*")})
    assert outcomes[0][1] == "compiled"
    assert outcomes[0] == outcomes[1]
    assert contents[0] == contents[1] != set()
