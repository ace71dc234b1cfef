"""Finding and loading model files: which exist, and the message about each broken one."""

from __future__ import annotations

from collections import Counter

import pytest

from builders.models import BUILT_IN
from evenfold.errors import PluginError, UsageError
from evenfold.plugins import folders
from evenfold.plugins.folders import built_in_folder, find_plugins, locate
from evenfold.plugins.models import find_models, load_model
from evenfold.worker.plugin import canonical_spec, parse_spec

GOOD = "from evenfold import Model\nMODEL = Model(lambda task: None, epochs=5)\n"


def test_the_built_in_models_are_found(built_in_files):
    assert set(built_in_files) == BUILT_IN


def test_a_new_model_needs_one_new_file(tmp_path):
    """Nothing registers a model but its file."""
    (tmp_path / "brand_new.py").write_text(GOOD)
    found = find_plugins([built_in_folder(), tmp_path])
    assert set(found.files) == BUILT_IN | {"brand_new"}


def test_a_later_file_of_a_name_overrides_and_is_told(tmp_path):
    (tmp_path / "conv1d.py").write_text(GOOD)
    found = find_plugins([built_in_folder(), tmp_path])
    assert found.files["conv1d"] == tmp_path / "conv1d.py"
    assert any("conv1d" in note and "overrides" in note for note in found.notes)


def test_a_projects_model_replaces_a_built_in_one_only_where_its_folder_is_named(tmp_path):
    """A pyproject.toml alone, which may lie in a folder above, does not."""
    (tmp_path / "mine").mkdir()
    file = tmp_path / "mine" / "conv1d.py"
    file.write_text(GOOD)
    (tmp_path / "pyproject.toml").write_text("[tool.evenfold]\nmodels = ['mine']\n")
    with pytest.raises(UsageError, match=r"conv1d\.py has the name of a built-in model, conv1d"):
        find_models([], tmp_path)
    assert file == find_models([file.parent], tmp_path).files["conv1d"]
    file.rename(file.with_name("own.py"))
    assert {"own", "conv1d"} < set(find_models([], tmp_path).files)


def test_settings_of_a_folder_above_are_mentioned(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "below").mkdir()
    (tmp_path / "mine" / "own.py").write_text(GOOD)
    (tmp_path / "pyproject.toml").write_text("[tool.evenfold]\nmodels = ['mine']\n")
    (note,) = find_models([], tmp_path / "below").notes
    assert f"{tmp_path / 'pyproject.toml'} names folders of models" in note
    assert () == find_models([], tmp_path).notes


def test_every_folder_is_read_once(tmp_path, monkeypatch):
    folders_of, mine = Counter(), tmp_path / "mine"
    mine.mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.evenfold]\nmodels = ['.']\n")
    candidates = folders._candidates

    def counted(folder, kind):
        folders_of[folder] += 1
        return candidates(folder, kind)

    monkeypatch.setattr(folders, "_candidates", counted)
    find_models([mine], tmp_path)
    assert {folders.built_in_folder().resolve(), tmp_path, mine} == set(folders_of)
    assert {1} == set(folders_of.values())


def test_a_file_found_twice_is_one_model(tmp_path):
    (tmp_path / "mine.py").write_text(GOOD)
    found = find_plugins([tmp_path, tmp_path / ".." / tmp_path.name])
    assert ["mine"] == list(found.files)
    assert () == found.notes


def test_helpers_are_no_models_and_odd_names_are_told(tmp_path):
    for name in ("_helper", ".hidden", "__init__", "odd name", "mine@v2"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('never imported')")
    found = find_plugins([tmp_path])
    assert {} == found.files
    assert 2 == len(found.notes)
    assert all("is none of the models: its name may hold" in note for note in found.notes)


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"no folder of models at .*nowhere"):
        find_plugins([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("conv1d", ("conv1d", {})),
        ("conv1d[epochs=100]", ("conv1d", {"epochs": 100})),
        (
            "conv1d[ epochs = 20 , batch_size=64 ]",
            ("conv1d", {"epochs": 20, "batch_size": 64}),
        ),
        ("conv1d[epochs=0999999999]", ("conv1d", {"epochs": 999_999_999})),
        ("my-model.v2[]", ("my-model.v2", {})),
    ],
)
def test_a_spec_is_a_name_and_settings(spec, expected):
    assert expected == parse_spec(spec)


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "../x",
        "a/b",
        "conv1d[epochs=0]",
        "conv1d[epochs=-1]",
        "conv1d[epochs=1e3]",
        "conv1d[epochs=²]",
        "conv1d[epochs=1000000000]",
        pytest.param(f"conv1d[epochs={'9' * 5000}]", id="5,000 digits"),
        "conv1d[epochs]",
        "conv1d[=3]",
        "conv1d[epochs=1,epochs=2]",
        "conv1d[epochs=1",
        "conv1d]",
        "conv1d[a=1][b=2]",
        "-x",
        "x\n",
    ],
)
def test_what_is_no_spec_is_a_usage_error(spec):
    """A name that could leave its folder never reaches the file system."""
    with pytest.raises(UsageError, match=r"write (name|epochs)"):
        parse_spec(spec)


def test_one_variant_has_one_name():
    assert "m[batch_size=8,epochs=2]" == canonical_spec("m[epochs=2, batch_size=8]")


def test_a_variant_is_loaded_with_its_settings(tmp_path):
    (tmp_path / "mine.py").write_text(GOOD)
    plugin = load_model("mine[epochs=7]", tmp_path / "mine.py")
    assert ("mine[epochs=7]", 7) == (plugin.name, plugin.model.epochs)


def test_an_unknown_name_lists_those_that_are_there(built_in_files):
    with pytest.raises(UsageError, match="no model 'conv2d': there are conv1d, conv1d_three"):
        locate("conv2d", built_in_files)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"has no MODEL: end the file with MODEL = Model\(build, \.\.\.\)"),
        ("MODEL = 3", "MODEL must be an evenfold.Model, found int"),
        ("def build(:\n    pass", "line 1 is not Python"),
        ("x = 1\nraise ValueError('boom')", "raised ValueError at import: boom"),
        ("import sys\nsys.exit(3)", "raised SystemExit at import: 3"),
        ("import no_such_thing", "imports no_such_thing, which is not installed here: import it"),
        (
            "from evenfold import Model\nMODEL = Model(None)",
            r"Model\(build=\.\.\.\) must be a function of a Task, found None",
        ),
        ("\0", "(is not Python|raised)"),
    ],
)
def test_a_broken_file_is_told_by_model_file_and_fault(write_model, text, message):
    with pytest.raises(PluginError, match=r"model broken \(.*broken\.py\): .*" + message):
        write_model(text, "broken")


def test_a_broken_file_does_not_hide_the_others(tmp_path):
    """Each file is loaded for itself."""
    (tmp_path / "broken.py").write_text("def build(:")
    (tmp_path / "good.py").write_text(GOOD)
    files = find_plugins([tmp_path]).files
    with pytest.raises(PluginError):
        load_model("broken", files["broken"])
    assert "good" == load_model("good", files["good"]).name


def test_two_files_of_one_name_are_two_modules(tmp_path):
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        text = f"from evenfold import Model\nMODEL = Model(len, epochs={number})"
        (folder / "same.py").write_text(text)
    loaded = [
        load_model("same", tmp_path / number / "same.py").model.epochs for number in ("1", "2", "1")
    ]
    assert [1, 2, 1] == loaded
