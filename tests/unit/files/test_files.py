"""Files that are read within bounds, written whole, and named so that they stay in their folder."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.errors import ResultsError
from evenfold.files.arrays import read_npz
from evenfold.files.path_names import is_path_part, is_slug, slug_of
from evenfold.files.reading import read_file
from evenfold.files.writing import locked_folder, require_inside, write_whole
from strategies import PROPERTY


def test_a_file_is_written_with_its_folder_and_the_permissions_of_the_old_one(tmp_path):
    file = tmp_path / "new" / "page.md"
    write_whole(file, b"one")
    file.chmod(0o640)
    write_whole(file, lambda stream: stream.write(b"two"))
    assert file.read_bytes() == b"two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(file.parent.iterdir()) == [file]


def test_a_writer_that_fails_leaves_the_old_file_alone(tmp_path):
    file = tmp_path / "page.md"
    write_whole(file, b"old")

    def fail(stream):
        stream.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(file, fail)
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"old", [file])


FULL = """
import resource, signal, sys
from pathlib import Path
from evenfold.errors import ResultsError
from evenfold.files.writing import write_whole
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_whole(Path(sys.argv[1]), b"x" * 5000)
except ResultsError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="there is no such limit")
def test_a_full_disk_leaves_the_old_file_and_no_part_of_the_new_one(tmp_path):
    file = tmp_path / "report.html"
    write_whole(file, b"old")
    run = [sys.executable, "-c", FULL, str(file)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{file} cannot be written: File too large"
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"old", [file])


def test_a_link_is_replaced_and_what_it_leads_to_is_not_changed(tmp_path):
    (tmp_path / "other").write_text("mine")
    (tmp_path / "link").symlink_to("other")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "other").read_text() == "mine"
    assert (tmp_path / "link").read_bytes() == b"new"


def test_a_folder_that_is_a_link_out_of_the_results_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    results = tmp_path / "results"
    results.mkdir()
    (results / "figures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ResultsError, match=r"a\.svg would be written in .*elsewhere, outside of"):
        require_inside(results / "figures" / "a.svg", results)
    require_inside(results / "README.md", results)
    require_inside(results / "new" / "a.svg", results)


@pytest.mark.parametrize("make", [os.mkfifo, lambda file: file.symlink_to("/dev/zero"), os.mkdir])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path, make):
    make(tmp_path / "bench.json")
    with pytest.raises(OSError, match=r"regular|directory"):
        read_file(tmp_path / "bench.json")


def test_what_a_killed_writer_left_long_ago_is_removed_and_nothing_else(tmp_path):
    half = ".0123456789abcdef.part"
    others = [".mine.part", f"x{half}", half[1:], "a/" + half]
    (tmp_path / "a").mkdir()
    for name in (half, *others):
        (tmp_path / name).write_bytes(b"half")
    new = tmp_path / f".{'f' * 16}.part"
    new.write_bytes(b"being written")
    for name in (half, *others):
        os.utime(tmp_path / name, (time.time() - 2 * 24 * 3600,) * 2)
    with locked_folder(tmp_path):
        assert not (tmp_path / half).exists()
    assert all((tmp_path / name).exists() for name in others)
    assert new.exists()


def test_two_processes_do_not_hold_a_folder_at_once(tmp_path):
    code = f"""
import fcntl, os
number = os.open({str(tmp_path)!r}, os.O_RDONLY)
try:
    fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("held")
"""
    run = [sys.executable, "-c", code]
    with locked_folder(tmp_path):
        assert subprocess.run(run, capture_output=True, text=True).stdout == "held\n"
    assert subprocess.run(run, capture_output=True, text=True).stdout == ""


@PROPERTY
@given(st.text(alphabet="./\\ab\x00\n\x1b é-_~", max_size=12) | st.text(max_size=300))
def test_a_name_that_is_a_part_of_a_path_stays_in_its_folder(name):
    for candidate in (name, slug_of(name)):
        if is_path_part(candidate):
            path = os.path.normpath(os.path.join("/base", candidate))
            assert os.path.dirname(path) == "/base"
            assert len(os.fsencode(f"{candidate}.kfold10x10.environment.json")) <= 255
    if is_slug(name):
        assert is_path_part(name)
        assert slug_of(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", "/etc", "a\nb", "a\0b", "\x1b[2J", "x" * 201, 5, None,
     "x/../../../../out/pwned", "\ud800"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_none(name):
    assert not is_path_part(name)
    assert not is_slug(name)


@pytest.mark.parametrize("name", ["größe ☃", "table 1", "<b>", ".hidden", "breast_cancer"])
def test_a_file_of_any_printable_name_can_be_a_dataset(name):
    assert is_path_part(name)


ARRAYS = {
    "x": np.arange(6.0).reshape(2, 3),
    "f": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "names": np.array(["a", "bc"]),
    "empty": np.zeros((0, 2)),
    "one": np.array(7),
    "no letters": np.array([], dtype=str),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_are_read_as_numpy_reads_them(tmp_path, save):
    save(tmp_path / "a.npz", **ARRAYS)
    read = read_npz(tmp_path / "a.npz")
    assert read.keys() == ARRAYS.keys()
    for name, values in ARRAYS.items():
        assert read[name].dtype == values.dtype
        np.testing.assert_array_equal(read[name], values)


def npy(values):
    content = io.BytesIO()
    np.save(content, values, allow_pickle=True)
    return content.getvalue()


def claimed(shape):
    content = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(content, header)
    return content.getvalue() + bytes(64)


class Unpickled:
    def __reduce__(self):
        return (os.mkdir, ("PWNED",))


def archive(file, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(file, "w", compression) as content:
        for name, data in members.items():
            content.writestr(name, data)


def patched(file, magic, at, value):
    content = bytearray(file.read_bytes())
    place = content.find(magic)
    content[place + at] = value
    file.write_bytes(content)


def encrypted(file):
    archive(file, {"x.npy": npy(np.zeros(3))})
    patched(file, b"PK\x01\x02", 8, 1)


def of_unknown_compression(file):
    archive(file, {"x.npy": npy(np.zeros(3))})
    patched(file, b"PK\x01\x02", 10, 99)


def of_a_wrong_checksum(file):
    archive(file, {"x.npy": npy(np.zeros(3))})
    content = bytearray(file.read_bytes())
    content[content.find(b"\x93NUMPY") + 130] ^= 255
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: archive(f, {"x.npy": claimed((10**6, 10**6, 1))}), "header claims shape"),
        (lambda f: archive(f, {"x.npy": claimed((-1, -8))}), "its shape cannot be"),
        (lambda f: archive(f, {"x.npy": npy(np.array([Unpickled()] * 3, object))}), "unpickled"),
        (lambda f: archive(f, {"x": b"hello"}), "'x' in it is no array"),
        (lambda f: archive(f, {"x.npy": b"hello"}), "no header of an array"),
        (encrypted, "encrypted"),
        (of_unknown_compression, "unknown compression"),
        (of_a_wrong_checksum, "Bad CRC"),
        (lambda f: f.write_bytes(npy(np.zeros(3))), "damaged: File is not a zip file"),
        (lambda f: f.write_bytes(b""), "damaged: File is not a zip file"),
    ],
)
def test_an_archive_that_is_none_of_plain_arrays_is_refused(tmp_path, monkeypatch, damage, message):
    monkeypatch.chdir(tmp_path)
    damage(tmp_path / "a.npz")
    with pytest.raises(ValueError, match=message):
        read_npz(tmp_path / "a.npz")
    assert not (tmp_path / "PWNED").exists()


@PROPERTY
@given(data=st.data())
def test_changed_bytes_of_an_archive_raise_nothing_else(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("arrays") / "a.npz"
    data.draw(st.sampled_from([np.savez, np.savez_compressed]))(file, **ARRAYS)
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    try:
        arrays = read_npz(file)
    except (ValueError, OSError):
        return
    # What is read in spite of it is the archive's own: checksums cover names and values alike.
    assert all(np.array_equal(value, ARRAYS[name]) for name, value in arrays.items())
