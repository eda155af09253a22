"""Reads inputs and what was made of them with each reader: `outputs.py FOLDER EXPECTED.json FILE...`.

FOLDER has `inputs` and `outputs` with files of the same names. Prints the versions, then a line of JSON for each file and
reader: what is not as expected, or null.
"""

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import datafusion
import duckdb
import fastparquet
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

warnings.simplefilter("ignore")
NEW = ["supertrend_ub", "supertrend_lb", "trend_orientation", "st_trend_segment"]
# rows from which on a file has filters tried on it
FILTERED_ROWS = 63
connection = duckdb.connect(config={"threads": 1})


def session():
    config = datafusion.SessionConfig().with_target_partitions(1)
    for option in ["execution.parquet.pushdown_filters", "execution.parquet.schema_force_view_types"]:
        config = config.set(f"datafusion.{option}", str(option.endswith("filters")).lower())
    return datafusion.SessionContext(config)


class PyArrow:
    name, packages = "pyarrow", ["pyarrow"]

    def read(self, file):
        return pq.read_table(file)

    def find(self, file, column, least):
        return ds.dataset(file).to_table(filter=pc.field(column) >= least)


class Pandas:
    name, packages = "pandas, through pyarrow", ["pandas", "pyarrow"]

    def read(self, file):
        return pd.read_parquet(file, engine="pyarrow")

    def find(self, file, column, least):
        return pd.read_parquet(file, engine="pyarrow", filters=[(column, ">=", least)])


class FastParquet:
    name, packages = "pandas, through fastparquet", ["pandas", "fastparquet"]

    def read(self, file):
        return self.plain_text(pd.read_parquet(file, engine="fastparquet"))

    def find(self, file, column, least):
        # it skips row groups, and leaves the rows to others
        frame = pd.read_parquet(file, engine="fastparquet", filters=[(column, ">=", least)])
        return self.plain_text(frame[frame[column] >= least])

    def plain_text(self, frame):
        """What it makes of text depends on whether there is a dictionary."""
        texts = frame[["symbol", "note"]]
        return frame.assign(**{name: text.astype(object).where(text.notna(), None) for name, text in texts.items()})


class Polars:
    name, packages = "polars", ["polars"]

    def read(self, file):
        return pl.read_parquet(file).to_arrow()

    def find(self, file, column, least):
        return pl.scan_parquet(file).filter(pl.col(column) >= least).collect().to_arrow()


class DuckDb:
    name, packages = "DuckDB in Python", ["duckdb"]

    def read(self, file):
        return connection.execute(f"SELECT * FROM '{file}'").to_arrow_table()

    def find(self, file, column, least):
        return connection.execute(f"SELECT * FROM '{file}' WHERE {column} >= {least!r}").to_arrow_table()


class DataFusion:
    name, packages = "DataFusion", ["datafusion"]

    def read(self, file):
        return session().read_parquet(file).to_arrow_table()

    def find(self, file, column, least):
        return session().read_parquet(file).filter(datafusion.col(column) >= datafusion.lit(least)).to_arrow_table()


READERS = [PyArrow(), Pandas(), FastParquet(), Polars(), DuckDb(), DataFusion()]


def take(data, rows):
    return data.iloc[rows].reset_index(drop=True) if isinstance(data, pd.DataFrame) else data.take(rows)


def columns_of(data):
    return list(data.columns) if isinstance(data, pd.DataFrame) else data.column_names


def numbers(data, column):
    """With NaN where there is none."""
    if isinstance(data, pd.DataFrame):
        return data[column].to_numpy(dtype=float, na_value=np.nan)
    return data[column].cast(pa.float64(), safe=False).combine_chunks().to_numpy(zero_copy_only=False).astype(float)


def check_equal(found, expected, what):
    if isinstance(found, pd.DataFrame):
        found = found.reset_index(drop=True)
        if not found.equals(expected):
            pd.testing.assert_frame_equal(found, expected, obj=what)
    else:
        assert found.schema.remove_metadata().equals(expected.schema.remove_metadata()), f"{what}: other types"
        # null is equal to null, and there is no NaN
        assert found.equals(expected), f"{what}: other values"


def check(reader, source, output, kept, new):
    try:
        before = reader.read(source)
    except Exception as error:
        raise ValueError(f"cannot read the input: {type(error).__name__}: {error}") from error
    after = reader.read(output)
    old = columns_of(before)
    assert columns_of(after) == old + NEW, f"the columns are {columns_of(after)}"
    check_equal(after[old] if isinstance(after, pd.DataFrame) else after.select(old), take(before, kept), "old columns")
    for column in NEW:
        expected = np.array(new[column], dtype=float)
        np.testing.assert_array_equal(numbers(after, column), expected, err_msg=column)
    if len(kept) < FILTERED_ROWS:
        return
    removed = np.setdiff1d(np.arange(len(before)), kept)
    for column in ["row", "close", "st_trend_segment", "supertrend_lb"]:
        values = numbers(after, column)
        least = float(np.nanquantile(values, 0.9))
        if column in ("row", "st_trend_segment"):
            least = int(np.ceil(least))
        rows = np.flatnonzero(values >= least)
        assert 0 < len(rows) < len(values), f"a filter on {column} finds {len(rows)} of {len(values)} rows"
        if column in old:
            try:
                in_input = numbers(reader.find(source, column, least), "row")
            except Exception as error:
                raise ValueError(f"cannot filter the input: {type(error).__name__}: {error}") from error
        found = reader.find(output, column, least)
        check_equal(found, take(after, rows), f"filter on {column}")
        if column in old:
            np.testing.assert_array_equal(
                np.setdiff1d(in_input, removed), numbers(found, "row"), err_msg=f"filter on {column} in the input"
            )


def problem_of(reader, name, folder, expected):
    *_, rows, layout, _ = name.split(".")
    try:
        files = [str(folder / part / name) for part in ["inputs", "outputs"]]
        check(reader, *files, np.array(expected[f"{rows}.{layout}"]["kept"]), expected[f"{rows}.{layout}"]["new"])
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:400]
    return None


if __name__ == "__main__":
    folder, expected, *names = sys.argv[1:]
    expected = json.loads(Path(expected).read_text())
    print(json.dumps({reader.name: [f"{package} {version(package)}" for package in reader.packages] for reader in READERS}))
    for name in names:
        for reader in READERS:
            problem = problem_of(reader, name, Path(folder), expected)
            print(json.dumps({"file": name, "reader": reader.name, "problem": problem}))
