/** The trends that are under way where a file begins that continues another one. */
import { decodeState, stateDigest } from '../market/carry/state-bytes.ts'
import { readFooter } from '../parquet/format/footer.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import { type Note, readNote } from './read-note.ts'

/** The state of the file before. */
export interface StateBefore {
  readonly state: Uint8Array
  /** Of that file, for messages. */
  readonly name: string
}

/** @param set of the enrichment, counted from 0 @returns the number of the trend of a series that is under way; 0 for none */
export type TrendBefore = (set: number, key: string) => number

/** Whether the series of a file may have begun in another one. */
export async function continuesAnother(input: ByteSource, memoryBudgetBytes: number): Promise<boolean> {
  const after = readNote(await readFooter(input, memoryBudgetBytes))?.carry?.after
  return after !== undefined && after !== null
}

/**
 * @param before undefined: unknown, as if all series began in this file
 * @throws RefusedError `state-settings` when the file does not continue that state, or another code when it cannot be read
 */
export function trendsBefore(note: Note | undefined, before: StateBefore | undefined): TrendBefore {
  if (!before) return () => 0
  const { state, name } = before
  if (note?.carry?.after !== stateDigest(state)) {
    const remedy = '`inspect` shows what a file continues from'
    throw new RefusedError('state-settings', `the file does not continue from ${name}; ${remedy}`)
  }
  const { keys, sets } = decodeState(state, name).state
  const places = new Map(keys.map((key, at) => [key, at]))
  return (set, key) => {
    const at = places.get(key)
    return at === undefined ? 0 : (sets[set]?.segment[at] ?? 0)
  }
}
