/**
 * Why rows of one series and time have different prices. The columns that were not used are asked: a missing key, a time
 * of day, the real time, or what orders versions of a bar. Read again is what the questions need.
 */

import type { ColumnDescription } from '../../market/column-values.ts'
import {
  areBlocksInTurn,
  areChains,
  areDays,
  areEpochs,
  areFlags,
  areIntervals,
  areNearBars,
  areSameBars,
  areTimesOfWriting,
  ascendsInFileOrder,
  type ConflictSample,
  comeInOneOrder,
  FIGURE_NAME,
  hasUsualValue,
  KEY_NAME,
  keepPlaceholders,
  missingKeys,
  tellsApart,
  unexplainedShare,
  VERSION_NAME,
  valuesReturn,
  WRITTEN_NAME,
} from '../../market/duplicates/conflict-evidence.ts'
import { shownValue } from '../../market/shown-value.ts'
import { isBarTime } from '../../market/times/bar-time.ts'
import { isTimeColumn, timeReader } from '../../market/times/time-reader.ts'
import { NEW_COLUMNS } from '../../shared/names.ts'
import type { Computed } from '../compute.ts'
import { type MarketFile, rolesOf } from '../market-file.ts'
import type { EnrichSettings } from '../settings.ts'
import type { Comparison } from './compare-duplicates.ts'
import { conflictSample, distinctValues, type SampledValues, valuesAtRows } from './conflict-sample.ts'
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
  /** Rows of one time come in the order of its values; undefined for words, whose order nobody knows. */
  | { readonly cause: 'versions'; readonly column: number; readonly latest: 'first' | 'last' | undefined }

export const UNKNOWN: Explanation = { cause: 'unknown' }

interface Candidate extends SampledValues {
  readonly column: number
  readonly description: ColumnDescription
  /** The values as numbers, where they are whole numbers, times or flags. */
  readonly numbers: readonly number[] | undefined
  /** Whether integers are times that may have come after the bars; durations can look like older ones. */
  readonly mayBeWritten: boolean
}

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
    versionsOf(sample, apart, file.footer.rows) ??
    UNKNOWN
  return { explanation, keepsPlaceholders: keepPlaceholders(sample, keep) }
}

async function askColumns(file: MarketFile, computed: Computed, comparison: Comparison) {
  const sample = await conflictSample(file, computed, comparison)
  const candidates: Candidate[] = []
  const [first, last] = [computed.firstTime, computed.lastTime].map((time) => file.times.seconds(Number(time ?? 0n)))
  for (const column of unusedColumns(file)) {
    const values = await valuesAtRows(file, column, sample.rows)
    const description = file.descriptions[column]!
    const numbers = numbersOf(values.texts)
    const mayBeWritten = numbers === undefined || areTimesOfWriting(numbers.filter(Number.isFinite), first!, last!)
    candidates.push({ ...values, column, description, numbers, mayBeWritten })
  }
  return { sample, candidates, apart: candidates.filter(({ codes }) => tellsApart(sample, codes)) }
}

/** Flat columns without a part, but for those that an earlier enriching has added. */
function unusedColumns(file: MarketFile): number[] {
  const used = new Set(rolesOf(file).map(([, column]) => column))
  const added = Object.values(NEW_COLUMNS)
  return file.descriptions.flatMap(({ physical, name }, column) =>
    physical === 'nested' || used.has(column) || added.some((of) => name.includes(of)) ? [] : [column],
  )
}

const NULL = 'null'
const DAY_S = 86_400
/** Of `2024-03-15` and shorter spellings. */
const DAY_TEXT_LENGTH = 10

/** Undefined when a value is no whole number; null becomes NaN. */
function numbersOf(texts: readonly string[]): number[] | undefined {
  const numbers = texts.map((text) => (/^-?\d+$/.test(text) ? Number(text) : Number.NaN))
  return numbers.every((number, i) => !Number.isNaN(number) || texts[i] === NULL || texts[i] === 'NaN')
    ? numbers
    : undefined
}

function valuesOf(texts: readonly string[]): string[] {
  return texts.filter((text) => text !== NULL)
}

/** Two values as people write them: days and times are stored as numbers. */
function shownValues({ texts, description }: Candidate): [string, string] {
  return twoOf(texts.map((text) => shownValue(description, text)))
}

function twoOf(texts: readonly string[]): [string, string] {
  const [one = NULL, other = NULL] = valuesOf(texts)
  return [one, other]
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

function mayBeTime({ description, texts, numbers }: Candidate): boolean {
  if (!isTimeColumn(description)) return false
  if (isTyped(description)) return true
  return areDays(valuesOf(texts)) || (numbers !== undefined && areEpochs(numbers.filter(Number.isFinite)))
}

function isTyped({ logical: { kind }, physical }: ColumnDescription): boolean {
  return kind === 'timestamp' || kind === 'date' || physical === 'INT96'
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

/**
 * Whether a column says when a row was written or which version it is, or simply changes when a bar is corrected, rather
 * than what the row is of.
 */
function belongsToCorrections(sample: ConflictSample, candidate: Candidate, fileRows: number): boolean {
  const { description, codes, texts, numbers, mayBeWritten } = candidate
  const { name } = description
  if (VERSION_NAME.test(name)) return isFlag(candidate) || numbers === undefined || comeInOneOrder(sample, codes)
  if (KEY_NAME.test(name) || areIntervals(valuesOf(texts))) return false
  if ((mayBeTime(candidate) && (isTyped(description) || mayBeWritten)) || areDays(valuesOf(texts))) {
    return WRITTEN_NAME.test(name) || !areWholeDays(candidate) || areNearBars(sample)
  }
  // with a duplicate at every time there is nothing to compare the versions with
  if (sample.others.length === 0) return false
  const isUsual = hasUsualValue(sample, codes)
  // a flag that comes and goes says something of the bar, such as whether it closed higher
  if (!areSameBars(sample)) return isFlag(candidate) && !isUsual
  if (isUsual) return comeInOneOrder(sample, codes) && (WRITTEN_NAME.test(name) || areChains(sample, codes))
  if (!areBlocksInTurn(sample, codes, fileRows)) return numbers !== undefined
  return WRITTEN_NAME.test(name) || areNearBars(sample)
}

function isFlag({ description, texts }: Candidate): boolean {
  return description.physical === 'BOOLEAN' || areFlags(valuesOf(texts))
}

/** Whether a column of times holds days alone, as contracts end on. */
function areWholeDays({ description, texts, numbers }: Candidate): boolean {
  const { logical, physical } = description
  if (logical.kind === 'date' || physical === 'INT96') return logical.kind === 'date'
  if (logical.kind === 'timestamp') {
    const { seconds } = timeReader(description)
    return valuesOf(texts).every((text) => seconds(Number(text)) % DAY_S === 0)
  }
  return areDays(numbers ? [] : valuesOf(texts)) && valuesOf(texts).every((text) => text.length <= DAY_TEXT_LENGTH)
}

/** The column that the warning names: of several rows of a time the later one has the later value. */
function versionsOf(
  sample: ConflictSample,
  candidates: readonly Candidate[],
  fileRows: number,
): Explanation | undefined {
  for (const candidate of candidates) {
    if (!belongsToCorrections(sample, candidate, fileRows)) continue
    const { column, codes, texts, numbers } = candidate
    const isBefore = (a: number, b: number) =>
      numbers ? numbers[codes[a]!]! < numbers[codes[b]!]! : texts[codes[a]!]! < texts[codes[b]!]!
    const hasOrder = numbers !== undefined || isTyped(candidate.description) || areDays(valuesOf(texts))
    if (ascendsInFileOrder(sample, isBefore))
      return { cause: 'versions', column, latest: hasOrder ? 'last' : undefined }
    const isReversed = hasOrder && ascendsInFileOrder(sample, (a, b) => isBefore(b, a))
    if (isReversed) return { cause: 'versions', column, latest: 'first' }
    if (comeInOneOrder(sample, codes)) return { cause: 'versions', column, latest: undefined }
  }
  return undefined
}
