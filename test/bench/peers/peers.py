"""What a user would pick instead: `python peers.py NAME INPUT OUTPUT`; prints the peak memory as JSON.

Each reads the bars, drops rows of the same datetime, and writes the file again; all but `polars` compute Supertrend (14, 3).
Libraries are imported by those who use them: the time to import is part of what a user waits for.
"""

import json
import sys


def recursion():
    """One row after the other, compiled once and kept on disk; state goes in and out."""
    import math

    import numba

    @numba.njit(cache=True)
    def supertrend(high, low, close, period, multiplier, state, line, side):
        previous, atr, weight, upper, lower, now, bars = state
        for i in range(len(close)):
            rng = high[i] - low[i]
            if bars > 0:
                rng = max(rng, abs(high[i] - previous), abs(low[i] - previous))
            weight *= 1 - 1 / period
            atr = (weight * atr + rng) / (weight + 1) if bars > 0 else rng
            weight += 1
            middle = (high[i] + low[i]) / 2
            if bars == 0 or middle + multiplier * atr < upper or previous > upper:
                upper = middle + multiplier * atr
            if bars == 0 or middle - multiplier * atr > lower or previous < lower:
                lower = middle - multiplier * atr
            if bars == 0 or now < 0:
                now = -1.0 if close[i] <= upper else 1.0
            else:
                now = 1.0 if close[i] > lower else -1.0
            line[i] = upper if now < 0 else lower
            side[i] = now
            previous = close[i]
            bars += 1
        return previous, atr, weight, upper, lower, now, bars

    start = (math.nan, 0.0, 0.0, math.nan, math.nan, 0.0, 0.0)
    return supertrend, start


def stockstats(source, target):
    import pandas as pd
    from stockstats import StockDataFrame

    bars = pd.read_parquet(source).drop_duplicates("datetime")
    stock = StockDataFrame.retype(bars.copy(), index_column="datetime")
    computed = stock[["supertrend", "supertrend_ub", "supertrend_lb"]].reset_index()
    bars.merge(computed, on="datetime").to_parquet(target)


def pandas_ta(source, target):
    import pandas as pd
    import pandas_ta_classic as ta

    bars = pd.read_parquet(source).drop_duplicates("datetime")
    bars.join(ta.supertrend(bars.high, bars.low, bars.close, length=14, multiplier=3.0)).to_parquet(target)


def polars(source, target):
    import polars as pl

    pl.read_parquet(source).unique(subset=["datetime"], keep="first", maintain_order=True).write_parquet(target)


def polars_numba(source, target):
    import numpy as np
    import polars as pl

    supertrend, state = recursion()
    bars = pl.read_parquet(source).unique(subset=["datetime"], keep="first", maintain_order=True)
    line, side = np.empty(len(bars)), np.empty(len(bars))
    prices = [bars[name].to_numpy() for name in ("high", "low", "close")]
    supertrend(*prices, 14, 3.0, state, line, side)
    bars.with_columns(pl.Series("line", line), pl.Series("side", side)).write_parquet(target)


def pyarrow_numba(source, target):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    supertrend, state = recursion()
    file = pq.ParquetFile(source)
    seen = np.empty(0, dtype="int64")
    writer = None
    for batch in file.iter_batches(batch_size=131_072):
        times = batch.column("datetime").cast(pa.int64()).to_numpy()
        _, first = np.unique(times, return_index=True)
        kept = np.sort(first)
        kept = kept[~np.isin(times[kept], seen)]
        # enough for a download that overlaps the one before
        seen = np.concatenate([seen, times])[-1_000_000:]
        if len(kept) < len(times):
            batch = batch.take(pa.array(kept))
        prices = [batch.column(name).to_numpy() for name in ("high", "low", "close")]
        line, side = np.empty(batch.num_rows), np.empty(batch.num_rows)
        state = supertrend(*prices, 14, 3.0, state, line, side)
        table = pa.Table.from_batches([batch]).append_column("line", pa.array(line)).append_column("side", pa.array(side))
        writer = writer or pq.ParquetWriter(target, table.schema)
        writer.write_table(table)
    writer.close()


def peak_memory_mib():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
    except FileNotFoundError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


PEERS = {
    "stockstats": stockstats,
    "pandas-ta": pandas_ta,
    "polars": polars,
    "polars-numba": polars_numba,
    "pyarrow-numba": pyarrow_numba,
}
PEERS[sys.argv[1]](sys.argv[2], sys.argv[3])
print(json.dumps({"peakMemoryMiB": peak_memory_mib()}))
