/** Columns that say of a row which version it is or when it was written, or that change with a correction. */
import {
  areBlocksInTurn,
  areChains,
  areDays,
  areFlags,
  areIntervals,
  areNearBars,
  areSameBars,
  ascendsInFileOrder,
  type ConflictSample,
  comeInOneOrder,
  hasUsualValue,
  KEY_NAME,
  VERSION_NAME,
  WRITTEN_NAME,
} from '../../market/duplicates/conflict-evidence.ts'
import { DAY_SECONDS } from '../../market/times/calendar.ts'
import { timeReader } from '../../market/times/time-reader.ts'
import { type Candidate, isTyped, mayBeTime, valuesOf } from './candidates.ts'

/** Of `2024-03-15` and shorter spellings. */
const DAY_TEXT_LENGTH = 10

/**
 * Whether a column says when a row was written or which version it is, or simply changes when a bar is corrected, rather
 * than what the row is of.
 */
export function belongsToCorrections(sample: ConflictSample, candidate: Candidate, fileRows: number): boolean {
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
    return valuesOf(texts).every((text) => seconds(Number(text)) % DAY_SECONDS === 0)
  }
  return areDays(numbers ? [] : valuesOf(texts)) && valuesOf(texts).every((text) => text.length <= DAY_TEXT_LENGTH)
}

/** Rows of one time come in the order of a column's values; undefined for words, whose order nobody knows. */
export interface Versions {
  readonly column: number
  readonly latest: 'first' | 'last' | undefined
}

/** The column that the warning names: of several rows of a time the later one has the later value. */
export function versionsOf(
  sample: ConflictSample,
  candidates: readonly Candidate[],
  fileRows: number,
): Versions | undefined {
  for (const candidate of candidates) {
    if (!belongsToCorrections(sample, candidate, fileRows)) continue
    const { column, codes, texts, numbers } = candidate
    const isBefore = (a: number, b: number) =>
      numbers ? numbers[codes[a]!]! < numbers[codes[b]!]! : texts[codes[a]!]! < texts[codes[b]!]!
    const hasOrder = numbers !== undefined || isTyped(candidate.description) || areDays(valuesOf(texts))
    if (ascendsInFileOrder(sample, isBefore)) return { column, latest: hasOrder ? 'last' : undefined }
    const isReversed = hasOrder && ascendsInFileOrder(sample, (a, b) => isBefore(b, a))
    if (isReversed) return { column, latest: 'first' }
    if (comeInOneOrder(sample, codes)) return { column, latest: undefined }
  }
  return undefined
}
