/** Reads the unused columns, which may explain why rows of one series and time have different prices. */
import type { ColumnDescription } from '../../market/column-values.ts'
import { areDays, areEpochs, areTimesOfWriting } from '../../market/duplicates/column-hints.ts'
import { type ConflictSample, tellsApart } from '../../market/duplicates/conflict-evidence.ts'
import { areNearBars, areSameBars } from '../../market/duplicates/same-bars.ts'
import { shownValue } from '../../market/shown-value.ts'
import { isTimeColumn } from '../../market/times/time-reader.ts'
import { POSSIBLE_COLUMNS } from '../../shared/names.ts'
import type { Computed } from '../compute.ts'
import { type MarketFile, rolesOf } from '../market-file.ts'
import type { Comparison } from './compare-duplicates.ts'
import { conflictSample, type SampledValues, valuesAtRows } from './conflict-sample.ts'

/** An unused column at the rows of the sample. */
export interface Candidate extends SampledValues {
  readonly column: number
  readonly description: ColumnDescription
  /** The values as numbers, if they are whole numbers, times or flags. */
  readonly numbers: readonly number[] | undefined
  /** Whether integers may be times at which the bars were written; durations can look like older times. */
  readonly mayBeWritten: boolean
}

/** The rows of the sample with the unused columns. */
export interface Evidence {
  readonly sample: ConflictSample
  readonly fileRows: number
  /** The results of `areSameBars` and `areNearBars` for the sample. */
  readonly areSame: boolean
  readonly areNear: boolean
  readonly candidates: readonly Candidate[]
  /** The candidates whose values differ between nearly all rows of one series and time. */
  readonly apart: readonly Candidate[]
}

/** Reads the unused columns at the rows of a sample. */
export async function readEvidence(file: MarketFile, computed: Computed, comparison: Comparison): Promise<Evidence> {
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
  return {
    sample,
    fileRows: file.footer.rows,
    areSame: areSameBars(sample),
    areNear: areNearBars(sample),
    candidates,
    apart: candidates.filter(({ codes }) => tellsApart(sample, codes)),
  }
}

/** Flat columns without a role, except those that an earlier enrichment has added. */
function unusedColumns(file: MarketFile): number[] {
  const used = new Set(rolesOf(file).map(([, column]) => column))
  const added = Object.values(POSSIBLE_COLUMNS)
  return file.descriptions.flatMap(({ physical, name }, column) =>
    physical === 'nested' || used.has(column) || added.some((of) => name.includes(of)) ? [] : [column],
  )
}

const NULL_TEXT = 'null'

/** Undefined when a value is no whole number; null becomes NaN. */
function numbersOf(texts: readonly string[]): number[] | undefined {
  const numbers = texts.map((text) => (/^-?\d+$/.test(text) ? Number(text) : Number.NaN))
  return numbers.every((number, i) => !Number.isNaN(number) || texts[i] === NULL_TEXT || texts[i] === 'NaN')
    ? numbers
    : undefined
}

/** The texts of values other than null. */
export function knownTexts(texts: readonly string[]): string[] {
  return texts.filter((text) => text !== NULL_TEXT)
}

/** Two values for messages, with days and times formatted. */
export function shownValues({ texts, description }: Candidate): [string, string] {
  return twoOf(texts.map((text) => shownValue(description, text)))
}

function twoOf(texts: readonly string[]): [string, string] {
  const [one = NULL_TEXT, other = NULL_TEXT] = knownTexts(texts)
  return [one, other]
}

export function mayBeTime({ description, texts, numbers }: Candidate): boolean {
  if (!isTimeColumn(description)) return false
  if (isTyped(description)) return true
  return areDays(knownTexts(texts)) || (numbers !== undefined && areEpochs(numbers.filter(Number.isFinite)))
}

export function isTyped({ logical: { kind }, physical }: ColumnDescription): boolean {
  return kind === 'timestamp' || kind === 'date' || physical === 'INT96'
}
