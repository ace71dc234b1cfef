"""What an import loads, and what test files import."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import evenfold
from builders import ROOT
from builders.processes import FRAMEWORKS

PACKAGE = Path(evenfold.__file__).parent

# The finders go on finding: what is blocked is the loading.
BLOCKED = """
import sys
from importlib.machinery import PathFinder
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {frameworks!r}:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = self
        return spec
    def create_module(self, spec):
        raise RuntimeError("imported " + spec.name)
    def exec_module(self, module):
        pass
sys.meta_path.insert(0, Blocker())
{code}
"""
COLLECT = "import pytest; sys.exit(pytest.main(['bench', '--collect-only', '-q']))"
HELP = "from evenfold.cli.main import main; sys.argv = ['evenfold', '--help']; main()"
COMPARE = HELP.replace("'--help'", "'compare', 'results'")
LIST = HELP.replace("'--help'", "'list'")


def imports(file):
    """The parts of evenfold that a file imports, at its top or inside functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module == "evenfold":
            names = [f"evenfold.{alias.name}" for alias in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith("evenfold."))


def test_models_import_the_contract_and_their_framework_alone(built_in_files):
    for file in built_in_files.values():
        assert {"Model", "Skip"} >= set(imports(file))
        assert "MODEL = Model(" in file.read_text()
        assert len(file.read_text().splitlines()) < 60


@pytest.mark.parametrize("code", [COLLECT, HELP, LIST, COMPARE])
def test_no_framework_is_imported_to_collect_help_list_or_compare(run_python, code):
    done = run_python("-c", BLOCKED.format(frameworks=FRAMEWORKS, code=code))
    assert 0 == done.returncode, done.stdout + done.stderr


def test_a_score_study_needs_no_msgspec(run_python, tmp_path):
    """It runs from a copied source tree beside the packages of an older environment."""
    arguments = ["evenfold", "score", "majority", "--dataset", "wine", "--folds", "2",
                 "--repeats", "1", "--results", str(tmp_path)]  # fmt: skip
    missing = "import sys; sys.modules['msgspec'] = None"
    code = f"{missing}; from evenfold.cli.main import main; sys.argv = {arguments}; main()"
    for _ in ("fits", "reads its store"):
        done = run_python("-c", code, cwd=tmp_path)
        assert 0 == done.returncode, done.stderr
        assert "majority" in done.stdout


def test_the_block_does_stop_an_import(run_python, framework):
    """The test above can fail."""
    code = "from evenfold.worker.device import open_framework; open_framework()"
    done = run_python("-c", BLOCKED.format(frameworks=FRAMEWORKS, code=code))
    assert 0 != done.returncode
    assert "imported " in done.stderr


def test_a_plugins_import_of_the_contract_loads_nothing_else(run_python):
    """``from evenfold import Model`` must run beside numpy 1.18 and nothing of ours."""
    code = (
        "from evenfold import Model, Skip, Task\nimport sys\n"
        "print(sorted(m for m in sys.modules if m.startswith('evenfold')), 'pandas' in sys.modules)"
    )
    done = run_python("-c", code)
    assert "['evenfold', 'evenfold.contract', 'evenfold.errors'] False" == done.stdout.strip()


def test_public_names_are_all_there():
    for name in evenfold.__all__:
        assert getattr(evenfold, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        evenfold.nothing  # noqa: B018


@pytest.mark.parametrize("name", ["race", "score", "upgrade", "gate", "bisect", "history"])
def test_a_function_is_not_hidden_by_the_folder_of_its_name(name):
    importlib.import_module(f"evenfold.{name}")
    assert callable(getattr(evenfold, name))
    assert getattr(evenfold, name).__name__ == name


def test_no_test_file_imports_another():
    """What several need stands in builders, strategies or conftest."""
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            assert not [n for n in names if n.rpartition(".")[2].startswith("test_")], file


def test_types_are_shipped():
    assert (PACKAGE / "py.typed").exists()
