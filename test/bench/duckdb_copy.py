"""Reads a parquet file and writes it again: `duckdb_copy.py INPUT OUTPUT THREADS`; prints the peak memory as JSON."""

import json
import resource
import sys

import duckdb

source, target, threads = sys.argv[1:]
connection = duckdb.connect(config={"threads": int(threads)})
connection.execute(f"COPY (SELECT * FROM '{source}') TO '{target}' (FORMAT parquet)")
print(json.dumps({"peakMemoryMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
