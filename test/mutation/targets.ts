/** Files whose every comparison is to be held by a test, and the tests that hold them. */
import { globSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { EQUIVALENT, type Equivalent } from './equivalent.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const LAWS = 'test/laws/enrich.test.ts'
const timesTests = globSync('test/market/times/*.test.ts', { cwd: root }).sort()
const duplicatesTests = globSync('test/market/duplicates/*.test.ts', { cwd: root }).sort()

/** Files by pattern, the first that fits, and tests of `npm test`, the quickest first: after one that fails, none is run. */
const TESTS: readonly (readonly [pattern: string, tests: readonly string[]])[] = [
  ['functions/market/{supertrend,true-range}.ts', ['test/market/supertrend.test.ts']],
  ['functions/market/order.ts', ['test/market/order.test.ts', ...duplicatesTests, LAWS]],
  ['functions/market/series.ts', ['test/market/series.test.ts', LAWS]],
  ['functions/market/series-recursion.ts', ['test/enrich/compute.test.ts', LAWS]],
  ['functions/market/prices.ts', ['test/market/prices.test.ts', 'test/enrich/text-prices.test.ts']],
  ['functions/market/columns.ts', ['test/market/columns.test.ts', 'test/market/column-names.test.ts']],
  ['functions/market/times/*.ts', timesTests],
  [
    'functions/market/quality/*.ts',
    [...globSync('test/market/quality/*.test.ts', { cwd: root }).sort(), 'test/enrich/gaps.test.ts', LAWS],
  ],
  ['functions/market/duplicates/conflict-evidence.ts', ['test/market/duplicates/conflict-evidence.test.ts']],
  ['functions/market/duplicates/*.ts', [...duplicatesTests, LAWS]],
  [
    'functions/parquet/write/{output-footer,copy-chunk,inverted,chunk-tally,new-chunk}.ts',
    ['test/parquet/output.test.ts', 'test/parquet/format/footer.test.ts', 'test/parquet/write/compact.test.ts'],
  ],
  ['functions/parquet/format/footer.ts', ['test/parquet/format/footer.test.ts', 'test/faults/hostile-files.test.ts']],
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
