/** A real market file with a usual fault: the last days of a first download come again with the second one. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parquetWriteBuffer } from 'hyparquet-writer'

/** AAPL's daily bars of 2013 to 2018. */
const SAMPLE_CSV = createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv')
/** The first download ended this many days before the second one. */
const NEW_DAYS = 20
const REPEATED_DAYS = 30
/** Repeated days, counted from the first, whose close was corrected between the downloads. */
const REVISED_DAYS = [11, 29]
const REVISION = 0.05

export const SAMPLE = {
  name: 'aapl.parquet',
  description: `AAPL, daily bars of five years; the last ${REPEATED_DAYS} days were appended a second time, ${REVISED_DAYS.length} of them with another close`,
}

export function sampleFile(): Uint8Array {
  const days = readFileSync(SAMPLE_CSV, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [date, ...values] = line.split(',')
      const [open, high, low, close, adjusted, volume] = values.map(Number)
      return { date: new Date(`${date}Z`), open, high, low, close: close!, adjusted, volume: BigInt(volume!) }
    })
  const firstDownload = days.slice(0, -NEW_DAYS)
  const secondDownload = days
    .slice(-NEW_DAYS - REPEATED_DAYS)
    .map((day, i) => (REVISED_DAYS.includes(i) ? { ...day, close: day.close + REVISION } : day))
  const rows = [...firstDownload, ...secondDownload]
  const file = parquetWriteBuffer({
    columnData: [
      { name: 'Date', type: 'TIMESTAMP', data: rows.map((row) => row.date) },
      { name: 'Open', type: 'DOUBLE', data: rows.map((row) => row.open) },
      { name: 'High', type: 'DOUBLE', data: rows.map((row) => row.high) },
      { name: 'Low', type: 'DOUBLE', data: rows.map((row) => row.low) },
      { name: 'Close', type: 'DOUBLE', data: rows.map((row) => row.close) },
      { name: 'Adj Close', type: 'DOUBLE', data: rows.map((row) => row.adjusted) },
      { name: 'Volume', type: 'INT64', data: rows.map((row) => row.volume) },
    ],
  })
  return new Uint8Array(file)
}
