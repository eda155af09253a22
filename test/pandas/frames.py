"""Frames of the shapes that people have, and the proof that an enriched file opens as the frame that was written.

frames.py write FOLDER            one file for each frame and engine
frames.py compare INPUTS OUTPUTS  a line of JSON for each file and engine: what differs, or null
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

warnings.simplefilter("ignore")
ENGINES = ["pyarrow", "fastparquet"]
NEW = ["supertrend_ub", "supertrend_lb", "trend_orientation", "st_trend_segment"]
ROWS = 64


def bars(index):
    rng = np.random.default_rng(1)
    close = 100 + np.cumsum(rng.normal(size=ROWS))
    open_ = close + rng.normal(size=ROWS) / 10
    return pd.DataFrame(
        {
            "Open": open_,
            "High": np.maximum(open_, close) + 0.2,
            "Low": np.minimum(open_, close) - 0.2,
            "Close": close,
            "Volume": rng.integers(1, 1000, ROWS),
        },
        index=index,
    )


def with_levels(frame, levels, names=None):
    """`None` among the levels is where the names of the prices go."""
    product = [frame.columns if level is None else [level] for level in levels]
    return frame.set_axis(pd.MultiIndex.from_product(product, names=names), axis=1)


def frames():
    days = pd.date_range("2024-01-01", periods=ROWS, name="Date")
    flat = bars(days)
    yfinance = with_levels(flat, [None, "AAPL"], ["Price", "Ticker"])
    yield "flat", flat
    yield "flat-unnamed-index", bars(days.rename(None))
    yield "flat-range-index", flat.reset_index()
    yield "flat-range-from-10", flat.reset_index().set_index(pd.RangeIndex(10, 10 + 2 * ROWS, 2, name="n"))
    yield "flat-range-down", flat.reset_index().set_index(pd.RangeIndex(100, 100 - ROWS, -1))
    yield "flat-zone", bars(days.tz_localize("America/New_York"))
    yield "flat-columns-named", flat.rename_axis(columns="Price")
    yield "flat-nullable", flat.convert_dtypes()
    yield "flat-arrow-types", flat.convert_dtypes(dtype_backend="pyarrow")
    yield "flat-category-and-text", flat.assign(kind=pd.Categorical(["a", "b"] * (ROWS // 2)), note="é")
    attributes = bars(days)
    attributes.attrs = {"rate": 1.0, "missing": float("nan"), "id": 2**63}
    yield "flat-attributes", attributes
    yield "period-index", bars(pd.period_range("2024-01-01", periods=ROWS, freq="D", name="date"))
    yield "period-index-unnamed", bars(pd.period_range("2024-01-01", periods=ROWS, freq="W-FRI"))
    yield "rows-of-two-levels", bars(pd.MultiIndex.from_product([["AAPL"], days], names=["symbol", "date"]))
    for at, names in (("-unnamed", [None, None]), ("-half-named", ["symbol", None]), ("-day-named", [None, "date"])):
        yield f"rows-of-two-levels{at}", bars(pd.MultiIndex.from_product([["AAPL"], days], names=names))
    yield "rows-of-two-levels-day-first", bars(pd.MultiIndex.from_product([days, ["AAPL"]], names=[None, None]))
    yield "rows-of-three-levels", bars(pd.MultiIndex.from_product([["AAPL"], ["XNAS"], days], names=[None] * 3))
    yield "rows-and-columns-of-two-levels", with_levels(
        bars(pd.MultiIndex.from_product([["AAPL"], days], names=[None, None])), [None, "AAPL"]
    )
    yield "yfinance", yfinance
    yield "yfinance-index-as-column", yfinance.reset_index()
    yield "yfinance-ticker-first", with_levels(flat, ["AAPL", None], ["Ticker", "Price"])
    yield "yfinance-ticker-low", with_levels(flat, ["LOW", None], ["Ticker", "Price"])
    yield "two-levels-unnamed", with_levels(bars(days.rename(None)), [None, "AAPL"])
    yield "two-levels-quotes", with_levels(flat, [None, "O'Neil \"é\""])
    yield "two-levels-number", with_levels(flat, [None, 7], ["Price", "id"])
    yield "two-levels-day", with_levels(flat, [None, pd.Timestamp("2024-01-01")], ["Price", "as of"])
    yield "three-levels", with_levels(flat, [None, "AAPL", "usd"], ["Price", "Ticker", "Currency"])
    yield "three-levels-price-second", with_levels(flat, ["AAPL", None, "usd"])


def range_like(index, rows):
    return pd.RangeIndex(index.start, index.start + rows * index.step, index.step, name=index.name)


def write(folder):
    for name, frame in frames():
        again = pd.concat([frame, frame.iloc[-8:]])
        if isinstance(frame.index, pd.RangeIndex):
            again = again.set_index(range_like(frame.index, len(again)))
        for suffix, rows in (("", frame), ("-duplicates", again)):
            for engine in ENGINES:
                file = folder / f"{name}{suffix}.{engine}.parquet"
                try:
                    rows.to_parquet(file, engine=engine)
                except (TypeError, ValueError):
                    # not every frame can be written by both
                    file.unlink(missing_ok=True)


def plain_text(frame):
    texts = frame.select_dtypes(["category", "object"]).columns
    frame = frame.astype({column: "str" for column in texts})
    if isinstance(frame.index, pd.MultiIndex):
        frame.index = frame.index.set_levels(frame.index.levels[0].astype("str"), level=0)
    return frame


def texts_of(column):
    return [str(part) for part in column] if isinstance(column, tuple) else [str(column)]


def new_columns(before, output, engine):
    """Those of the output, once all others were found to be as before."""
    after = pd.read_parquet(output, engine=engine)
    old, new = after.iloc[:, : len(before.columns)], after.iloc[:, len(before.columns) :]
    expected = before.iloc[: len(after)]
    if isinstance(before.index, pd.RangeIndex) and len(before) != len(after):
        expected = expected.set_index(range_like(before.index, len(after)))
        assert isinstance(after.index, pd.RangeIndex), after.index
    if engine == "fastparquet" and len(before) != len(after):
        # what it makes of text depends on whether there is a dictionary, and rows that are removed take it along
        old, expected = plain_text(old), plain_text(expected)
    names = [texts_of(column) for column in expected.columns]
    assert [texts_of(column) for column in old.columns] == names, old.columns
    if any("" in texts_of(column)[1:] for column in new.columns):
        # a level of dates becomes one of texts, because an empty text is no date
        old = old.set_axis(expected.columns, axis=1)
    pd.testing.assert_frame_equal(old, expected, check_freq=False)
    assert type(after.columns) is type(before.columns), after.columns
    assert list(after.columns.names) == list(before.columns.names), after.columns.names
    return new


def check_enriched(before, new, output):
    close = next(column for column in before.columns if column == "Close" or "Close" in column)
    names = [tuple(name if part == "Close" else part for part in close) for name in NEW]
    assert list(new.columns) == (names if isinstance(close, tuple) else NEW), new.columns
    # they are the last ones of the file, whatever pandas makes of them
    stored = pq.read_table(output).columns[-len(NEW) :]
    for column, values, kind in zip(new.columns, stored, ["float32", "float32", "int8", "int32"]):
        has_nulls = values.null_count > 0
        wanted = kind.replace("int", "Int") if has_nulls else kind
        assert str(new[column].dtype) == wanted, f"{column} is {new[column].dtype}"
        expected = [np.nan if value is None else float(value) for value in values.to_pylist()]
        np.testing.assert_array_equal(new[column].to_numpy(dtype=float, na_value=np.nan), expected)


def check_appended(before, new, _):
    levels = before.columns.nlevels
    # as pandas names a column that is added to such a frame
    names = [name if levels == 1 else (name, *[""] * (levels - 1)) for name in ["middle", "is_even"]]
    assert list(new.columns) == names, new.columns
    np.testing.assert_array_equal(new[names[0]].to_numpy(), np.arange(len(new)) / 2)
    for row, value in enumerate(new[names[1]]):
        assert pd.isna(value) if row % 3 == 0 else bool(value) == (row % 2 == 0), f"{row}: {value}"


def problem_of(source, output, engine, check):
    try:
        before = pd.read_parquet(source, engine=engine)
    except Exception:
        return None
    if check is check_appended and engine == "fastparquet" and before.columns.nlevels > 1:
        # it opens names that are tuples only
        return None
    try:
        check(before, new_columns(before, output, engine), output)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def compare(inputs, outputs, check):
    for output in sorted(outputs.glob("*.parquet")):
        for engine in ENGINES:
            problem = problem_of(inputs / output.name, output, engine, check)
            print(json.dumps({"file": output.name, "engine": engine, "problem": problem}))


if __name__ == "__main__":
    command, *names = sys.argv[1:]
    folders = map(Path, names)
    if command == "write":
        write(*folders)
    else:
        compare(*folders, {"compare": check_enriched, "compare-appended": check_appended}[command])
