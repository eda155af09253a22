/** What stockstats 0.4.1 itself answers. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Series } from './series.ts'

export interface Answer {
  readonly line: Float64Array
  readonly upper: Float64Array
  readonly lower: Float64Array
}

/** @param python one that has requirements.txt */
export function answersOf(python: string, series: readonly Series[]): Answer[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-oracle-'))
  try {
    const columns = (['high', 'low', 'close'] as const).flatMap((name) => series.map((of) => bytesOf(of[name])))
    writeFileSync(path.join(folder, 'bars.f64'), Buffer.concat(columns))
    const described = series.map(({ close, period, multiplier }) => ({ rows: close.length, period, multiplier }))
    writeFileSync(path.join(folder, 'series.json'), JSON.stringify(described))
    execFileSync(python, [fileURLToPath(new URL('./answers.py', import.meta.url)), folder], { stdio: 'inherit' })
    return split(readFileSync(path.join(folder, 'answers.f64')), series)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
}

function split(bytes: Uint8Array, series: readonly Series[]): Answer[] {
  const values = new Float64Array(Uint8Array.from(bytes).buffer)
  const total = values.length / 3
  let at = 0
  return series.map(({ close }) => {
    const from = at
    at += close.length
    const column = (number: number) => values.subarray(number * total + from, number * total + at)
    return { line: column(0), upper: column(1), lower: column(2) }
  })
}
