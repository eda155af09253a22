"""Makes the files beside it that pandas and pyarrow write, and what pandas reads in them. Only needed to add a case.

pip install pyarrow==26.0.1 pandas==3.1.1

The files named in times.json that are not made here are made-up files of kinds that people have; there, times.json was
written by hand.
"""

import json
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

here = os.path.dirname(os.path.abspath(__file__))
ROWS = 40
expected = {}


def write(name, columns, times, **settings):
    """`times`: as pandas reads them; `columns`: how they are written."""
    close = 100 + np.arange(ROWS) % 7
    columns = dict(columns)
    for price, value in dict(open=close, high=close + 1, low=close - 1, close=close).items():
        columns[price] = pa.array(value.astype("float64"))
    pq.write_table(pa.table(columns), os.path.join(here, name + ".parquet"))
    if times is not None:
        times = pd.DatetimeIndex(times)
        text = [time.isoformat(timespec="milliseconds") for time in (times[0], times[-1])]
        expected[name] = dict(first=text[0], last=text[1], rows=ROWS, **settings)


# periods: the numbers are an extension type of Arrow, whose name and frequency stand in ARROW:schema
for frequency in ["D", "h", "5min", "s", "ms", "ns", "W-SUN", "W-FRI", "M", "Q-DEC", "Q-NOV", "Y-DEC", "Y-JUN"]:
    for start in ["2024-02-20 10:07", "1965-08-01"]:
        periods = pd.period_range(start, periods=ROWS, freq=frequency)
        name = f"period-{frequency}-{start[:4]}"
        write(name, {"date": pa.array(periods.array)}, periods.start_time)
periods = pd.period_range("2024-02-20", periods=ROWS, freq="B")
write("period-B", {"date": pa.array(periods.array)}, None)
expected["period-B"] = dict(refused='"date" \\(period\\[B\\]\\) does not hold points in time')

days = pd.date_range("2024-02-20", periods=ROWS, freq="D")
number = (days - pd.Timestamp(0)) // pd.Timedelta("1D")
write("days-uint16", {"date": pa.array(number.astype("uint16"))}, days)

minutes = pd.date_range("2024-02-20 23:40", periods=ROWS, freq="min")
seconds = (minutes - pd.Timestamp(0)) // pd.Timedelta("1s")
write("minutes-double", {"datetime": pa.array(seconds.astype("float64"))}, minutes)
with_nan = seconds.astype("float64").to_numpy().copy()
with_nan[17] = np.nan
write("minutes-double-with-nan", {"datetime": pa.array(with_nan)}, None)
expected["minutes-double-with-nan"] = dict(refused='"datetime" has no value in row 17 \\(the first is row 0\\)')

of_day = (minutes - minutes.normalize()) // pd.Timedelta("1us")
both = dict(timeColumns=["day", "clock"])
date = pa.array(minutes.date)
for unit, type_ in [("ms", pa.time32("ms")), ("us", pa.time64("us")), ("ns", pa.time64("ns"))]:
    clock = pa.array(of_day.to_numpy(), pa.time64("us")).cast(type_)
    write(f"date32-and-time-{unit}", {"day": date, "clock": clock}, minutes, **both)
number = pa.array((minutes.hour * 100 + minutes.minute).astype("uint16"))
text = pa.array(minutes.strftime("%Y-%m-%d"))
write("text-and-hhmm-uint16", {"clock": number, "day": text}, minutes, **both)
write("calendar-and-hhmmss", {"clock": pa.array(minutes.strftime("%H%M%S")), "day": pa.array(minutes.strftime("%Y%m%d"))}, minutes, **both)
write("timestamp-and-text", {"day": pa.array(minutes.normalize()), "clock": pa.array(minutes.strftime("%H:%M:%S"))}, minutes, **both)

# lengths of time since midnight: integers, of which only ARROW:schema says what they are
since_midnight = minutes - minutes.normalize()
for unit in ["s", "ms", "us", "ns"]:
    clock = pa.array(since_midnight.to_numpy(), pa.duration(unit))
    write(f"date32-and-duration-{unit}", {"day": date, "clock": clock}, minutes, **both)
# numbers and text under names that say nothing
for name, clock in [
    ("hhmmssmmm", pa.array((minutes.strftime("%H%M%S").astype("int64") * 1000))),
    ("seconds-of-day", pa.array((of_day // 1_000_000).astype("int32"))),
    ("milliseconds-of-day", pa.array(of_day // 1_000)),
    ("am-pm", pa.array(minutes.strftime("%I:%M %p"))),
]:
    write(f"date32-and-{name}", {"day": date, "tod": clock}, minutes, timeColumns=["day", "tod"])
steps = pd.date_range("2024-02-20 09:30", periods=ROWS, freq="25min")
minute = (steps.hour * 60 + steps.minute).astype("int16")
write("date32-and-minutes-of-day", {"day": pa.array(steps.date), "tod": pa.array(minute)}, steps, timeColumns=["day", "tod"])

# one column alone, although it is named: no time
write("time-of-day-alone", {"time": pa.array(of_day.to_numpy(), pa.time64("us"))}, None)
expected["time-of-day-alone"] = dict(refused='"time" \\(time of day\\) does not say of which day; .*--time-column DAY')
write("hhmm-uint16-alone", {"time": number}, None)
expected["hhmm-uint16-alone"] = dict(refused="2340 in row 0 .*no point in time; if it is a time of day")

file = os.path.join(here, "times.json")
known = json.load(open(file)) if os.path.exists(file) else {}
with open(file, "w") as out:
    json.dump({**known, **expected}, out, indent=2)
    out.write("\n")
