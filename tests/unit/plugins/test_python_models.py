"""Models that Python code hands over are written as source, and built from it elsewhere."""

from __future__ import annotations

import functools
import linecache
import re
import subprocess
import sys
import textwrap
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from builders.models import ESTIMATOR
from evenfold.contract import Model, Task
from evenfold.errors import PluginError, UsageError
from evenfold.plugins.python_models import list_models, model_sources
from evenfold.plugins.value_source import SourceWriter
from evenfold.worker.plugin import load_plugin
from evenfold.worker.source_modules import active
from strategies import PROPERTY

TASK = Task((4,), 2)
SCALE = 3


def twice(kind):
    kind.factor = 2
    return kind


class Scaled(LogisticRegression):
    """An estimator of this module."""

    def fit(self, x, y):
        return super().fit(x * SCALE, y)


def build_here(task):
    return LogisticRegression(C=SCALE)


def rebuilt(model, name="mine"):
    """What a worker builds."""
    plugin = load_plugin(name, model_sources(name, model))
    with active(plugin.modules):
        return plugin.model.build(TASK)


def text_of(model):
    return model_sources("mine", model).entry.content.decode()


ESTIMATORS = [
    RandomForestClassifier(),
    RandomForestClassifier(n_estimators=3, class_weight={0: 1.0, 1: 2.5}, max_features=None),
    make_pipeline(StandardScaler(), PCA(2), SVC(probability=False, C=0.1)),
    make_pipeline(FunctionTransformer(np.log1p), GaussianNB(priors=np.array([0.25, 0.75]))),
    make_pipeline(SelectKBest(f_classif, k=2), LogisticRegression(C=float("inf"))),
    GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.1, 1.0]}, scoring="roc_auc",
                 cv=StratifiedKFold(3, shuffle=True, random_state=4)),
    StackingClassifier([("a", GaussianNB()), ("b", RandomForestClassifier(5))],
                       final_estimator=LogisticRegression()),
    VotingClassifier([("a", GaussianNB()), ("b", "drop")], voting="soft", weights=[1, 2]),
    CalibratedClassifierCV(SVC(), cv=3),
    GaussianProcessClassifier(ConstantKernel(2.0) * RBF(0.5)),
    ColumnTransformer([("s", StandardScaler(), [0, 1]), ("p", "passthrough", slice(2, 4)),
                       ("c", "drop", make_column_selector(pattern="x"))]),
]  # fmt: skip


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
def test_an_estimator_is_built_anew_with_its_parameters(estimator):
    found = rebuilt(estimator)
    assert type(found) is type(estimator)
    assert re.sub("0x[0-9a-f]+", "", repr(estimator)) == re.sub("0x[0-9a-f]+", "", repr(found))
    assert text_of(found) == text_of(estimator)


def test_distributions_of_a_search_are_written():
    from scipy.stats import loguniform, randint

    search = RandomizedSearchCV(SVC(), {"C": loguniform(0.1, 10), "degree": randint(1, 4)})
    found = rebuilt(search).param_distributions
    assert (0.1, 10) == found["C"].args
    assert (1, 4) == found["degree"].args


def test_parameters_with_their_default_are_left_out():
    assert "return RandomForestClassifier(max_depth=3)" in text_of(
        RandomForestClassifier(max_depth=3, n_estimators=100)
    )
    assert "from sklearn.ensemble import RandomForestClassifier" in text_of(
        RandomForestClassifier()
    )


def test_a_fitted_estimator_is_built_unfitted():
    fitted = GaussianNB().fit([[0.0], [1.0]], [0, 1])
    assert not hasattr(rebuilt(fitted), "theta_")


def digest(model):
    return model_sources("mine", model).digest


def test_class_and_parameters_are_the_identity():
    assert digest(SVC(C=2.0)) == digest(SVC(C=2.0))
    assert digest(SVC(C=2.0)) != digest(SVC(C=3.0))
    assert digest(GridSearchCV(SVC(), {"C": [1]})) != digest(GridSearchCV(SVC(), {"C": [2]}))
    assert digest(Scaled()) != digest(LogisticRegression())


def test_the_version_of_another_package_is_part_of_the_identity(monkeypatch):
    from evenfold.plugins import python_models

    before = digest(SVC())
    packages = {"sklearn": ("boost",)}
    monkeypatch.setattr(python_models, "_distributions", lambda root: packages.get(root, ()))
    monkeypatch.setattr(python_models.metadata, "version", lambda name: "1.0")
    assert "# boost 1.0" in text_of(SVC())
    first = digest(SVC())
    monkeypatch.setattr(python_models.metadata, "version", lambda name: "1.1")
    assert 3 == len({before, first, digest(SVC())})


def builds_with_an_import_inside(task):
    import boost.trees

    return boost.trees.Forest()


@pytest.mark.parametrize("place", ["builder", "module"])
def test_so_is_that_of_a_package_that_is_imported_inside_a_function(tmp_path, monkeypatch, place):
    from evenfold.plugins import python_models

    (tmp_path / "boosted.py").write_text(
        "def build(task):\n    from boost import Forest\n    return Forest()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import boosted

    packages = {"boost": ("boost",)}
    monkeypatch.setattr(python_models, "_distributions", lambda root: packages.get(root, ()))
    monkeypatch.setattr(python_models.metadata, "version", lambda name: "1.0")
    model = builds_with_an_import_inside if place == "builder" else boosted.build
    assert "# boost 1.0" in text_of(model)
    sys.modules.pop("boosted")


def test_every_submodule_that_is_imported_is_imported_again():
    import sklearn.neighbors
    import sklearn.svm

    def build(task):
        return [sklearn.neighbors, sklearn.svm.SVC()][1]

    text = text_of(build)
    assert "import sklearn.svm" in text
    assert "import sklearn.neighbors" in text
    assert "SVC" == type(rebuilt(build)).__name__


def test_a_module_of_the_user_is_imported_with_all_that_it_imports(tmp_path, monkeypatch):
    (tmp_path / "handed_helper.py").write_text("DEPTH = 3\n")
    (tmp_path / "handed_models.py").write_text(
        textwrap.dedent("""
        from sklearn.tree import DecisionTreeClassifier
        from handed_helper import DEPTH

        class Tree(DecisionTreeClassifier):
            def depth(self):
                return DEPTH

        def tree(task):
            return Tree(max_depth=DEPTH)
    """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    import handed_models

    sources = model_sources("mine", handed_models.tree)
    assert {"handed_helper", "handed_models"} == {each.module for each in sources.helpers}
    assert 3 == rebuilt(handed_models.tree).max_depth
    assert 3 == rebuilt(handed_models.Tree()).depth()
    before = digest(handed_models.tree)
    (tmp_path / "handed_helper.py").write_text("DEPTH = 4\n")
    assert before != digest(handed_models.tree)
    assert 4 == rebuilt(handed_models.tree).max_depth


def test_functions_and_classes_of_a_module_that_needs_all_of_evenfold_are_copied():
    """As of this one: a worker has the contract alone, and cannot import it."""
    assert "test_python_models" not in text_of(build_here)
    assert "SCALE = 3" in text_of(build_here)
    assert SCALE == rebuilt(build_here).C
    assert "Scaled" == type(rebuilt(Scaled())).__name__


def test_a_local_function_is_copied_with_the_values_that_it_uses():
    strength, names = 0.25, ["a"]

    def inner(task):
        return SVC(C=strength * SCALE, degree=len(names))

    def local(task):
        """A builder."""
        return [inner(task) for inner in [inner]].pop()

    text = text_of(local)
    assert "strength = 0.25" in text
    assert "SCALE = 3" in text
    assert 0.75 == rebuilt(local).C
    before = digest(local)
    strength = 0.5
    assert before != digest(local)


def test_two_functions_of_one_factory_differ():
    def factory(strength):
        def build(task):
            return SVC(C=strength)

        return build

    assert [1.0, 2.0] == [rebuilt(factory(c)).C for c in (1.0, 2.0)]
    assert digest(factory(1.0)) != digest(factory(2.0))


def test_a_partial_function_is_written():
    def build(task, strength, *, gamma):
        return SVC(C=strength, gamma=gamma)

    found = rebuilt(functools.partial(build, strength=2.0, gamma="auto"))
    assert (2.0, "auto") == (found.C, found.gamma)


def test_a_local_class_is_copied_with_its_bases_and_decorators():
    @twice
    class Local(Scaled):
        """An estimator of a function."""

        def __init__(self, power=1):
            super().__init__()
            self.power = power

        def predict(self, x):
            return np.power(super().predict(x), self.power)

    found = rebuilt(Local(power=3))
    assert (3, 2) == (found.power, found.factor)
    assert [0, 1] == list(found.fit(np.array([[0.0], [1.0]]), [0, 1]).predict([[-9.0], [9.0]]))


def test_a_model_value_is_written_with_its_fields():
    def make():
        return []

    text = text_of(Model(build_here, layout="sequence", epochs=7, callbacks=make))
    assert "layout='sequence', epochs=7, callbacks=make" in text
    assert "batch_size" not in text
    plugin = load_plugin("mine", model_sources("mine", Model(build_here, epochs=7)))
    assert 7 == plugin.model.epochs


SCRIPT = """
from __future__ import annotations
import json
import sys
import numpy as np
from sklearn import svm as machines
from sklearn.linear_model import LogisticRegression
from evenfold.plugins.python_models import model_sources

STRENGTH = float(sys.argv[1])

def helper(task: Undefined):
    return np.float64(STRENGTH)

def build(task):
    return machines.SVC(C=helper(task))

class Mine(LogisticRegression):
    def fit(self, x, y):
        return super().fit(np.asarray(x), y)

print(model_sources("mine", {model}).to_json())
"""


@pytest.mark.parametrize(("model", "expected"), [("build", "SVC"), ("Mine(C=0.5)", "Mine")])
def test_a_script_is_not_run_again(tmp_path, model, expected):
    """Its functions and classes are copied; a worker that ran the script would start another."""
    from evenfold.worker.sources import Sources

    (tmp_path / "script.py").write_text(SCRIPT.replace("{model}", model))
    command = [sys.executable, "script.py", "0.5"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    sources = Sources.from_json(done.stdout)
    assert "print" not in sources.entry.content.decode()
    assert str(tmp_path / "script.py") == sources.entry.file
    plugin = load_plugin("mine", sources)
    with active(plugin.modules):
        found = plugin.model.build(TASK)
    assert expected == type(found).__name__
    assert 0.5 == found.C


def test_a_notebook_s_cells_are_read(monkeypatch):
    cells = ["import numpy as np\n%matplotlib inline", "from sklearn.svm import SVC as Machine",
             "def build(task):\n    return Machine(C=UNITS)"]  # fmt: skip
    namespace = {"__name__": "__main__", "In": cells, "UNITS": 7.0, "Machine": SVC}
    monkeypatch.setitem(
        linecache.cache, "<cell-3>", (9, None, cells[2].splitlines(True), "<cell-3>")
    )
    exec(compile(cells[2], "<cell-3>", "exec"), namespace)
    assert "from sklearn.svm import SVC as Machine" in text_of(namespace["build"])
    assert 7.0 == rebuilt(namespace["build"]).C


NOTEBOOK = [
    "class Settings:\n    C = 1.0",
    "print('in between')",
    "import dataclasses\n\n@dataclasses.dataclass\nclass Kernel:\n    name: str = 'rbf'",
    "class Settings:\n    C = 3.0",
    "def build(task):\n    from sklearn.svm import SVC\n"
    "    return SVC(C=Settings.C, kernel=Kernel().name, gamma=getattr(Settings, 'gamma', 'scale'))",
]


def test_classes_without_methods_in_cells_are_copied(monkeypatch):
    """The last cell with the class counts, even if an equal one was run before."""
    notebook = ModuleType("__main__")
    notebook.In = ["", *NOTEBOOK]
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    for n, cell in enumerate(NOTEBOOK):
        entry = (9, None, cell.splitlines(True), f"<cell-{n}>")
        monkeypatch.setitem(linecache.cache, f"<cell-{n}>", entry)
        exec(compile(cell, f"<cell-{n}>", "exec"), vars(notebook))
    found = rebuilt(notebook.build)
    assert (3.0, "rbf", "scale") == (found.C, found.kernel, found.gamma)
    notebook.In.append(NOTEBOOK[0])
    exec(compile(NOTEBOOK[0], "<cell-0>", "exec"), vars(notebook))
    notebook.Settings.gamma = 0.5
    found = rebuilt(notebook.build)
    assert (1.0, "rbf", 0.5) == (found.C, found.kernel, found.gamma)


class Opaque:
    """It keeps more than its parameters."""

    def __init__(self):
        self.state = object()


def without_source():
    namespace = {}
    exec("def build(task):\n    return None", namespace)
    return namespace["build"]


def uses_an_opaque_value():
    value = Opaque()

    def build(task):
        return value

    return build


def has_a_local_decorator():
    def local(kind):
        return kind

    @local
    class Mine(LogisticRegression):
        def fit(self, x, y):
            return self

    return Mine()


REFUSED = [
    (has_a_local_decorator(), r"local, which Mine is defined with, is local to a function: move"),
    (lambda task: None, r"it is a lambda, which has no source: write it with def"),
    (without_source(), r"it is build, whose source cannot be read: write it with def in a file"),
    (uses_an_opaque_value(), r"value, a global name that build uses, is a Opaque, which cannot"),
    (make_pipeline(FunctionTransformer(lambda x: x), SVC()), r"func of .* is a lambda"),
    (RandomForestClassifier(class_weight=Opaque()), r"class_weight of RandomForestClassifier is a"),
    (SVC(C=re.compile("a")), r"C of SVC is a Pattern, which cannot be written as source"),
    (SVC(C=pd.DataFrame({"a": [1]})), r"C of SVC is a DataFrame, which cannot"),
    (SVC(kernel=build_here.__str__), r"kernel of SVC is a method-wrapper, which cannot"),
    (SVC(C=np.zeros(20_000)), r"C of SVC is an array of 20,000 cells"),
]


@pytest.mark.parametrize(("model", "message"), REFUSED)
def test_what_cannot_be_written_is_refused_with_what_to_do(model, message):
    with pytest.raises(PluginError, match=rf"^model mine: {message}") as caught:
        model_sources("mine", model)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (SVC, r"^SVC is a class: hand over an estimator, such as SVC\(\)$"),
        ([3], r"^a int among the models is none: give the name of a model"),
        (3, r"^models is a int: give the name"),
        (pd.DataFrame({"a": [1]}), r"^models is a DataFrame: give the name"),
        ({"a b": SVC()}, r"^'a b' is not a model's name"),
        ({"net": "conv1d"}, r"^'conv1d' is the name of a model already, and 'net' another"),
        ({"a[epochs=3]": SVC()}, r"cannot be the name"),
        (lambda one, two: None, r"takes a Task alone"),
    ],
)
def test_what_is_no_model_is_refused(models, message):
    with pytest.raises(UsageError, match=message):
        list_models(models)


def test_models_have_names_of_their_own():
    found = list_models(
        [SVC(), "conv1d", SVC(C=2), build_here, make_pipeline(StandardScaler(), SVC()),
         GridSearchCV(SVC(), {}), Model(build_here, epochs=2), RandomForestClassifier(3)]
    )  # fmt: skip
    assert found.names == (
        "SVC", "conv1d", "SVC-2", "build_here", "StandardScaler_SVC", "GridSearchCV_SVC",
        "build_here-2", "RandomForestClassifier",
    )  # fmt: skip
    assert {*found.names} - {"conv1d"} == {*found.sources}
    assert ["build_here trains 50 epochs, the default of a function; "
            "evenfold.Model(build_here, epochs=...) sets another number."] == [
        *found.notes.values()]  # fmt: skip


def test_the_model_of_a_file_has_the_name_of_the_file(tmp_path, monkeypatch):
    (tmp_path / "handed_net.py").write_text(ESTIMATOR)
    monkeypatch.syspath_prepend(tmp_path)
    import handed_net

    found = list_models([handed_net.MODEL, handed_net.build])
    assert ("handed_net", "handed_net-2") == found.names
    assert "GaussianNB" == type(rebuilt(handed_net.MODEL)).__name__


def test_one_model_needs_no_list():
    assert ("conv1d",) == list_models("conv1d").names
    assert ("RandomForestClassifier",) == list_models(RandomForestClassifier(3)).names
    assert ("build_here",) == list_models(build_here).names
    assert ("forest", "conv1d") == list_models({"forest": SVC(), "conv1d": "conv1d"}).names


PLAIN_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
        st.complex_numbers(allow_nan=False),
    ),
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(st.one_of(st.text(), st.integers()), inner),
    ),
)  # fmt: skip


@PROPERTY
@given(PLAIN_VALUES)
def test_a_plain_value_is_what_its_source_is(value):
    text = SourceWriter("mine").expression(value, "it")
    assert repr(value) == repr(eval(text))


@PROPERTY
@given(st.sets(st.text()), st.randoms())
def test_a_set_has_one_source_whatever_its_order(values, random):
    shuffled = random.sample(sorted(values), len(values))
    texts = {SourceWriter("mine").expression(each, "it") for each in (values, {*shuffled})}
    assert 1 == len(texts)
    assert values == eval(texts.pop())
