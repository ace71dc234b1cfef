"""The sources of a plug-in: which modules they are, and what changes their digest."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from builders.plugin_files import TAIL, value, write_files
from evenfold.errors import PluginError
from evenfold.plugins import lookup
from evenfold.plugins.folders import find_plugins
from evenfold.plugins.models import load_model
from evenfold.plugins.sources import read_sources
from evenfold.worker.plugin import load_plugin
from evenfold.worker.sources import Sources
from strategies import PROPERTY

ONE = "VALUE = 1\n"


def helpers(file):
    """The names of the files of a plug-in's helpers."""
    folder = file.parent
    sources = read_sources(file).helpers
    return {Path(one.file).relative_to(folder).as_posix() for one in sources if one.content}


@pytest.mark.parametrize(
    ("statement", "files"),
    [
        ("from _layers import VALUE", {"_layers.py": ONE}),
        ("import _layers; VALUE = _layers.VALUE", {"_layers.py": ONE}),
        ("from layers import *", {"layers.py": ONE}),
        ("from layers import VALUE",
         {"layers/__init__.py": "from .a import VALUE", "layers/a.py": ONE}),
        ("from layers.a import VALUE", {"layers/__init__.py": "", "layers/a.py": ONE}),
        ("from layers.a import VALUE", {"layers/a.py": ONE}),
        ("from layers import a; VALUE = a.VALUE", {"layers/a.py": ONE}),
        ("import a.b.c; VALUE = a.b.c.VALUE",
         {"a/__init__.py": "", "a/b/__init__.py": "", "a/b/c.py": ONE}),
        ("from .layers import VALUE", {"layers.py": ONE}),
        ("from . import layers; VALUE = layers.VALUE", {"layers.py": ONE}),
        ("from .layers.a import VALUE",
         {"layers/__init__.py": "", "layers/a.py": "from ..b import VALUE", "b.py": ONE}),
        ("from .layers import VALUE", {"__init__.py": "", "layers.py": ONE}),
        ("from importlib import import_module\nVALUE = import_module('layers').VALUE",
         {"layers.py": ONE}),
        ("import importlib\nVALUE = importlib.import_module('.a', 'layers').VALUE",
         {"layers/__init__.py": "from . import a", "layers/a.py": ONE}),
        ("import importlib\nVALUE = importlib.import_module('.a', __package__).VALUE",
         {"a.py": ONE}),
        ("VALUE = __import__('layers').VALUE", {"layers.py": ONE}),
        ("try:\n    import no_such_module\nexcept ImportError:\n    from layers import VALUE",
         {"layers.py": ONE}),
        ("def f():\n    from layers import VALUE\n    return VALUE\nVALUE = f()",
         {"layers.py": ONE}),
        ("import sys, pathlib\nsys.path.insert(0, str(pathlib.Path(__file__).parent))\n"
         "from layers import VALUE", {"layers.py": ONE}),
        ("from a import VALUE",
         {"a.py": "from b import VALUE", "b.py": "from c import *", "c.py": ONE}),
        ("from pack import *\nVALUE = a.VALUE",
         {"pack/__init__.py": "__all__ = ['a']", "pack/a.py": ONE}),
        ("from a import VALUE", {"a.py": "import b\nVALUE = b.get()",
                                 "b.py": "def get():\n    import a\n    return 1"}),
        ("VALUE = 1\nimport a", {"a.py": "from net import VALUE"}),
    ],
)  # fmt: skip
def test_a_helper_is_loaded_and_hashed(tmp_path, statement, files):
    """Every file that Python would run is among the sources; a change of any is another digest."""
    write_files(tmp_path, {"net.py": statement + TAIL, "_other.py": "1 / 0", **files})
    file = tmp_path / "net.py"
    assert 1 == value(file)
    expected = {name for name in files if files[name] or "__init__" not in name}
    assert expected == helpers(file) - {"net.py"}
    before = read_sources(file).digest
    for name, text in files.items():
        write_files(tmp_path, {name: text + "# \n"})
        assert before != read_sources(file).digest, name
        write_files(tmp_path, {name: text})
    write_files(tmp_path, {"_other.py": "2 / 0", "new.py": "1 / 0"})
    assert before == read_sources(file).digest


@pytest.mark.parametrize(
    ("expression", "data"),
    [
        ("here / 'c.json'", "c.json"),
        ("here / 'data' / 'c.json'", "data/c.json"),
        ("here / 'data/c.json'", "data/c.json"),
        ("os.path.join(os.path.dirname(__file__), 'data', 'c.json')", "data/c.json"),
        ("os.path.dirname(__file__) + '/c.json'", "c.json"),
        ("here / f\"{'c'}.json\" if False else here / 'c.json'", "c.json"),
        ("here.parent / 'settings' / 'c.json'", "../settings/c.json"),
        ("here / '../settings/c.json'", "../settings/c.json"),
    ],
)
def test_a_file_that_a_model_names_is_hashed_and_has_to_stay(tmp_path, expression, data):
    """A change of it is another digest; one that comes after it was hashed is refused."""
    head = f"import json, os, pathlib\nhere = pathlib.Path(__file__).parent\nfile = {expression}\n"
    files = {"m/net.py": head + "VALUE = json.loads(open(file).read())" + TAIL, f"m/{data}": "1",
             "m/other.json": "1"}  # fmt: skip
    file = write_files(tmp_path, files) / "m" / "net.py"
    sources = read_sources(file)
    assert 1 == value(file)
    assert [data] == [one["name"] for one in sources.data]
    assert sources == Sources.from_json(sources.to_json())
    write_files(tmp_path, {"m/other.json": "2"})
    assert sources.digest == read_sources(file).digest
    write_files(tmp_path, {f"m/{data}": "2"})  # of the same size and time
    assert sources.digest != read_sources(file).digest
    assert 2 == value(file)
    with pytest.raises(PluginError, match=r"c\.json, which it names, has changed since"):
        load_plugin("net", sources)


def test_a_package_of_several_files_is_a_plug_in(tmp_path):
    files = {
        "net/__init__.py": "from .layers import VALUE\nfrom . import more" + TAIL,
        "net/layers.py": "from ..common import VALUE",
        "net/more.py": "from .layers import VALUE",
        "common.py": ONE,
        "layers/__init__.py": "1 / 0",
        "_parts/__init__.py": "MODEL = 1 / 0",
        "empty/notes.txt": "",
    }
    found = find_plugins([write_files(tmp_path, files)]).files
    assert {"common", "net"} == set(found)  # nothing beside common.py imports it
    assert tmp_path / "net" / "__init__.py" == found["net"]
    assert 1 == value(found["net"])


def test_a_helper_is_no_plug_in_and_a_file_that_lacks_its_symbol_is(tmp_path):
    """Loading the latter reports the symbol that it lacks."""
    files = {"net.py": "import layers" + TAIL, "far.py": "from . import parts\nVALUE = 1" + TAIL,
             "layers.py": "", "parts.py": "", "forgotten.py": "import far"}  # fmt: skip
    assert {"far", "forgotten", "net"} == set(find_plugins([write_files(tmp_path, files)]).files)


def test_a_package_has_its_own_name_where_nothing_leads_out_of_it(tmp_path):
    """It is not run a second time where it imports itself by name."""
    write_files(tmp_path, {
        "net/__init__.py": "assert __name__ == 'net'\nfrom net.layers import VALUE" + TAIL,
        "net/layers.py": ONE,
    })  # fmt: skip
    assert 1 == value(tmp_path / "net" / "__init__.py")


@pytest.mark.parametrize(
    "name", ["numpy.py", "sklearn/__init__.py", "click/__init__.py", "click.py"]
)
def test_a_model_may_have_the_name_of_the_package_that_it_is_about(tmp_path, name):
    """As ``xgboost.py``, which imports xgboost; and so may another model import that package."""
    package = name.partition("/")[0].removesuffix(".py")
    text = f"import {package}\nVALUE = 1 if 'site-packages' in {package}.__file__ else 2" + TAIL
    write_files(tmp_path, {name: text, "other.py": text})
    for file in (tmp_path / name, tmp_path / "other.py"):
        assert (1, set()) == (value(file), helpers(file))


def test_a_local_module_comes_before_an_installed_one(tmp_path):
    """As in a script; only what is no plug-in itself, and no package that others import too."""
    write_files(tmp_path, {"net.py": "from click import VALUE" + TAIL, "click.py": ONE})
    assert 1 == value(tmp_path / "net.py")
    import click

    assert not hasattr(click, "VALUE")


def test_python_path_and_the_project_hold_local_modules(tmp_path, monkeypatch):
    text = "import there, lib.parts\nVALUE = there.A + lib.parts.B" + TAIL
    write_files(tmp_path, {
        "project/pyproject.toml": "",
        "project/models/deep/net.py": text,
        "project/lib/parts.py": "B = 1",
        "path/there.py": "A = 1",
    })  # fmt: skip
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    file = tmp_path / "project" / "models" / "deep" / "net.py"
    assert 2 == value(file)
    names = {helper.module for helper in read_sources(file).helpers}
    assert {"there", "lib", "lib.parts"} == names


def test_an_editable_installation_is_local_and_an_installed_package_is_not(tmp_path, monkeypatch):
    """What ``pip install --target`` makes has the metadata of distributions beside it."""
    write_files(tmp_path, {
        "models/net.py": "import ours, theirs\nVALUE = ours.A + theirs.B" + TAIL,
        "src/ours/__init__.py": "A = 1",
        "target/theirs/__init__.py": "B = 1",
        "target/theirs-1.0.dist-info/METADATA": "Name: theirs",
    })  # fmt: skip
    for folder in ("src", "target"):
        monkeypatch.syspath_prepend(str(tmp_path / folder))
    file = tmp_path / "models" / "net.py"
    assert ["ours"] == [helper.module for helper in read_sources(file).helpers]
    assert 2 == value(file)
    monkeypatch.delitem(sys.modules, "theirs")


def test_a_link_has_the_helpers_beside_it_and_those_beside_its_target(tmp_path):
    write_files(tmp_path, {
        "shared/first.py": "import a, b\nVALUE = a.A + b.B" + TAIL,
        "shared/a.py": "A = 1",
        "models/b.py": "B = 1",
    })  # fmt: skip
    link = tmp_path / "models" / "net.py"
    link.symlink_to(tmp_path / "shared" / "first.py")
    found = find_plugins([tmp_path / "models"]).files["net"]
    assert link == found
    assert 2 == value(found)
    write_files(tmp_path, {"shared/a.py": "A = 2"})
    assert 3 == value(found)


def test_sources_come_back_from_json(tmp_path):
    files = {"net.py": "from lib.a import VALUE" + TAIL, "lib/a.py": "VALUE = 'é' and 1".encode()}
    sources = read_sources(write_files(tmp_path, files) / "net.py")
    assert sources == Sources.from_json(sources.to_json())


def test_the_order_of_helpers_changes_no_digest(tmp_path):
    files = {"net.py": "import a, b, c" + TAIL, "a.py": "", "b.py": "", "c.py": ""}
    sources = read_sources(write_files(tmp_path, files) / "net.py")
    mixed = Sources(sources.entry, sources.helpers[::-1])
    assert sources.digest == mixed.digest


def test_a_name_is_part_of_the_digest(tmp_path):
    """Two helpers whose texts are exchanged are another model."""
    digests = set()
    for first, second in [("1", "2"), ("2", "1")]:
        files = {"net.py": "import a, b" + TAIL, "a.py": f"A = {first}", "b.py": f"A = {second}"}
        digests.add(read_sources(write_files(tmp_path, files) / "net.py").digest)
    assert 2 == len(digests)


def test_a_model_file_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(PluginError, match=r"gone\.py cannot be read: No such file"):
        read_sources(tmp_path / "gone.py")


def test_nothing_is_run(tmp_path):
    marker = tmp_path / "ran"
    text = f"open({str(marker)!r}, 'w')\n"
    read_sources(write_files(tmp_path, {"net.py": text + "import a.b", "a/__init__.py": text,
                                        "a/b.py": text}) / "net.py")  # fmt: skip
    assert not marker.exists()


FORMS = (
    "import {0}\nV.append({0}.TOTAL)",
    "from {0} import TOTAL as T\nV.append(T)",
    "def f():\n    from {0} import TOTAL\n    return TOTAL\nV.append(f())",
    "from importlib import import_module as i\nimport importlib\n"
    "V.append(importlib.import_module('{0}').TOTAL)",
    "try:\n    import no_such\nexcept ImportError:\n    import {0} as m\n    V.append(m.TOTAL)",
    "if len(V) >= 0:\n    import {0} as m\n    V.append(m.TOTAL)",
    "class C:\n    from {0} import TOTAL as T\nV.append(C.T)",
)
NAMES = ("plain", "_under", "pack.one", "pack.sub.two", "space.one")
# A package runs before its modules, so it imports only what comes after all of them.
LATER = ("pack.sub", "pack", "last", "space.two")


@st.composite
def projects(draw):
    """Texts of modules by name, where each imports later ones, and the numbers they hold."""
    names = [*draw(st.permutations(NAMES)), *LATER]
    texts, edges, numbers = {}, {}, {}
    for place, name in enumerate(names):
        edges[name] = draw(st.lists(st.sampled_from(names[place + 1 :]), max_size=3, unique=True)
                           if place + 1 < len(names) else st.just([]))  # fmt: skip
        numbers[name] = draw(st.integers(1, 9))
        lines = [draw(st.sampled_from(FORMS)).format(other) for other in edges[name]]
        total = f"TOTAL = {numbers[name]} + sum(V)"
        texts[name] = "\n".join(["V = []", *lines, total]) + "\n"
    wanted = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    lines = [draw(st.sampled_from(FORMS)).format(name) for name in wanted]
    texts["net"] = "\n".join(["V = []", *lines, "VALUE = 1 + sum(V)"]) + TAIL
    edges["net"] = wanted
    return texts, edges, numbers


def file_of(name):
    stem = name.replace(".", "/")
    return f"{stem}/__init__.py" if name in ("pack", "pack.sub") else f"{stem}.py"


def reached(edges, start="net"):
    """The modules that run when one is imported: what it imports, and the packages it is in."""
    seen, pending = set(), [start]
    while pending:
        name = pending.pop()
        if name in edges and name not in seen:
            seen.add(name)
            parts = name.split(".")
            pending += [".".join(parts[:count]) for count in range(1, len(parts))]
            pending += edges[name]
    return seen


def total(name, edges, numbers):
    return numbers.get(name, 1) + sum(total(other, edges, numbers) for other in edges[name])


def check_project(project, data):
    """The closure, the loaded values, and what changes the digest, on random projects.

    A change keeps a file's size and time, so that bytecode would hide it.
    """
    texts, edges, numbers = project
    with TemporaryDirectory() as name:
        folder = write_files(Path(name) / "here", {file_of(n): t for n, t in texts.items()})
        file = folder / "net.py"
        sources, expected = read_sources(file), reached(edges)
        assert {file_of(one) for one in expected} - {"net.py"} == helpers(file)
        assert total("net", edges, numbers) == load_plugin("net", sources).model.epochs
        moved = Path(shutil.copytree(folder, Path(name) / "elsewhere" / "there"))
        assert sources.digest == read_sources(moved / "net.py").digest
        changed = data.draw(st.sampled_from(sorted(numbers)))
        other = numbers[changed] % 9 + 1
        text = texts[changed].replace(f"TOTAL = {numbers[changed]}", f"TOTAL = {other}")
        write_files(folder, {file_of(changed): text})
        assert (changed in expected) == (sources.digest != read_sources(file).digest)
        assert total("net", edges, numbers) == load_plugin("net", sources).model.epochs
        assert total("net", edges, {**numbers, changed: other}) == value(file)
        assert not list(folder.rglob("__pycache__"))


test_sources_are_what_python_runs = settings(PROPERTY, max_examples=25)(
    given(projects(), st.data())(check_project)
)


def test_the_property_sees_a_helper_that_is_not_found(monkeypatch):
    """Without imports inside functions, it fails."""
    from evenfold.plugins import imports, sources

    def shallow(content):
        tree = imports._parse(content)
        tree.body = [node for node in tree.body if not hasattr(node, "body")]
        return tuple(imports._imports(tree))

    monkeypatch.setattr(sources, "stated_imports", shallow)
    first_failure = settings(PROPERTY, max_examples=10, phases=[Phase.generate])
    with pytest.raises((AssertionError, PluginError)):
        first_failure(given(projects(), st.data())(check_project))()


def test_the_names_of_packages_that_others_import_are_known():
    assert {"numpy", "sklearn", "keras", "tensorflow", "evenfold", "random"} <= lookup.NEVER_LOCAL
    assert "_layers" not in lookup.NEVER_LOCAL


def test_two_plug_ins_have_helpers_of_one_name(tmp_path):
    for number in (1, 2):
        write_files(tmp_path / str(number), {
            "net.py": "from layers import VALUE" + TAIL, "layers.py": f"VALUE = {number}",
        })  # fmt: skip
    plugins = [load_model("net", tmp_path / number / "net.py") for number in ("1", "2", "1")]
    assert [1, 2, 1] == [plugin.model.epochs for plugin in plugins]
    assert "layers" not in sys.modules
