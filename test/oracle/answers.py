"""The Supertrend of stockstats 0.4.1 for bars that run.ts has written: `answers.py FOLDER`.

FOLDER holds series.json, a list of objects with rows, period and multiplier, and bars.f64 with high, low and close of
all rows. Writes answers.f64: the line, the upper and the lower band of all rows.
"""
import json
import sys
from pathlib import Path

import numpy
import pandas
from stockstats import StockDataFrame, wrap

folder = Path(sys.argv[1])
high, low, close = numpy.fromfile(folder / "bars.f64").reshape(3, -1)
answers = numpy.empty((3, len(close)))
at = 0
for series in json.loads((folder / "series.json").read_text()):
    rows = slice(at, at + series["rows"])
    at = rows.stop
    StockDataFrame.SUPERTREND_WINDOW = series["period"]
    StockDataFrame.SUPERTREND_MUL = series["multiplier"]
    bars = {"open": close[rows], "high": high[rows], "low": low[rows], "close": close[rows]}
    frame = wrap(pandas.DataFrame({**bars, "volume": 1.0}))
    for row, column in enumerate(("supertrend", "supertrend_ub", "supertrend_lb")):
        answers[row, rows] = frame[column]
answers.tofile(folder / "answers.f64")
