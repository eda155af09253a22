"""Reads added columns with each reader: `more_columns.py FOLDER EXPECTED.json`.

Prints a line of JSON for each file and reader: what is not as expected, or null.
"""

import json
import sys
from pathlib import Path

import numpy as np
from outputs import READERS, columns_of, numbers


def problem_of(reader, file, expected):
    try:
        data = reader.read(str(file))
        names = columns_of(data)[-len(expected) :]
        assert names == list(expected), f"the last columns are {names}"
        for name, values in expected.items():
            np.testing.assert_array_equal(numbers(data, name), np.array(values, dtype=float), err_msg=name)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:400]
    return None


if __name__ == "__main__":
    folder, expected = map(Path, sys.argv[1:])
    for name, columns in json.loads(expected.read_text()).items():
        for reader in READERS:
            problem = problem_of(reader, folder / "more" / name, columns)
            print(json.dumps({"file": name, "reader": reader.name, "problem": problem}))
