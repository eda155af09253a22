/**
 * Why rows of one series and time have different prices. The columns that were not used are asked: a missing key, a time
 * of day, the real time, or what orders versions of a bar. Read again is what the questions need.
 */

import {
  type ConflictSample,
  FIGURE_NAME,
  keepPlaceholders,
  missingKeys,
  unexplainedShare,
  valuesReturn,
} from '../../market/duplicates/conflict-evidence.ts'
import { isBarTime } from '../../market/times/bar-time.ts'
import type { Computed } from '../compute.ts'
import type { MarketFile } from '../market-file.ts'
import type { EnrichSettings } from '../settings.ts'
import { askColumns, type Candidate, mayBeTime, shownValues, valuesOf } from './candidates.ts'
import type { Comparison } from './compare-duplicates.ts'
import { distinctValues } from './conflict-sample.ts'
import { belongsToCorrections, type Versions, versionsOf } from './corrections.ts'
import { timeBesideDay } from './time-beside-day.ts'
import { timesInOrder } from './time-evidence.ts'

/** Why, and what is seen of the rows besides. */
export interface Explained {
  readonly explanation: Explanation
  /** Whether most rows that stay have no price, where the ones that go have one. */
  readonly keepsPlaceholders: boolean
}

export type Explanation =
  | { readonly cause: 'unknown' }
  /** Columns that, added to the key, leave hardly a conflict; two values of each. */
  | {
      readonly cause: 'key'
      readonly columns: readonly number[]
      readonly values: readonly (readonly [string, string])[]
    }
  /** The time of the bars; two values. */
  | { readonly cause: 'time'; readonly column: number; readonly values: readonly [string, string] }
  /** The time of day beside a day; `canCombine` when the two can be read as one. */
  | {
      readonly cause: 'time-of-day'
      readonly columns: readonly number[]
      readonly canCombine: boolean
      readonly values: readonly [string, string]
    }
  | ({ readonly cause: 'versions' } & Versions)

export const UNKNOWN: Explanation = { cause: 'unknown' }

/** @param isEvidence whether there are so many that the times are worth reading again */
export async function explainConflicts(
  file: MarketFile,
  { memoryBudgetBytes, keep }: EnrichSettings,
  computed: Computed,
  comparison: Comparison,
  isEvidence: boolean,
): Promise<Explained> {
  const { sample, candidates, apart } = await askColumns(file, computed, comparison)
  const explanation =
    (isEvidence ? await elsewhereInTime(file, memoryBudgetBytes, sample, candidates, apart) : undefined) ??
    (await missingKey(file, sample, candidates)) ??
    versions(versionsOf(sample, apart, file.footer.rows))
  return { explanation, keepsPlaceholders: keepPlaceholders(sample, keep) }
}

function versions(found: Versions | undefined): Explanation {
  return found ? { cause: 'versions', ...found } : UNKNOWN
}

/** The time of day beside a column of days, or a column that holds the time rather than the one that was chosen. */
async function elsewhereInTime(
  file: MarketFile,
  memoryBudgetBytes: number,
  sample: ConflictSample,
  all: readonly Candidate[],
  candidates: readonly Candidate[],
): Promise<Explanation | undefined> {
  const chosen = await timesInOrder(file, file.columns.time, memoryBudgetBytes)
  if (!chosen) return undefined
  const timeOfDay = timeBesideDay(file, sample, all, candidates, chosen.areDays)
  if (timeOfDay) {
    const columns = timeOfDay.columns.map(({ column }) => column)
    return { ...timeOfDay, cause: 'time-of-day', columns, values: shownValues(timeOfDay.columns[0]!) }
  }
  for (const { column } of candidates.filter(mayBeTime)) {
    const other = await timesInOrder(file, column, memoryBudgetBytes)
    if (other && isBarTime(chosen, other)) return { cause: 'time', column, values: other.examples }
  }
  const suspected = candidates.find(({ column }) => column === file.columns.suspectedTime)
  if (!chosen.areDays || !suspected) return undefined
  return { cause: 'time-of-day', columns: [suspected.column], canCombine: false, values: shownValues(suspected) }
}

/** A key has fewer different values than this share of the rows; two are allowed in any file. */
const DISTINCT_SHARE = 0.1

async function missingKey(
  file: MarketFile,
  sample: ConflictSample,
  candidates: readonly Candidate[],
): Promise<Explanation | undefined> {
  const isText = ({ texts }: Candidate) => valuesOf(texts).some((text) => Number.isNaN(Number(text)))
  const returning = candidates.filter((each) => mayBeKey(each) && valuesReturn(sample, each.codes))
  const versions = returning.filter((each) => belongsToCorrections(sample, each, file.footer.rows))
  let keys = returning.filter((each) => !versions.includes(each)).sort((a, b) => Number(isText(b)) - Number(isText(a)))
  for (;;) {
    const codes = keys.map(({ codes }) => codes)
    // the series may have corrections of their own
    const found = missingKeys(sample, codes) ?? keysBesideVersions(sample, codes, versions)
    if (!found) return undefined
    const chosen = found.map((at) => keys[at]!)
    const wrong = new Set<Candidate>()
    for (const key of chosen) if (!(await isKey(file, key))) wrong.add(key)
    if (wrong.size === 0) {
      return { cause: 'key', columns: chosen.map(({ column }) => column), values: chosen.map(shownValues) }
    }
    keys = keys.filter((key) => !wrong.has(key))
  }
}

/** Versions explain no more of the conflicts than this, if there is a key as well. */
const MAX_VERSIONS_SHARE = 0.5

function keysBesideVersions(
  sample: ConflictSample,
  codes: readonly Int32Array[],
  versions: readonly Candidate[],
): number[] | undefined {
  for (const version of versions) {
    const left = unexplainedShare(sample, [version.codes])
    const found = left > MAX_VERSIONS_SHARE ? missingKeys(sample, codes, [version.codes]) : undefined
    if (found) return found
  }
  return undefined
}

/** Text, flags and whole numbers, which pandas stores as floating-point ones where some are missing. */
function mayBeKey({ description: { physical, logical, name }, numbers }: Candidate): boolean {
  if (logical.kind === 'decimal' || logical.kind === 'float16') return false
  if (physical === 'FLOAT' || physical === 'DOUBLE') return numbers !== undefined && !FIGURE_NAME.test(name)
  return numbers === undefined || !FIGURE_NAME.test(name)
}

async function isKey(file: MarketFile, key: Candidate): Promise<boolean> {
  const limit = Math.max(2, DISTINCT_SHARE * file.footer.rows)
  return (await distinctValues(file, key.column, limit)) !== undefined
}
