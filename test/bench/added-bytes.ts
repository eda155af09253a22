/** Compares the bytes that a file gains with those that pyarrow writes for the same columns. */
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { enrich, run, script } from './measure.ts'

/** Of the list of real files, one of each kind: several instruments, one instrument, one after the other. */
const REAL_FILES = [
  '0xknxwledge+group-m-finm33150-final/data/candles.parquet',
  'grantjensen+Backtesting/SPYcandlestick.parquet',
  'vinnzy+stockreco/data/ohlcv.parquet',
]

interface AddedBytes {
  readonly rows: number
  readonly bytes: number
  /** Of pyarrow for the same columns with the same compression. */
  readonly others: number
  readonly compression: string
  readonly pyarrow: string
}

/** @param python that has pyarrow */
export function addedBytes(input: string, output: string, python: string): AddedBytes {
  run(enrich(input, output), 1)
  const report = execFileSync(python, [script('./pyarrow-bytes.py'), output], { encoding: 'utf8' })
  const { bytes: others, rows, compression, pyarrow } = JSON.parse(report)
  return { rows, bytes: statSync(output).size - statSync(input).size, others, compression, pyarrow }
}

/** Those of the real files that the folder has. */
export function realFiles(folder: string): string[] {
  return REAL_FILES.map((name) => path.join(folder, name)).filter((name) => existsSync(name))
}
