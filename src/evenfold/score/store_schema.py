"""The tables of a store of fits, and what each version of them has."""

from __future__ import annotations

from evenfold.stats.metric_names import METRIC_NAMES

# The file's user_version. 1: one table; 2: scores in a table of their own, by series; 3: a series
# has one version of everything that its fits depend on; 4: a fit has the digest of its rows; 5: the
# labels and rows of splits, the order of a study's models, and more metrics; 6: scores in blocks
# besides (store_blocks.py); 7: the digest of a fit's predictions, NULL for older fits.
SCHEMA, OLDEST_SCHEMA = 7, 4
SCHEMA_WITH_SPLITS, SCHEMA_WITH_BLOCKS, SCHEMA_WITH_DIGESTS = 5, 6, 7
APPLICATION = 0x45764664  # "EvFd", the file's application_id
SERIES_COLUMNS = (
    "dataset", "fingerprint", "design", "environment", "engine", "run_seed", "model", "made",
)  # fmt: skip
METRICS_OF_SCHEMA_5 = ("average_precision", "f1", "mcc")
TABLES_OF_SCHEMA_5 = (
    """
CREATE TABLE splits (
    fingerprint TEXT NOT NULL, "rows" TEXT NOT NULL,
    labels BLOB NOT NULL, numbers BLOB NOT NULL, groups BLOB, positive INTEGER,
    PRIMARY KEY (fingerprint, "rows")
) WITHOUT ROWID
""",
    """
CREATE TABLE studies (
    dataset TEXT NOT NULL, fingerprint TEXT NOT NULL, design TEXT NOT NULL,
    environment TEXT NOT NULL, engine TEXT NOT NULL, run_seed INTEGER NOT NULL,
    models TEXT NOT NULL,
    PRIMARY KEY (dataset, fingerprint, design, environment, engine, run_seed)
) WITHOUT ROWID
""",
)
ORDER = "INTO studies VALUES (?, ?, ?, ?, ?, ?, ?)"
# Small rows and large ones are apart: a million scores are read without their predictions.
TABLES = (
    """
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    dataset TEXT NOT NULL, fingerprint TEXT NOT NULL, design TEXT NOT NULL,
    environment TEXT NOT NULL, engine TEXT NOT NULL, run_seed INTEGER NOT NULL,
    model TEXT NOT NULL, made TEXT NOT NULL,
    UNIQUE (dataset, fingerprint, design, environment, engine, run_seed, model, made)
)
""",
    f"""
CREATE TABLE fits (
    key TEXT PRIMARY KEY,
    series INTEGER NOT NULL REFERENCES series,
    split TEXT NOT NULL, seed INTEGER NOT NULL, "rows" TEXT NOT NULL,
    engine TEXT NOT NULL, note TEXT NOT NULL, seconds REAL NOT NULL, peak_bytes INTEGER,
    {", ".join(f"{name} REAL" for name in METRIC_NAMES)}
)
""",
    """
CREATE TABLE kept (
    key TEXT PRIMARY KEY REFERENCES fits,
    classes INTEGER NOT NULL, probabilities BLOB NOT NULL, history TEXT NOT NULL, digest TEXT
) WITHOUT ROWID
""",
    *TABLES_OF_SCHEMA_5,
)
