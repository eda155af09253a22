"""Runs the SQL of the first argument, with `s3://market-data` being on the S3 of AWS_ENDPOINT_URL; prints the rows as JSON."""

import json
import os
import sys
from importlib.util import find_spec

import duckdb

connection = duckdb.connect()
# they are installed from PyPI: DuckDB would fetch them from a site of its own
for name in ("httpfs", "aws"):
    folder = find_spec(f"duckdb_extension_{name}").submodule_search_locations[0]
    connection.execute(f"LOAD '{folder}/extensions/v{duckdb.__version__}/{name}.duckdb_extension'")

# a secret made from the credential chain does not know AWS_ENDPOINT_URL; of two that fit, that of the longer scope counts
endpoint = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
connection.execute(
    f"""CREATE SECRET here (TYPE s3, SCOPE 's3://market-data', KEY_ID 'local', SECRET 'local', REGION 'us-east-1',
    ENDPOINT '{endpoint}', URL_STYLE 'path', USE_SSL false)"""
)
result = connection.execute(sys.argv[1])
names = [column[0] for column in result.description]
print(json.dumps([dict(zip(names, row)) for row in result.fetchall()], default=str))
