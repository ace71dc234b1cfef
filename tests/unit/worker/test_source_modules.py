"""Modules of plug-ins: compiled from the bytes that were read, apart from each other's."""

from __future__ import annotations

import inspect
import linecache
import os
import sys
import sysconfig
import traceback
from importlib.machinery import SourceFileLoader

import numpy as np
import pytest

from builders.models import CHEAP
from builders.plugin_files import TAIL, value, write_files
from evenfold.contract import Task
from evenfold.errors import PluginError, Skip
from evenfold.plugins.models import load_model
from evenfold.plugins.sources import read_sources
from evenfold.worker import source_loader, train
from evenfold.worker.plugin import load_plugin, require_complete
from evenfold.worker.source_modules import SourceModules, activate, active

TASK = Task((3,), 2)
BUILDS = "\nfrom evenfold import Model\n\n" + CHEAP.partition("def build")[0] + """
def build(task):
    {}
    return Nearest()

MODEL = Model(build)
"""  # fmt: skip


def built(folder, statements, **files):
    """Build a model with these statements in ``build``."""
    write_files(folder, {"net.py": BUILDS.format(statements.replace("\n", "\n    ")), **files})
    return train.build(load_model("net", folder / "net.py"), TASK)


def test_bytecode_is_neither_read_nor_written(tmp_path):
    """Python's own loader runs the first file's bytecode: the second has its size and time."""
    import py_compile

    file = tmp_path / "net.py"
    for number in (1, 2):
        write_files(tmp_path, {"net.py": "from lib import VALUE" + TAIL,
                               "lib.py": f"VALUE = {number}"})  # fmt: skip
        assert number == value(file)
        assert [] == list(tmp_path.rglob("*.pyc"))
    for name in ("net", "lib"):
        py_compile.compile(str(tmp_path / f"{name}.py"))
    write_files(tmp_path, {"lib.py": "VALUE = 3"})
    assert 3 == value(file)


def test_a_file_that_changes_after_it_was_read_changes_nothing(tmp_path):
    """Nor does one that is gone: also where it is imported for the first time in ``build``."""
    write_files(tmp_path, {
        "net.py": BUILDS.format("from lib import check; check()"),
        "lib.py": "from deep import check",
        "deep.py": "def check(): pass",
    })  # fmt: skip
    sources = read_sources(tmp_path / "net.py")
    write_files(tmp_path, {"lib.py": "1 / 0", "net.py": "1 / 0"})
    (tmp_path / "deep.py").unlink()
    assert train.build(load_plugin("net", sources), TASK)


def test_a_module_knows_its_file_and_finds_the_data_beside_it(tmp_path):
    np.save(write_files(tmp_path, {
        "lib/__init__.py": "",
        "lib/data.py": "from pathlib import Path\nimport numpy as np\n"
                       "VALUE = int(np.load(Path(__file__).parent / 'seven.npy'))",
        "lib/words.txt": "eleven",
        "net.py": "import pkgutil\nfrom importlib.resources import files\n"
                  "from lib.data import VALUE\n"
                  "assert b'eleven' == pkgutil.get_data('lib', 'words.txt')\n"
                  "assert 'eleven' == (files('lib') / 'words.txt').read_text()" + TAIL,
    }) / "lib" / "seven.npy", 7)  # fmt: skip
    assert 7 == value(tmp_path / "net.py")


def test_source_lines_are_those_that_run(tmp_path):
    """In tracebacks, and for whoever translates a function's source, as TensorFlow does."""
    write_files(tmp_path, {"net.py": "def f():\n    return 1 / 0\nVALUE = 1" + TAIL})
    plugin = load_model("net", tmp_path / "net.py")
    write_files(tmp_path, {"net.py": "def f():\n    return 'an edited line'\n"})
    linecache.checkcache()
    function = plugin.modules.entry.f
    with active(plugin.modules):
        assert "def f():\n    return 1 / 0\n" == inspect.getsource(function)
    with pytest.raises(ZeroDivisionError) as raised:
        function()
    assert "return 1 / 0" in "".join(traceback.format_exception(raised.value))


def test_the_next_plug_in_finds_none_of_the_modules_of_the_last(tmp_path):
    """Neither its helpers, nor the folders that it has put on the search path."""
    write_files(tmp_path / "a", {
        "net.py": "import sys, os\nsys.path.insert(0, os.path.dirname(__file__))\n"
                  "import lib\nVALUE = 1" + TAIL,
        "lib.py": "",
    })  # fmt: skip
    before = list(sys.path)
    first = load_model("net", tmp_path / "a" / "net.py")
    assert before == sys.path
    with active(first.modules):
        assert str(tmp_path / "a") in sys.path
        import lib

        assert lib.__file__ == str(tmp_path / "a" / "lib.py")
    with pytest.raises(Skip, match=r"^lib is not installed \(and no lib.py lies beside net.py\)$"):
        built(tmp_path / "b", "import lib")
    assert not any(isinstance(finder, SourceModules) for finder in sys.meta_path)


def test_a_module_of_the_program_is_hidden_and_comes_back(tmp_path, monkeypatch):
    """A script that uses evenfold may have imported another module of that name."""
    mine = type(sys)("lib")
    monkeypatch.setitem(sys.modules, "lib", mine)
    write_files(tmp_path, {"net.py": "from lib import VALUE" + TAIL, "lib.py": "VALUE = 5"})
    assert 5 == value(tmp_path / "net.py")
    assert sys.modules["lib"] is mine


def test_plug_ins_may_be_active_in_turns(tmp_path):
    """What one imports late is its own, whatever was active in between."""
    plugins = []
    for number in (1, 2):
        files = {
            "net.py": "def late():\n    import lib\n    lib.N += 10\n    return lib.N\nVALUE = 1"
            + TAIL,
            "lib.py": f"N = {number}",
        }
        plugins.append(load_model("net", write_files(tmp_path / str(number), files) / "net.py"))
    first, second = plugins
    for count in (1, 2):
        for plugin, number in ((first, 1), (second, 2)):
            with active(plugin.modules):
                assert number + 10 * count == plugin.modules.entry.late()
    with active(first.modules), active(second.modules):
        assert 32 == second.modules.entry.late()
    assert activate(None) is None


@pytest.mark.parametrize(
    ("statements", "stranger"),
    [
        ("import importlib\nname = 'dynamic'\nimportlib.import_module(name)", "dynamic"),
        ("import importlib, lib\nimportlib.import_module('lib.' + 'dyn' + 'amic')", "lib.dynamic"),
        ("import pkgutil, importlib, lib\nfor found in pkgutil.iter_modules(lib.__path__):\n"
         "    importlib.import_module('lib.' + found.name)", "lib.dynamic"),
        ("exec('import dynamic')", "dynamic"),
        ("import importlib.util as u, os\n"
         "file = os.path.dirname(__file__) + '/dyn' + 'amic.py'\n"
         "spec = u.spec_from_file_location('other', file)\n"
         "spec.loader.exec_module(u.module_from_spec(spec))", "other"),
        ("import importlib.util as u, sys, os\n"
         "file = os.path.dirname(__file__) + '/dyn' + 'amic.py'\n"
         "spec = u.spec_from_file_location('other', file)\n"
         "sys.modules['other'] = m = u.module_from_spec(spec)\nspec.loader.exec_module(m)",
         "other"),
        ("import sys, os\nsys.path.insert(0, os.path.dirname(__file__) + '/sub')\nimport far",
         "far"),
    ],
)  # fmt: skip
def test_a_local_module_that_is_no_part_of_the_identity_fails_the_fit(
    tmp_path, monkeypatch, statements, stranger
):
    """In one sentence: which module of which file, and what to do."""
    monkeypatch.syspath_prepend(str(tmp_path))
    files = {"dynamic.py": "", "sub/far.py": "", "lib/__init__.py": "", "lib/dynamic.py": ""}
    message = (
        rf"^model net \(.*net\.py\): it imports {stranger} from .*\.py, which is no part of the "
        r"model's identity: import it by its name in an import statement, and keep it beside the"
    )
    with pytest.raises(PluginError, match=message):
        built(tmp_path, statements, **files)
    assert stranger not in sys.modules
    # The next model is judged by what it imports itself.
    write_files(tmp_path, {"fine.py": BUILDS.format("pass")})
    assert train.build(load_model("fine", tmp_path / "fine.py"), TASK)


LOADED_BY_PATH = """
import importlib.util
import runpy
from pathlib import Path

HERE = Path(__file__).parent

def by_location():
    spec = importlib.util.spec_from_file_location("any", HERE / "lib" / "_parts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VALUE

def by_text():
    names = {}
    exec((HERE / "lib/_parts.py").read_text(), names)
    return names["VALUE"]

def by_path():
    return runpy.run_path(f"{HERE}/lib/_parts.py")["VALUE"]
"""


@pytest.mark.parametrize("way", ["by_location", "by_text", "by_path"])
def test_a_file_that_a_model_names_is_part_of_its_identity(tmp_path, way):
    text = LOADED_BY_PATH.replace('HERE / "lib" / "_parts.py"', 'HERE / "lib/_parts.py"')
    files = {"net.py": f"{text}\nVALUE = {way}()" + TAIL,
             "lib/_parts.py": "from deep import VALUE", "deep.py": "VALUE = 1"}  # fmt: skip
    file = write_files(tmp_path, files) / "net.py"
    digests = {read_sources(file).digest}
    assert 1 == value(file)
    for name, changed in [("deep.py", "VALUE = 2"), ("lib/_parts.py", "VALUE = 3")]:
        write_files(tmp_path, {name: changed})
        digests.add(read_sources(file).digest)
    assert (3, 3) == (len(digests), value(file))
    sources = read_sources(file)
    write_files(tmp_path, {"lib/_parts.py": "VALUE = 4"})
    if way == "by_location":
        assert 3 == load_plugin("net", sources).model.epochs
    assert not list(tmp_path.rglob("__pycache__"))


def test_pythons_own_loader_is_as_it_was(tmp_path):
    write_files(tmp_path, {"net.py": "VALUE = 1" + TAIL})
    plugin = load_model("net", tmp_path / "net.py")
    assert "get_code" not in vars(SourceFileLoader)
    with active(plugin.modules):
        assert "get_code" in vars(SourceFileLoader)
    assert "get_code" not in vars(SourceFileLoader)


def test_a_module_that_a_model_imports_while_it_is_fitted_is_found(tmp_path):
    write_files(tmp_path, {"net.py": BUILDS.format("pass"), "far/dynamic.py": ""})
    plugin = load_model("net", tmp_path / "net.py")
    with active(plugin.modules):
        sys.path.insert(0, str(tmp_path / "far"))
        __import__("dynamic")
        with pytest.raises(PluginError, match="imports dynamic from"):
            require_complete(plugin)


def test_packages_and_generated_modules_are_no_strangers(tmp_path):
    statements = (
        "import colorsys, sklearn.naive_bayes, tabulate, evenfold.stats.metrics, conftest\n"
        "import sys, types\n"
        "for name in ('__autograph_generated_filex1', '__main__x'[:8]):\n"
        "    module = sys.modules.setdefault(name, types.ModuleType(name))\n"
        "    module.__file__ = getattr(module, '__file__', None) or '/tmp/x1.py'"
    )
    try:
        assert built(tmp_path, statements)
    finally:
        del sys.modules["__autograph_generated_filex1"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"lib.py": "x = 1\nraise ValueError('boom')"},
         r"lib\.py, line 2: raised ValueError at import: boom"),
        ({"lib.py": "\ndef f(:"}, r"lib\.py, line 2 is not Python: "),
        ({"lib/__init__.py": "from .a import x", "lib/a.py": "x ="},
         r"lib.a\.py, line 1 is not Python: "),
        ({"lib.py": b"x = '\xe9'"}, r"lib\.py, (line 1 )?is not Python: .*utf-8"),
        ({"lib.py": "from other import A", "other.py": "from lib import B"},
         r"other\.py, line 1: raised ImportError at import: cannot import name 'B' from partially"),
        ({"lib/__init__.py": "from . import gone"},
         r"lib.__init__\.py, line 1: raised ImportError at import: cannot import name 'gone'"),
        ({"lib/__init__.py": "from .gone import x"},
         r"lib.__init__\.py, line 1: imports lib\.gone, and lib has no such module: add it, or"),
        ({"lib.py": "import no_such_thing"},
         r"lib\.py, line 1: imports no_such_thing, which is not installed here: import it inside "
         r"build, .*; a module of yours belongs beside net\.py, as no_such_thing\.py"),
        ({"lib.py": "import sys\nsys.exit(3)"}, r"lib\.py, line 2: raised SystemExit at import: 3"),
    ],
)  # fmt: skip
def test_a_broken_helper_is_named_with_its_line(tmp_path, files, message):
    write_files(tmp_path, {"net.py": "import lib\nVALUE = 1" + TAIL, **files})
    with pytest.raises(PluginError, match=r"^model net \(.*net\.py\): " + message):
        value(tmp_path / "net.py")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from .gone import x", r"imports \.gone, which is not beside it: add the module, or"),
        ("from . import gone", r"raised ImportError at import: cannot import name 'gone'"),
        ("from ..gone import x", r"imports \..*gone, which is not beside it"),
        ("import _gone", r"imports _gone, which is not installed here: .* as _gone\.py"),
    ],
)
def test_a_helper_that_is_not_there_is_told_from_a_package(tmp_path, text, message):
    write_files(tmp_path / "models", {"net.py": text + "\nVALUE = 1" + TAIL})
    with pytest.raises(PluginError, match=r"^model net \(.*net\.py\): " + message):
        value(tmp_path / "models" / "net.py")


def test_in_build_a_package_skips_the_model_and_a_helper_fails_it(tmp_path):
    with pytest.raises(
        Skip, match=r"^no_such is not installed \(and no no_such\.py lies beside net"
    ):
        built(tmp_path, "import no_such.thing")
    with pytest.raises(PluginError, match=r"build imports lib\.gone, and lib has no such module"):
        built(tmp_path, "import lib.gone", **{"lib/__init__.py": ""})
    with pytest.raises(PluginError, match=r"net\.py\): bad\.py, line 1 is not Python"):
        built(tmp_path, "import bad", **{"bad.py": "x ="})
    with pytest.raises(
        PluginError, match=r"build raised ValueError for .*, in raises\.py, line 1: n"
    ):
        built(tmp_path, "import raises", **{"raises.py": "raise ValueError('no')"})


def test_an_import_cycle_ends_well(tmp_path):
    """Also through the model's own file, which is run once."""
    write_files(tmp_path, {
        "net.py": "import builtins\nbuiltins.runs = getattr(builtins, 'runs', 0) + 1\nA = 1\n"
                  "import lib\nVALUE = lib.f()" + TAIL,
        "lib.py": "import net\nfrom other import B\ndef f():\n    return net.A + B",
        "other.py": "import lib\nB = 2",
    })  # fmt: skip
    import builtins

    try:
        assert 3 == value(tmp_path / "net.py")
        assert 1 == builtins.runs
    finally:
        del builtins.runs


def test_a_helper_has_the_encoding_that_it_declares(tmp_path):
    text = "# -*- coding: latin-1 -*-\nVALUE = len('é')".encode("latin-1")
    files = {"net.py": "from lib import VALUE" + TAIL, "lib.py": text}
    assert 1 == value(write_files(tmp_path, files) / "net.py")


def test_an_extension_module_is_loaded_from_its_bytes(tmp_path):
    """It is hashed like any other, and a copy is loaded where its file has changed."""
    import _struct

    file = getattr(_struct, "__file__", None)
    if file is None:
        pytest.skip("every extension of this Python is built in")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    with open(file, "rb") as stream:
        content = stream.read()
    write_files(tmp_path, {"net.py": "import here._struct as s\nVALUE = s.calcsize('B')" + TAIL,
                           "here/__init__.py": "", f"here/_struct{suffix}": content})  # fmt: skip
    sources = read_sources(tmp_path / "net.py")
    assert content in [helper.content for helper in sources.helpers]
    (tmp_path / "here" / f"_struct{suffix}").write_bytes(b"no extension")
    assert 1 == load_plugin("net", sources).model.epochs


def test_the_snapshot_is_seen_to_matter(tmp_path, monkeypatch):
    """With Python's own way to get code, an edited file's bytecode is run."""
    monkeypatch.setattr(source_loader.SourceLoader, "get_code", SourceFileLoader.get_code)
    monkeypatch.delattr(source_loader.SourceLoader, "get_data")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    write_files(tmp_path, {"net.py": "VALUE = 1" + TAIL})
    values = []
    for number in (1, 2):
        write_files(tmp_path, {"net.py": f"VALUE = {number}" + TAIL})
        values.append(value(tmp_path / "net.py"))
    assert [1, 1] == values


def test_names_in_tracebacks_end_with_a_digest(tmp_path):
    write_files(tmp_path, {"net.py": "def f(): pass\nVALUE = 1" + TAIL})
    plugin = load_model("net", tmp_path / "net.py")
    name = plugin.modules.entry.f.__code__.co_filename
    assert name.startswith(f"{tmp_path / 'net.py'}@")
    assert not os.path.exists(name)


def test_a_framework_translates_the_text_that_was_read(tmp_path, framework):
    """TensorFlow reads a function's source again when it is first called, which may be late."""
    if framework.name != "tensorflow":
        pytest.skip("only TensorFlow translates sources")
    import tensorflow as tf

    text = (
        "import tensorflow as tf\n\n@tf.function\ndef f(x):\n    if x > 0:\n        return x + 1\n"
        "    return x\n\nVALUE = 1"
    )
    write_files(tmp_path, {"net.py": text + TAIL})
    plugin = load_model("net", tmp_path / "net.py")
    write_files(tmp_path, {"net.py": text.replace("x + 1", "x + 2") + TAIL})
    with active(plugin.modules):
        assert 4 == int(plugin.modules.entry.f(tf.constant(3)))
        require_complete(plugin)


def test_judging_a_module_needs_no_import(tmp_path, run_python):
    """Modules are judged while others are imported, such as sysconfig at its first use."""
    text = "import sysconfig as s\ns.get_config_vars()\nVALUE = len(s.get_paths()) and 1"
    write_files(tmp_path, {"net.py": text + TAIL})
    code = (
        "import sys; from pathlib import Path\n"
        "from evenfold.plugins.models import load_model\n"
        "sys.modules.pop('sysconfig', None)\n"
        "sys.modules.pop(next((n for n in sys.modules if '_sysconfigdata' in n), ''), None)\n"
        "print(load_model('net', Path(sys.argv[1])).model.epochs)"
    )
    done = run_python("-c", code, tmp_path / "net.py")
    assert (0, "1\n") == (done.returncode, done.stdout), done.stderr
