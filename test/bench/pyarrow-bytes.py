"""Prints the size of a file that pyarrow writes, with its defaults, of the new columns of an enriched file."""

import io
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

NEW_COLUMNS = ["supertrend_ub", "supertrend_lb", "trend_orientation", "st_trend_segment"]

with pq.ParquetFile(sys.argv[1]) as file:
    table = file.read(columns=NEW_COLUMNS).replace_schema_metadata(None)
    chunks = file.metadata.row_group(0)
    last = chunks.column(chunks.num_columns - 1)
    written = io.BytesIO()
    pq.write_table(table, written, compression=last.compression)
    answer = {"bytes": written.tell(), "rows": table.num_rows, "compression": last.compression, "pyarrow": pa.__version__}
    print(json.dumps(answer))
