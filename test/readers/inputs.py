"""Bars as pyarrow, polars, DuckDB and fastparquet write them: `inputs.py BARS.json FOLDER`.

BARS.json has the columns of the largest file. A file is called writer.codec.pages.index.rows.layout.parquet, which says
all that the readers need to know of it.
"""

import json
import sys
from pathlib import Path

import duckdb
import fastparquet
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP, PAGE_BYTES = 3000, 4096


def tables(path):
    """The rows of each file as a table: those of the bars, and for `compacted` some of them twice."""
    content = json.loads(Path(path).read_text())
    bars = {name: np.array(values) for name, values in content["bars"].items()}
    for name, source in content["rows"].items():
        picked = {column: values[source] for column, values in bars.items()}
        number = np.arange(len(source))
        yield name, pa.table(
            {
                "time": pa.array(picked["time"].astype("datetime64[ms]").astype("datetime64[us]")),
                "row": pa.array(number),
                **{price: pa.array(picked[price]) for price in ["open", "high", "low", "close"]},
                "volume": pa.array(picked["volume"]),
                "symbol": pa.array(picked["symbol"].tolist()),
                # by the bar, not by the row: duplicates agree
                "note": pa.array([None if bar % 3 == 0 else f"note {bar % 11}" for bar in source], pa.string()),
                "rate": pa.array([None if bar % 5 < 2 else bar / 4 for bar in source], pa.float64()),
            }
        )


def pyarrow_files(table):
    for codec in ["none", "snappy", "zstd", "gzip", "lz4"]:
        for version in ["1.0", "2.0"]:
            for has_index in [False, True]:
                pages = f"v{version[0]}"
                yield f"pyarrow.{codec}.{pages}.{'index' if has_index else 'plain'}", lambda file: pq.write_table(
                    table,
                    file,
                    compression=codec,
                    data_page_version=version,
                    write_page_index=has_index,
                    row_group_size=ROW_GROUP,
                    data_page_size=PAGE_BYTES,
                    write_batch_size=256,
                    use_dictionary=["symbol"],
                    write_page_checksum=has_index,
                )


def polars_files(table):
    frame = pl.from_arrow(table)
    for codec in ["uncompressed", "snappy", "zstd", "gzip", "lz4"]:
        yield f"polars.{codec.replace('uncompressed', 'none')}.v1.index", lambda file: frame.write_parquet(
            file, compression=codec, row_group_size=ROW_GROUP, data_page_size=PAGE_BYTES
        )


def duckdb_files(table):
    connection = duckdb.connect(config={"threads": 1})
    connection.register("bars", table)
    for codec in ["uncompressed", "snappy", "zstd", "gzip", "lz4_raw"]:
        for version in ["V1", "V2"]:
            name = codec.replace("uncompressed", "none").replace("_raw", "")
            yield f"duckdb.{name}.{version.lower()}.plain", lambda file: connection.execute(
                f"COPY (SELECT * FROM bars ORDER BY row) TO '{file}' "
                f"(FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)"
            )


def fastparquet_files(table):
    frame = table.to_pandas()
    for codec in [None, "SNAPPY", "ZSTD", "GZIP", "LZ4_RAW"]:
        for version in [1, 2]:
            name = "none" if codec is None else codec.lower().replace("_raw", "")

            def write(file):
                fastparquet.writer.DATAPAGE_VERSION = version
                fastparquet.write(file, frame, compression=codec, row_group_offsets=ROW_GROUP)

            yield f"fastparquet.{name}.v{version}.plain", write


if __name__ == "__main__":
    bars, folder = sys.argv[1:]
    for name, table in tables(bars):
        for files in [pyarrow_files, polars_files, duckdb_files, fastparquet_files]:
            for prefix, write in files(table):
                write(str(Path(folder) / f"{prefix}.{name}.parquet"))
