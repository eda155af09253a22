/** Our own reference data: bars and their values in both definitions. A new case is a new file and an entry in the index. */
import { readFileSync } from 'node:fs'

export const SUPERTREND_FOLDER = new URL('./supertrend/', import.meta.url)

export interface GoldenCase {
  readonly file: string
  readonly variant: 'stockstats' | 'tradingview'
  readonly period: number
  readonly multiplier: number
  readonly rows: number
}

export function goldenCases(): GoldenCase[] {
  return JSON.parse(readFileSync(new URL('index.json', SUPERTREND_FOLDER), 'utf8'))
}

export function readGolden(file: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(new URL(file, SUPERTREND_FOLDER), 'utf8').trim().split('\n')
  const names = head!.split(',')
  return lines.map((line) => {
    const values = line.split(',')
    return Object.fromEntries(names.map((name, i) => [name, values[i]!]))
  })
}
