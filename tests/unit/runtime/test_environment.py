"""The names of environments and machines, and what is recorded of them."""

from __future__ import annotations

import platform
import socket
import subprocess

import pytest

from evenfold.errors import UsageError
from evenfold.runtime import environment


@pytest.mark.parametrize(
    ("backend", "versions", "name"),
    [
        ("tensorflow", {"tensorflow": "2.21.0"}, "tf2.21"),
        ("tensorflow", {"tensorflow-cpu": "2.8.4"}, "tf2.8"),
        ("jax", {"jax": "0.10.2"}, "keras-jax"),
        ("torch", {}, "keras-torch"),
        (None, {"scikit-learn": "1.7.2"}, "sklearn1.7"),
    ],
)
def test_an_environment_is_named_by_its_framework(backend, versions, name):
    assert name == environment.environment_name(backend, versions)


@pytest.mark.parametrize(
    ("processor", "cores", "gpus", "slug"),
    [
        ("AMD EPYC", 2, (), "epyc-2c"),
        ("AMD EPYC 7B13 64-Core Processor", 64, (), "epyc-7b13-64c"),
        ("Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", 8, (), "xeon-platinum-8375c-8c"),
        ("Apple M3 Pro", 12, (), "apple-m3-pro-12c"),
        ("AMD EPYC", 16, ("NVIDIA H200", "NVIDIA H200"), "epyc-16c-h200"),
        ("../../Evil", 1, (), "evil-1c"),
    ],
)
def test_a_machine_is_named_by_its_hardware(processor, cores, gpus, slug):
    assert slug == environment.machine_slug(processor, cores, gpus)


def test_what_is_recorded_of_this_process(tmp_path):
    now = environment.current_environment("tensorflow", threads=3, flags={"A": "b"}, root=tmp_path)
    assert (3, {"A": "b"}, platform.python_version(), None) == (
        now.threads,
        now.flags,
        now.python,
        now.revision,
    )
    assert now.versions["numpy"]
    assert now.cores >= 1


def test_no_host_is_named(tmp_path):
    told = str(environment.current_environment(None, root=tmp_path).to_json())
    assert socket.gethostname() not in told or len(socket.gethostname()) < 4


def test_a_machine_may_be_given_a_name(tmp_path):
    assert "mine" == environment.current_environment(None, machine="mine", root=tmp_path).machine


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "x\n"])
def test_a_machines_name_cannot_leave_its_folder(tmp_path, name):
    with pytest.raises(UsageError, match="is not a machine's name: use letters, digits"):
        environment.current_environment(None, machine=name, root=tmp_path)


def test_a_checkouts_revision_tells_of_changes(tmp_path):
    def git(*arguments):
        user = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", "-C", tmp_path, *user, *arguments], check=True, capture_output=True)

    (tmp_path / "file").write_text("one")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "bench.json").write_text("{}")
    git("init")
    git("add", ".")
    git("commit", "-m", "one")
    clean = environment.git_revision(tmp_path)
    # What a run wrote is no change of what is run.
    (tmp_path / "results" / "bench.json").write_text("{ }")
    assert clean == environment.git_revision(tmp_path)
    (tmp_path / "file").write_text("two")
    assert 12 == len(clean)
    assert clean + "+" == environment.git_revision(tmp_path)
