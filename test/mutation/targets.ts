/** The files that are mutated, and the tests that have to find the mutants. */
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EQUIVALENT, type Equivalent } from './equivalent.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const test = (...names: readonly string[]) => names.map((name) => `test/${name}.test.ts`)

type Tests = readonly (readonly [pattern: string, tests: readonly string[]])[]

/** Files by pattern, and tests of `npm test`, the quickest first: after one that fails, none is run. */
const HELD: Tests = [
  ['functions/market/{supertrend,true-range}.ts', test('market/supertrend')],
  ['functions/market/order.ts', test('market/order', 'laws/enrich')],
  ['functions/market/times/time.ts', test('market/times/time')],
  ['functions/market/times/daylight-saving.ts', test('market/times/daylight-saving')],
  ['functions/market/times/time-period.ts', test('market/times/time-period')],
  ['functions/market/times/whole-numbers.ts', test('market/times/whole-numbers', 'market/times/time-integer')],
  ['functions/market/times/time-reader.ts', test('market/times/time-reader', 'market/times/time-integer')],
  [
    'functions/market/times/calendar.ts',
    test('market/times/calendar', 'market/times/time-integer', 'market/times/time-text'),
  ],
  ['functions/market/quality/step-counter.ts', test('market/quality/step-counter')],
  ['functions/market/quality/step-ranges.ts', test('market/quality/step-ranges', 'market/quality/step-counter')],
  ['functions/market/quality/time-statistics.ts', test('market/quality/time-statistics')],
  ['functions/market/quality/warnings.ts', test('market/quality/warnings')],
  ['functions/market/duplicates/row-set.ts', test('market/duplicates/row-set')],
  ['functions/market/duplicates/streamed-rows.ts', test('market/duplicates/streamed-rows')],
  ['functions/market/duplicates/duplicate-pairs.ts', test('market/duplicates/duplicate-pairs')],
  ['functions/market/duplicates/conflict-evidence.ts', test('market/duplicates/conflict-evidence')],
  ['functions/market/times/time-of-day-evidence.ts', test('market/times/time-of-day-evidence')],
  ['functions/market/carry/time-units.ts', test('market/carry/time-units')],
  ['functions/market/carry/series-key.ts', test('market/carry/series-key')],
  ['functions/market/carry/continuation.ts', test('market/carry/continuation')],
  ['functions/market/times/time-of-day.ts', test('market/times/time-of-day', 'market/times/time-text', 'golden/times')],
  ['functions/market/series-recursion.ts', test('market/series-recursion')],
  ['functions/market/columns.ts', test('market/columns', 'market/named-columns')],
  ['functions/market/duplicates/same-bars.ts', test('market/duplicates/conflict-evidence')],
  ['functions/market/duplicates/column-hints.ts', test('market/duplicates/conflict-evidence')],
  ['functions/market/named-columns.ts', test('market/named-columns', 'market/columns')],
  ['functions/market/column-spellings.ts', test('market/column-spellings', 'market/columns')],
  ['functions/market/column-values.ts', test('market/named-columns', 'market/columns')],
  ['functions/market/shown-value.ts', test('market/shown-value')],
  ['functions/market/supertrend-series.ts', test('market/supertrend-series')],
  [
    'functions/market/carry/{carried-state,state-bytes}.ts',
    test('market/carry/state-bytes', 'market/carry/continuation'),
  ],
  ['functions/market/duplicates/sorted-rows.ts', test('market/duplicates/sorted-rows')],
  ['functions/lambda/identity.ts', test('lambda/identity')],
  ['functions/market/quality/price-checks.ts', test('market/quality/price-checks')],
  ['functions/market/long-symbols.ts', test('market/long-symbols')],
  ['functions/market/series.ts', test('market/series')],
  ['functions/market/prices.ts', test('market/prices', 'features/text-prices')],
  ['functions/market/supertrend-series-state.ts', test('market/supertrend-series')],
  ['functions/market/quality/counted-steps.ts', test('market/quality/counted-steps')],
  ['functions/market/duplicates/accepted-times.ts', test('market/duplicates/accepted-times')],
  ['functions/market/times/time-text.ts', test('market/times/time-text', 'market/times/time-reader', 'golden/times')],
  ['functions/market/times/time-parser.ts', test('market/times/time-text', 'market/times/time-reader', 'golden/times')],
  ['functions/market/times/time-integer.ts', test('market/times/time-integer', 'market/times/time-text')],
  ['functions/market/times/calendar-numbers.ts', test('market/times/calendar-numbers')],
  ['functions/market/times/clock-numbers.ts', test('market/times/clock-numbers', 'market/times/time-of-day')],
  ['functions/market/times/day-and-time.ts', test('market/times/time-of-day', 'golden/times')],
  ['functions/market/times/bar-time.ts', test('market/times/bar-time')],
  ['functions/market/times/refusals.ts', test('market/times/refusals')],
  ['functions/market/times/proposed-formats.ts', test('market/times/proposed-formats')],
  ['functions/shared/page-store.ts', test('shared/page-store')],
  ['functions/parquet/write/append.ts', test('parquet/write/append')],
  ['functions/enrich/carry/judge-overlap.ts', test('enrich/carry/judge-overlap')],
  ['functions/enrich/carry/state-settings.ts', test('enrich/carry/state-settings')],
  ['functions/enrich/carry/series-states.ts', test('enrich/carry/series-states')],
  ['functions/enrich/carry/given-files.ts', test('enrich/carry/given-files', 'enrich/carry/sequence')],
  ['functions/enrich/{compute,bar-blocks}.ts', test('enrich/compute', 'laws/enrich')],
  ['functions/enrich/compute-sorted.ts', test('enrich/compute-sorted', 'enrich/compute', 'laws/enrich')],
  [
    'functions/enrich/supertrend-columns.ts',
    test('enrich/supertrend-columns', 'enrich/compute', 'features/new-columns', 'laws/enrich'),
  ],
  ['functions/enrich/pending-results.ts', test('enrich/pending-results')],
  ['functions/enrich/row-results.ts', test('enrich/row-results', 'enrich/compute')],
  ['functions/enrich/lane.ts', test('enrich/lane', 'enrich/compute')],
  ['functions/enrich/carry/chain.ts', test('enrich/carry/sequence')],
  ['functions/enrich/carry/look-back.ts', test('enrich/carry/look-back', 'enrich/carry/given-files')],
  [
    'functions/enrich/carry/carry-after.ts',
    test('enrich/carry/carry-after', 'enrich/carry/given-files', 'enrich/carry/sequence'),
  ],
  ['functions/enrich/carry/compare-rows.ts', test('enrich/carry/compare-rows', 'enrich/carry/sequence')],
  ['functions/enrich/carry/overlap.ts', test('enrich/carry/overlap', 'enrich/carry/sequence', 'golden/sequence')],
  ['functions/enrich/carry/forgotten-series.ts', test('enrich/carry/sequence', 'laws/carry')],
  ['functions/enrich/carry/previous-state.ts', test('enrich/carry/previous-state', 'enrich/carry/sequence')],
  ['functions/enrich/carry/sequence.ts', test('enrich/carry/sequence', 'golden/sequence', 'laws/carry')],
  ['functions/parquet/format/footer.ts', test('parquet/format/footer', 'parquet/format/other-format')],
  ['functions/enrich/carry/carried-rows.ts', test('enrich/carry/carried-rows', 'enrich/carry/sequence')],
  ['functions/parquet/format/column-chunk.ts', test('parquet/format/column-chunk')],
  ['functions/parquet/write/copy-chunk.ts', test('parquet/write/copy-chunk')],
  ['functions/parquet/write/chunk-tally.ts', test('parquet/write/chunk-tally')],
  ['functions/lambda/keys.ts', test('lambda/keys')],
  ['functions/lambda/objects.ts', test('lambda/objects', 'lambda/permanent-failure')],
  ['functions/lambda/notice.ts', test('lambda/notice')],
  ['functions/lambda/timing.ts', test('lambda/timing')],
  ['functions/lambda/too-slow.ts', test('lambda/too-slow')],
  ['functions/storage/write-target.ts', test('storage/write-target')],
  ['functions/storage/publish-object.ts', test('storage/publish-object')],
  [
    'functions/lambda/{ignored-keys,work-on}.ts',
    test('lambda/reconcile', 'lambda/secondary-objects', 'faults/moments', 'faults/storm', 'lambda/handler'),
  ],
  [
    'functions/lambda/publish-outcome.ts',
    test('lambda/publish-outcome', 'lambda/reconcile', 'lambda/handler', 'faults/moments', 'faults/storm'),
  ],
  [
    'functions/lambda/{reconcile,look,publish-report,secondary-objects}.ts',
    test('lambda/reconcile', 'lambda/secondary-objects', 'lambda/deliver-sequences', 'faults/moments', 'faults/storm'),
  ],
  [
    'functions/lambda/{existing-objects,publish-enriched}.ts',
    test('lambda/reconcile', 'lambda/advance', 'lambda/secondary-objects', 'faults/moments', 'faults/storm'),
  ],
  ['functions/lambda/neighbours.ts', test('lambda/neighbours', 'lambda/advance')],
  [
    'functions/lambda/{deliver,settle}.ts',
    test(
      'lambda/deliver',
      'lambda/reconcile',
      'lambda/handler',
      'lambda/secondary-objects',
      'faults/moments',
      'faults/storm',
    ),
  ],
  [
    'functions/lambda/{advance,deliver-sequences,running-state}.ts',
    test('lambda/advance', 'lambda/deliver-sequences', 'faults/sequence-storm'),
  ],
  ['functions/lambda/hints.ts', test('lambda/hints', 'lambda/handler')],
  ['functions/lambda/permanent-failure.ts', test('lambda/permanent-failure', 'lambda/reconcile')],
  ['functions/lambda/own-messages.ts', test('lambda/deliver', 'lambda/reconcile', 'lambda/too-slow')],
  ['functions/lambda/{function-environment,function-settings,settings-schema}.ts', test('lambda/function-settings')],
  ['functions/lambda/walk-back.ts', test('lambda/walk-back', 'lambda/advance')],
  ['functions/lambda/sequences.ts', test('lambda/sequences', 'lambda/advance')],
  ['functions/lambda/settle-in-sequence.ts', test('lambda/settle-in-sequence', 'lambda/advance')],
  ['functions/lambda/due-hints.ts', test('lambda/due-hints', 'lambda/advance')],
  ['functions/lambda/failed-repeatedly.ts', test('lambda/failed-repeatedly')],
  ['functions/lambda/sequence-batch.ts', test('lambda/sequence-batch', 'lambda/advance')],
  ['functions/lambda/sequence-object.ts', test('lambda/sequence-object', 'lambda/advance')],
  ['functions/lambda/continue-sequence.ts', test('lambda/continue-sequence', 'lambda/advance')],
  ['functions/parquet/write/new-chunk.ts', test('parquet/write/new-chunk')],
  ['functions/parquet/write/output-footer.ts', test('parquet/write/output-footer')],
  ['functions/parquet/write/run-list.ts', test('parquet/write/run-list')],
  ['functions/parquet/write/two-values.ts', test('parquet/write/two-values')],
  ['functions/parquet/write/growing-dictionary.ts', test('parquet/write/growing-dictionary')],
  [
    'functions/parquet/write/dictionary-indices.ts',
    test('parquet/write/dictionary-indices', 'parquet/format/page-index'),
  ],
  [
    'functions/parquet/write/new-page-encoder.ts',
    test('parquet/write/new-page-encoder', 'parquet/write/new-chunk', 'parquet/write/append'),
  ],
]

/** Files of which not every surviving comparison has been judged: they have a score, and are not part of a sample. */
const SCORED: Tests = [['functions/lambda/handler.ts', test('lambda/deliver', 'lambda/handler', 'lambda/advance')]]

/** All patterns, with the tests of each. */
export const PATTERNS: Tests = [...HELD, ...SCORED]

export interface Target {
  readonly file: string
  readonly tests: readonly string[]
  /** Whether a surviving comparison is an error. */
  readonly isHeld: boolean
  readonly equivalent: readonly Equivalent[]
}

/** @param places files or folders; without any, the files whose comparisons are all held */
export function targetsIn(places: readonly string[]): Target[] {
  const isChosen = (file: string) =>
    places.some((place) => file === place || file.startsWith(`${place.replace(/\/$/, '')}/`))
  const targets = new Map<string, Target>()
  const add = (of: Tests, isHeld: boolean) => {
    for (const [pattern, tests] of of) {
      for (const file of globSync(pattern, { cwd: root }).sort()) {
        if (targets.has(file)) continue
        targets.set(file, { file, tests, isHeld, equivalent: EQUIVALENT[file] ?? [] })
      }
    }
  }
  add(HELD, true)
  add(SCORED, false)
  return [...targets.values()].filter(({ file, isHeld }) => (places.length === 0 ? isHeld : isChosen(file)))
}
