"""Reads columns of parquet files: `read_columns.py spark|spark-rows|clickhouse FOLDER`, with lines `FILE COLUMN` on standard
input, prints `FILE COLUMN DIGEST` for each. The digest is the SHA-256 of the values, one a line, floats as the number that their
bits are. `spark-rows` is Spark without its own decoder: it then reads with parquet-java.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa


def spark(folder, is_vectorized=True):
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", False)
        .config("spark.sql.parquet.enableVectorizedReader", is_vectorized)
        .config("spark.sql.files.maxPartitionBytes", "1g")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    return lambda file, column: session.read.parquet(str(folder / file)).select(column).toArrow()[column]


def clickhouse(folder):
    import chdb

    settings = "max_threads = 1, input_format_parquet_preserve_order = 1"

    def read(file, column):
        query = f"SELECT {column} FROM file('{folder / file}', Parquet) SETTINGS {settings}"
        return chdb.query(query, "ArrowTable")[column]

    return read


OPENED = {
    "spark": spark,
    "spark-rows": lambda folder: spark(folder, is_vectorized=False),
    "clickhouse": clickhouse,
}


def texts(values):
    values = pa.chunked_array(values)
    bits = {pa.float32(): np.uint32, pa.float64(): np.uint64}.get(values.type)
    if bits is None:
        plain = values.to_pylist()
    else:
        # a value for each null, which is not used
        filled = values.fill_null(0).to_numpy().view(bits).tolist()
        plain = [value if valid else None for value, valid in zip(filled, values.is_valid().to_pylist())]
    named = {None: "null", True: "true", False: "false"} if values.type == pa.bool_() else {None: "null"}
    return [named[value] if value is None or isinstance(value, bool) else str(value) for value in plain]


if __name__ == "__main__":
    name, folder = sys.argv[1:]
    read = OPENED[name](Path(folder))
    for line in sys.stdin:
        file, column = line.split()
        try:
            text = "".join(f"{value}\n" for value in texts(read(file, column).chunks))
            digest = hashlib.sha256(text.encode()).hexdigest()
        except Exception as error:
            digest = f"{type(error).__name__}: {error}".replace("\n", " ")
        print(file, column, digest, flush=True)
