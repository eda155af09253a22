/**
 * Explains why rows of one series and time have different prices. The unused columns are searched for a missing key, a time
 * of day, the real time, or the order of versions of a bar. Only what these questions need is read again.
 */
import { FIGURE_NAME } from '../../market/duplicates/column-hints.ts'
import {
  type ConflictSample,
  keepPlaceholders,
  missingKeys,
  unexplainedShare,
  valuesReturn,
} from '../../market/duplicates/conflict-evidence.ts'
import { isBarTime } from '../../market/times/bar-time.ts'
import type { Computed } from '../compute.ts'
import type { MarketFile } from '../market-file.ts'
import type { EnrichSettings } from '../settings.ts'
import { type Candidate, type Evidence, knownTexts, mayBeTime, readEvidence, shownValues } from './candidates.ts'
import type { Comparison } from './compare-duplicates.ts'
import { distinctValues } from './conflict-sample.ts'
import { belongsToCorrections, type Versions, versionsOf } from './corrections.ts'
import { timeBesideDay } from './time-beside-day.ts'
import { timesInOrder } from './time-evidence.ts'

/** The explanation, and another finding about the rows. */
export interface Explained {
  readonly explanation: Explanation
  /** Whether most rows that are kept have no price, while the removed ones have one. */
  readonly keepsPlaceholders: boolean
}

export type Explanation =
  | { readonly cause: 'unknown' }
  /** Columns that, added to the key, leave at most 1 % of the conflicts; two values of each. */
  | {
      readonly cause: 'key'
      readonly columns: readonly number[]
      readonly values: readonly (readonly [string, string])[]
    }
  /** The column with the time of the bars; two of its values. */
  | { readonly cause: 'time'; readonly column: number; readonly values: readonly [string, string] }
  /** The time of day beside a column of days; `canCombine` when the two can be read as one time. */
  | {
      readonly cause: 'time-of-day'
      readonly columns: readonly number[]
      readonly canCombine: boolean
      readonly values: readonly [string, string]
    }
  | ({ readonly cause: 'versions' } & Versions)

export const UNKNOWN: Explanation = { cause: 'unknown' }

/** @param isEvidence whether there are enough conflicts to make it worth reading the times again */
export async function explainConflicts(
  file: MarketFile,
  { memoryBudgetBytes, keep }: EnrichSettings,
  computed: Computed,
  comparison: Comparison,
  isEvidence: boolean,
): Promise<Explained> {
  const evidence = await readEvidence(file, computed, comparison)
  const explanation =
    (isEvidence ? await elsewhereInTime(file, memoryBudgetBytes, evidence) : undefined) ??
    (await missingKey(file, evidence)) ??
    versions(versionsOf(evidence))
  return { explanation, keepsPlaceholders: keepPlaceholders(evidence.sample, keep) }
}

function versions(found: Versions | undefined): Explanation {
  return found ? { cause: 'versions', ...found } : UNKNOWN
}

/** Finds a time of day beside a column of days, or a column with the time of the bars other than the chosen one. */
async function elsewhereInTime(
  file: MarketFile,
  memoryBudgetBytes: number,
  { sample, candidates, apart }: Evidence,
): Promise<Explanation | undefined> {
  const chosen = await timesInOrder(file, file.columns.time, memoryBudgetBytes)
  if (!chosen) return undefined
  const timeOfDay = timeBesideDay(file, sample, candidates, apart, chosen.areDays)
  if (timeOfDay) {
    const columns = timeOfDay.columns.map(({ column }) => column)
    return { ...timeOfDay, cause: 'time-of-day', columns, values: shownValues(timeOfDay.columns[0]!) }
  }
  for (const { column } of apart.filter(mayBeTime)) {
    const other = await timesInOrder(file, column, memoryBudgetBytes)
    if (other && isBarTime(chosen, other)) return { cause: 'time', column, values: other.examples }
  }
  const suspected = apart.find(({ column }) => column === file.columns.suspectedTime)
  if (!chosen.areDays || !suspected) return undefined
  return { cause: 'time-of-day', columns: [suspected.column], canCombine: false, values: shownValues(suspected) }
}

/** A key has fewer different values than this share of the rows; two are allowed in any file. */
const KEY_SHARE = 0.1

async function missingKey(file: MarketFile, evidence: Evidence): Promise<Explanation | undefined> {
  const { sample, candidates } = evidence
  const isText = ({ texts }: Candidate) => knownTexts(texts).some((text) => Number.isNaN(Number(text)))
  const returning = candidates.filter((each) => mayBeKey(each) && valuesReturn(sample, each.codes))
  const versions = returning.filter((each) => belongsToCorrections(evidence, each))
  let keys = returning.filter((each) => !versions.includes(each)).sort((a, b) => Number(isText(b)) - Number(isText(a)))
  for (;;) {
    const codes = keys.map(({ codes }) => codes)
    // each series may have corrections as well
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

/** If there is a key as well, versions explain at most this share of the conflicts. */
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

/** Text, flags and whole numbers. pandas stores whole numbers as floating-point ones where some are missing. */
function mayBeKey({ description: { physical, logical, name }, numbers }: Candidate): boolean {
  if (logical.kind === 'decimal' || logical.kind === 'float16') return false
  if (physical === 'FLOAT' || physical === 'DOUBLE') return numbers !== undefined && !FIGURE_NAME.test(name)
  return numbers === undefined || !FIGURE_NAME.test(name)
}

async function isKey(file: MarketFile, key: Candidate): Promise<boolean> {
  const limit = Math.max(2, KEY_SHARE * file.footer.rows)
  return (await distinctValues(file, key.column, limit)) !== undefined
}
