/** What verify says of a file, and what it needs for that. */
import type { Warning } from '../market/quality/warnings.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import type { Note } from './read-note.ts'
import type { SecondReading } from './second-reading.ts'

export interface Verification {
  readonly holds: boolean
  /** What does not hold, and where; empty when everything does. */
  readonly problems: readonly string[]
  /** `same`: byte for byte what is written today from the original. `other`: written by another program or version. */
  readonly bytes: 'same' | 'other' | null
  /** As the file states them; null when it does not. */
  readonly settings: Note['settings'] | null
  readonly rowsRead: number | null
  readonly rowsWritten: number | null
  readonly duplicatesDropped: number | null
  /** What enriching the original warns of. */
  readonly warnings: readonly Warning[]
  /** Columns whose values were compared one by one. */
  readonly columnsCompared: readonly string[]
  /**
   * Nested columns of a file that lost rows, if the second reader has not compared them: what is left of them is written as
   * today, which is all that is known.
   */
  readonly columnsNotCompared: readonly string[]
  /** What another reader says to both files; null when it was not asked. */
  readonly secondReading: SecondReading | null
  /** Of the file of the rows that were dropped, if one was given: its columns have the rest of the original's rows. */
  readonly dropped: Pick<Verification, 'bytes' | 'columnsCompared' | 'columnsNotCompared'> | null
}

/** A whole file written from pieces, to be read at any place. */
export type Spool = (pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => Promise<SpooledFile>

export interface SpooledFile extends ByteSource {
  close(): Promise<void>
}
