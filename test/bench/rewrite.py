"""Writes a file again as pyarrow does: `rewrite.py KIND INPUT OUTPUT`.

`plain` has no dictionaries, SNAPPY, and 122,880 rows in a row group. `delta` and `split` have one row group with one page in
each column: the former integers (prices in cents) as DELTA_BINARY_PACKED, the latter doubles as BYTE_STREAM_SPLIT.
"""

import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ONE_PAGE = {"data_page_size": 2**30, "max_rows_per_page": 2**31 - 1, "write_batch_size": 2**31 - 1}


def in_cents(table):
    prices = [name for name in table.column_names if name != "datetime"]
    cents = {name: pc.round(pc.multiply(table[name], 100)).cast(pa.int64()) for name in prices}
    return pa.table({"datetime": table["datetime"], **cents})


kind, source, target = sys.argv[1:]
table = pq.read_table(source)
if kind == "plain":
    options = {"row_group_size": 122_880}
elif kind == "delta":
    table = in_cents(table)
    options = {"column_encoding": dict.fromkeys(table.column_names, "DELTA_BINARY_PACKED"), **ONE_PAGE}
    options["row_group_size"] = table.num_rows
else:
    doubles = [name for name in table.column_names if name != "datetime"]
    options = {"column_encoding": dict.fromkeys(doubles, "BYTE_STREAM_SPLIT"), **ONE_PAGE}
    options["row_group_size"] = table.num_rows
pq.write_table(table, target, compression="snappy", use_dictionary=False, **options)
