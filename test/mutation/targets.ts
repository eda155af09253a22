/** Files whose every comparison is to be held by a test, and the tests that hold them. */
import { globSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { EQUIVALENT, type Equivalent } from './equivalent.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const test = (...names: readonly string[]) => names.map((name) => `test/${name}.test.ts`)

/** Files by pattern, the first that fits, and tests of `npm test`, the quickest first: after one that fails, none is run. */
const TESTS: readonly (readonly [pattern: string, tests: readonly string[]])[] = [
  ['functions/market/{supertrend,true-range}.ts', test('market/supertrend')],
  ['functions/market/order.ts', test('market/order', 'laws/enrich')],
  ['functions/market/series.ts', test('market/series', 'laws/enrich')],
  ['functions/market/series-recursion.ts', test('enrich/compute', 'laws/enrich')],
  ['functions/market/prices.ts', test('market/prices', 'enrich/text-prices')],
  ['functions/market/columns.ts', test('market/columns', 'market/column-names')],
  [
    'functions/market/times/{calendar,time-integer,whole-numbers}.ts',
    test('market/times/time-integer', 'market/times/time', 'market/times/time-of-day'),
  ],
  ['functions/market/times/time-text.ts', test('market/times/time-text', 'market/times/time')],
  ['functions/market/times/daylight-saving.ts', test('market/times/daylight-saving')],
  ['functions/market/times/time.ts', test('market/times/time', 'market/order')],
  ['functions/market/times/*.ts', test('market/times/time-of-day', 'market/times/time-text', 'market/times/time')],
  [
    'functions/market/quality/{step-counter,counted-steps,time-statistics,step-ranges}.ts',
    test('market/quality/step-counter', 'enrich/gaps'),
  ],
  ['functions/market/quality/warnings.ts', test('market/quality/warnings')],
  ['functions/market/quality/price-checks.ts', test('laws/enrich', 'enrich/priced-bars')],
  [
    'functions/market/duplicates/accepted-times.ts',
    test('market/duplicates/streamed-rows', 'market/duplicates/accepted-times'),
  ],
  ['functions/market/duplicates/duplicate-pairs.ts', test('market/duplicates/duplicate-pairs')],
  ['functions/market/duplicates/row-set.ts', test('market/duplicates/row-set')],
  ['functions/market/duplicates/sorted-rows.ts', test('laws/enrich')],
  ['functions/market/duplicates/streamed-rows.ts', test('market/duplicates/streamed-rows')],
  ['functions/market/duplicates/conflict-evidence.ts', test('market/duplicates/conflict-evidence')],
  ['functions/parquet/format/{footer,column-chunk}.ts', test('faults/hostile-files', 'parquet/format/footer')],
  [
    'functions/parquet/write/{output-footer,copy-chunk,chunk-tally,new-chunk}.ts',
    test('parquet/output', 'parquet/write/compact', 'parquet/format/footer'),
  ],
]

export interface Target {
  readonly file: string
  readonly tests: readonly string[]
  readonly equivalent: readonly Equivalent[]
}

/** @param places files or folders; all targets without any */
export function targetsIn(places: readonly string[]): Target[] {
  const isChosen = (file: string) =>
    places.length === 0 || places.some((place) => file === place || file.startsWith(`${path.normalize(`${place}/`)}`))
  const targets = new Map<string, Target>()
  for (const [pattern, tests] of TESTS) {
    for (const file of globSync(pattern, { cwd: root }).sort()) {
      if (targets.has(file) || !isChosen(file)) continue
      targets.set(file, { file, tests, equivalent: EQUIVALENT[file] ?? [] })
    }
  }
  return [...targets.values()]
}
