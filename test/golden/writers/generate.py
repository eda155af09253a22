"""Makes the files beside it: small market files as other writers make them. Only needed to add a case.

pip install pyarrow==26.0.1 pandas==3.1.1 polars==2.1.0 duckdb==2.0.0 fastparquet==2026.9.0
"""

import datetime
import decimal
import os

import duckdb
import fastparquet
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

here = os.path.dirname(os.path.abspath(__file__))


def out(name):
    return os.path.join(here, name + ".parquet")


def bars(n, seed=0):
    r = np.random.default_rng(seed)
    close = np.round(100 + np.cumsum(r.normal(0, 0.5, n)), 2)
    open_ = np.round(close + r.normal(0, 0.2, n), 2)
    high = np.round(np.maximum(open_, close) + abs(r.normal(0, 0.3, n)), 2)
    low = np.round(np.minimum(open_, close) - abs(r.normal(0, 0.3, n)), 2)
    return pd.DataFrame(
        dict(
            datetime=pd.date_range("2024-01-01", periods=n, freq="min"),
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=r.integers(0, 10000, n),
        )
    )


clean = bars(200)
# rows 100 to 119 come again after row 119, one of them with another close
overlap = pd.concat([clean.iloc[:120], clean.iloc[100:]], ignore_index=True)
overlap.loc[125, "close"] += 1
n = len(overlap)

for codec in ["NONE", "SNAPPY", "ZSTD", "GZIP", "BROTLI", "LZ4"]:
    for version in ["1.0", "2.0"]:
        pq.write_table(
            pa.Table.from_pandas(overlap, preserve_index=False),
            out(f"pyarrow-{codec.lower()}-pages-v{version[0]}"),
            compression=codec,
            data_page_version=version,
            row_group_size=90,
            data_page_size=200,
            write_page_index=version == "2.0",
        )

types = pa.table(
    {
        "datetime": pa.array(overlap.datetime),
        "high": overlap.high.values,
        "low": overlap.low.values,
        "close": overlap.close.values,
        "flag": pa.array([None if i % 7 == 0 else i % 2 == 0 for i in range(n)]),
        "text": pa.array([None if i % 5 == 0 else "x" * (i % 13) for i in range(n)]),
        "large_text": pa.array([f"y{i}" for i in range(n)], pa.large_string()),
        "bytes": pa.array([bytes([i % 256]) * 3 for i in range(n)]),
        "fixed": pa.array([i.to_bytes(4, "big") for i in range(n)], pa.binary(4)),
        "decimal": pa.array([decimal.Decimal(i) / 100 for i in range(n)], pa.decimal128(20, 2)),
        "int8": pa.array([i % 100 for i in range(n)], pa.int8()),
        "uint64": pa.array([2**63 + i for i in range(n)], pa.uint64()),
        "float16": pa.array(np.arange(n, dtype="float16")),
        "float32": pa.array([None if i % 3 == 0 else float("nan") if i % 3 == 1 else i for i in range(n)], pa.float32()),
        "zoned": pa.array(overlap.datetime, pa.timestamp("us")).cast(pa.timestamp("us", "America/New_York")),
        "dictionary": pa.array([f"k{i % 9}" for i in range(n)]).dictionary_encode(),
        "list": pa.array([None if i % 11 == 0 else list(range(i % 4)) for i in range(n)]),
        "struct": pa.array([None if i % 9 == 0 else {"a": i, "b": None if i % 3 == 0 else str(i)} for i in range(n)]),
        "structs": pa.array([[{"q": j, "r": [j] * 2} for j in range(i % 3)] for i in range(n)]),
        "map": pa.array([[("k", i)] if i % 2 else [] for i in range(n)], pa.map_(pa.string(), pa.int64())),
        "time_of_day": pa.array(range(n), pa.int32()).cast(pa.time32("s")),
        "duration": pa.array(range(n), pa.duration("us")),
        "view": pa.array([f"v{i}" for i in range(n)], pa.string_view()),
        "nothing": pa.nulls(n),
    }
)
for version in ["1.0", "2.0"]:
    pq.write_table(
        types, out(f"pyarrow-types-pages-v{version[0]}"), data_page_version=version, row_group_size=90, data_page_size=200
    )
pq.write_table(types.slice(0, 120), out("pyarrow-types-clean"), data_page_size=500)

# several pages in each row group, with indexes, for each way in which values are ordered
long = "\u00e4\u20ac\U0001f600z" * 20
i = range(n)
indexed = pa.table(
    {
        "datetime": pa.array(overlap.datetime),
        "high": overlap.high.values,
        "low": overlap.low.values,
        "close": overlap.close.values,
        "flag": pa.array([None if k % 7 == 0 else k % 2 == 0 for k in i]),
        "int8": pa.array([k % 200 - 100 for k in i], pa.int8()),
        "uint32": pa.array([2**31 + k * 7 % 1000 - 500 for k in i], pa.uint32()),
        "uint64": pa.array([2**63 + k * 7 % 1000 - 500 for k in i], pa.uint64()),
        "int64": pa.array([(k * 7919 % 1000 - 500) * 2**33 + k for k in i], pa.int64()),
        "float16": pa.array(np.array([k % 50 - 25 for k in i], dtype="float16")),
        "float32": pa.array([None if k % 3 == 0 else float("nan") if k % 3 == 1 else -k for k in i], pa.float32()),
        "not_a_number": pa.array([float("nan") if k < 60 else float(k) for k in i]),
        "zeros": pa.array([0.0 if k % 2 else -0.0 for k in i]),
        "text": pa.array([None if k % 5 == 0 else f"{k * 37 % 100:02}" + long[k % 80 :] for k in i]),
        "accents": pa.array(["\u00e9" * (k % 60) for k in i]),
        "bytes": pa.array([bytes([255]) * (k % 100) + bytes([k % 256]) for k in i]),
        "fixed": pa.array([(k * 40503 % 65536).to_bytes(4, "big") for k in i], pa.binary(4)),
        "wide": pa.array([bytes([k % 256]) * 70 for k in i], pa.binary(70)),
        "decimal": pa.array([decimal.Decimal(k * 7919 % 2000 - 1000) / 100 for k in i], pa.decimal128(20, 2)),
        "small_decimal": pa.array([decimal.Decimal(k * 7919 % 2000 - 1000) / 100 for k in i], pa.decimal128(7, 2)),
        "day": pa.array([k * 37 % 1000 - 500 for k in i], pa.int32()).cast(pa.date32()),
        "nulls_first": pa.array([None if k < 100 else k for k in i]),
        "descending": pa.array([-k for k in i]),
        "nothing": pa.nulls(n),
        "dictionary": pa.array([f"k{k % 9}" for k in i]).dictionary_encode(),
        "list": pa.array([None if k % 11 == 0 else list(range(k % 4)) for k in i]),
        "struct": pa.array([None if k % 9 == 0 else {"a": k, "b": None if k % 3 == 0 else str(k)} for k in i]),
    }
)
for name, version, table in [("pages-v1", "1.0", indexed), ("pages-v2", "2.0", indexed), ("clean", "2.0", indexed.slice(0, 120))]:
    pq.write_table(
        table,
        out(f"pyarrow-page-index-{name}"),
        compression="zstd",
        data_page_version=version,
        row_group_size=90,
        data_page_size=100,
        write_batch_size=16,
        use_dictionary=["dictionary", "text", "close"],
        store_decimal_as_integer=True,
        write_page_index=True,
    )

pq.write_table(pa.Table.from_pandas(clean.iloc[:0], preserve_index=False), out("pyarrow-no-rows"))
pq.write_table(
    pa.table({c: clean[c].values for c in clean.columns}).slice(0, 0), out("pyarrow-no-rows-no-schema"), store_schema=False
)
delta = pa.table(
    {
        "datetime": overlap.datetime.values,
        "symbol": ["AAPL"] * n,
        **{c: (overlap[c] * 100).round().astype("int64") for c in ["high", "low", "close"]},
    }
)
pq.write_table(
    delta,
    out("pyarrow-delta"),
    use_dictionary=False,
    column_encoding={
        "datetime": "DELTA_BINARY_PACKED",
        "symbol": "DELTA_BYTE_ARRAY",
        "high": "DELTA_BINARY_PACKED",
        "low": "DELTA_BINARY_PACKED",
        "close": "DELTA_BINARY_PACKED",
    },
)
pq.write_table(
    pa.Table.from_pandas(overlap, preserve_index=False),
    out("pyarrow-byte-stream-split"),
    use_dictionary=False,
    column_encoding={c: "BYTE_STREAM_SPLIT" for c in ["open", "high", "low", "close"]},
)
pq.write_table(pa.Table.from_pandas(overlap), out("pyarrow-int96"), use_deprecated_int96_timestamps=True)
prices = {c.capitalize(): pa.array([decimal.Decimal("%.4f" % x) for x in clean[c]]) for c in ["open", "high", "low", "close"]}
pq.write_table(
    pa.table({"Date": pa.array(pd.date_range("2020-01-01", periods=200).date), **prices}), out("pyarrow-decimals-and-dates")
)
clean.set_index("datetime").to_parquet(out("pandas-datetime-index"))
fastparquet.write(out("fastparquet"), overlap, compression="SNAPPY", row_group_offsets=90)
pl.from_pandas(overlap).write_parquet(out("polars"), row_group_size=90)
duckdb.sql(f"copy overlap to '{out('duckdb')}' (format parquet)")
duckdb.sql(f"copy overlap to '{out('duckdb-v2-zstd')}' (format parquet, parquet_version v2, compression zstd)")
