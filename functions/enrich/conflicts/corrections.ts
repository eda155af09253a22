/** Recognises columns that give the version of a row or the time at which it was written, or that change with a correction. */
import {
  areDays,
  areFlags,
  areIntervals,
  KEY_NAME,
  VERSION_NAME,
  WRITTEN_NAME,
} from '../../market/duplicates/column-hints.ts'
import {
  areChains,
  ascendsInFileOrder,
  comeInOneOrder,
  followInTurn,
  hasUsualValue,
} from '../../market/duplicates/conflict-evidence.ts'
import { DAY_SECONDS } from '../../market/times/calendar.ts'
import { timeReader } from '../../market/times/time-reader.ts'
import { type Candidate, type Evidence, isTyped, knownTexts, mayBeTime } from './candidates.ts'

/** Length of `2024-03-15`; other spellings of a day are shorter. */
const DAY_TEXT_LENGTH = 10

/**
 * True for a column that says when a row was written or which version of its bar it is, or that simply changes when a bar is
 * corrected. False for a column that identifies the bar, such as a venue.
 */
export function belongsToCorrections(evidence: Evidence, candidate: Candidate): boolean {
  const { sample, fileRows, areSame, areNear } = evidence
  const { description, codes, texts, numbers, mayBeWritten } = candidate
  const { name } = description
  if (VERSION_NAME.test(name)) return isFlag(candidate) || numbers === undefined || comeInOneOrder(sample, codes)
  if (KEY_NAME.test(name) || areIntervals(knownTexts(texts))) return false
  if ((mayBeTime(candidate) && (isTyped(description) || mayBeWritten)) || areDays(knownTexts(texts))) {
    return WRITTEN_NAME.test(name) || !areWholeDays(candidate) || areNear
  }
  // with a duplicate at every time there are no other rows to compare the versions with
  if (sample.others.length === 0) return false
  const isUsual = hasUsualValue(sample, codes)
  // a flag that comes and goes describes the bar, such as whether it closed higher
  if (!areSame) return isFlag(candidate) && !isUsual
  if (isUsual) return comeInOneOrder(sample, codes) && (WRITTEN_NAME.test(name) || areChains(sample, codes))
  if (!followInTurn(sample, codes, fileRows)) return numbers !== undefined
  return WRITTEN_NAME.test(name) || areNear
}

function isFlag({ description, texts }: Candidate): boolean {
  return description.physical === 'BOOLEAN' || areFlags(knownTexts(texts))
}

/** Whether a column of times holds days alone, such as the days on which contracts expire. */
function areWholeDays({ description, texts, numbers }: Candidate): boolean {
  const { logical, physical } = description
  if (logical.kind === 'date' || physical === 'INT96') return logical.kind === 'date'
  if (logical.kind === 'timestamp') {
    const { seconds } = timeReader(description)
    return knownTexts(texts).every((text) => seconds(Number(text)) % DAY_SECONDS === 0)
  }
  return areDays(numbers ? [] : knownTexts(texts)) && knownTexts(texts).every((text) => text.length <= DAY_TEXT_LENGTH)
}

/** A column in whose order the rows of one time follow each other. */
export interface Versions {
  readonly column: number
  /** Where the latest version is; undefined for words, whose order is not known. */
  readonly latest: 'first' | 'last' | undefined
}

/** The column that the warning names: among the rows of one time, the later row has the later value. */
export function versionsOf(evidence: Evidence): Versions | undefined {
  const { sample, apart } = evidence
  for (const candidate of apart) {
    if (!belongsToCorrections(evidence, candidate)) continue
    const { column, codes, texts, numbers } = candidate
    const isBefore = (a: number, b: number) =>
      numbers ? numbers[codes[a]!]! < numbers[codes[b]!]! : texts[codes[a]!]! < texts[codes[b]!]!
    const hasOrder = numbers !== undefined || isTyped(candidate.description) || areDays(knownTexts(texts))
    if (ascendsInFileOrder(sample, isBefore)) return { column, latest: hasOrder ? 'last' : undefined }
    const isReversed = hasOrder && ascendsInFileOrder(sample, (a, b) => isBefore(b, a))
    if (isReversed) return { column, latest: 'first' }
    if (comeInOneOrder(sample, codes)) return { column, latest: undefined }
  }
  return undefined
}
