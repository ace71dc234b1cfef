"""Is a small Conv1D ever the right choice for a table? A study of thirteen tables from packages.

``python experiments/tables/table_study.py FOLDER [--packages FOLDER] [--results FOLDER]`` reads
tables that scikit-learn, statsmodels, lifelines, ISLP, palmerpenguins and river ship, without a
network, writes them below FOLDER with a pyproject.toml that names their targets, and scores
``conv1d_quick`` and five other models on them and on two built-in data sets. The packages are
only read, not imported: ``pip install --no-deps`` suffices. Interrupted, it goes on where it was.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pandas as pd

HERE = Path(__file__).parent
MODELS = (
    "conv1d_quick", "logistic_regression", "svm_rbf", "hist_gradient_boosting", "dense_ann",
    "majority",
)  # fmt: skip


@dataclass(frozen=True)
class PackagedTable:
    """A table of a package.

    Parameters
    ----------
    name
        The name of the data set.
    file
        The file below the folder of installed packages.
    target
        The column of labels.
    drop
        Columns to leave out: identifiers, and those that give the label away.
    separator
        What separates the cells.
    prepare
        Called with the table as it is; None for no change.
    """

    name: str
    file: str
    target: str
    drop: Sequence[str] = ()
    separator: str = ","
    prepare: Callable[[pd.DataFrame], pd.DataFrame] | None = None


def any_affair(frame: pd.DataFrame) -> pd.DataFrame:
    """Return Fair's survey with whether a person had an affair, in place of the number."""
    had = (frame["naffairs"] > 0).map({True: "yes", False: "no"})
    return frame.assign(affair=had).drop(columns="naffairs")


def unquoted(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose column names have no quotation marks."""
    return frame.rename(columns=lambda name: name.strip("'"))


TABLES = (
    PackagedTable("penguins", "palmerpenguins/data/penguins.csv", "species", ("island", "year")),
    PackagedTable("anes96", "statsmodels/datasets/anes96/anes96.csv", "vote", (), "\t", unquoted),
    PackagedTable("fair", "statsmodels/datasets/fair/fair_pt.csv", "affair",
                  ("identifier", "constant"), ",", any_affair),
    PackagedTable("rossi", "lifelines/datasets/rossi.csv", "arrest", ("week",)),
    PackagedTable("oj", "ISLP/data/OJ.csv", "Purchase", ("StoreID", "STORE")),
    PackagedTable("smarket", "ISLP/data/Smarket.csv", "Direction", ("Year", "Today")),
    PackagedTable("auto", "ISLP/data/Auto.csv", "origin", ("name",)),
    PackagedTable("college", "ISLP/data/College.csv", "Private"),
    PackagedTable("segment", "river/datasets/segment.csv.zip", "category"),
    PackagedTable("phishing", "river/datasets/phishing.csv.gz", "is_phishing"),
)  # fmt: skip
# Made from arrays, as scikit-learn ships no file of iris with a header of columns.
OF_SKLEARN = ("iris",)
BUILT_IN = ("wine", "breast_cancer")


def read_table(table: PackagedTable, packages: Path) -> pd.DataFrame:
    """Read a table from the file in its package, without the columns to drop."""
    file = packages / table.file
    if file.suffix == ".zip":
        with ZipFile(file) as archive:
            content = archive.read(archive.namelist()[0])
    else:
        content = file.read_bytes()
    compression = "gzip" if file.suffix == ".gz" else None
    frame = pd.read_csv(BytesIO(content), sep=table.separator, compression=compression)
    frame = frame if table.prepare is None else table.prepare(frame)
    return frame.drop(columns=list(table.drop))


def iris() -> pd.DataFrame:
    """Return scikit-learn's iris with the names of the species."""
    from sklearn.datasets import load_iris

    data = load_iris()
    frame = pd.DataFrame(data.data, columns=data.feature_names)
    return frame.assign(species=data.target_names[data.target])


def write_tables(folder: Path, packages: Path) -> list[str]:
    """Write every table and the settings that name the targets; return the tables' files."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {table.name: (read_table(table, packages), table.target) for table in TABLES}
    tables["iris"] = (iris(), "species")
    lines = []
    for name, (frame, target) in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
        lines.append(f'[tool.evenfold.tables."{name}.csv"]\ntarget = "{target}"\n')
    (folder / "pyproject.toml").write_text("\n".join(lines))
    return [f"{name}.csv" for name in tables]


def score(folder: Path, files: Sequence[str], results: Path) -> int:
    """Score the models on the tables in a folder and on the built-in data sets."""
    datasets = [part for name in (*files, *BUILT_IN) for part in ("--dataset", name)]
    command = [
        sys.executable, "-m", "evenfold", "score", *MODELS, "--models", str(HERE / "models"),
        *datasets, "--folds", "10", "--repeats", "1", "--results", str(results.resolve()),
        "--store", "fits.sqlite",
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder, check=False).returncode


def main() -> int:
    """Write the tables and run the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--packages", type=Path, default=Path(sysconfig.get_path("purelib")))
    parser.add_argument("--results", type=Path, default=HERE / "results")
    options = parser.parse_args()
    return score(options.folder, write_tables(options.folder, options.packages), options.results)


if __name__ == "__main__":
    sys.exit(main())
