/** The result of verify. */
import type { Warning } from '../market/quality/warnings.ts'
import type { BytePieces, ByteSource } from '../shared/byte-source.ts'
import type { Note } from './read-note.ts'
import type { SecondReading } from './second-reading.ts'

export interface Verification {
  readonly holds: boolean
  /** The differences, with their places; empty when there are none. */
  readonly problems: readonly string[]
  /** `same`: the bytes that enriching the original gives today. `other`: written by another program or version. */
  readonly bytes: 'same' | 'other' | null
  /** The settings that the file states; null when it states none. */
  readonly settings: Note['settings'] | null
  readonly rowsRead: number | null
  readonly rowsWritten: number | null
  readonly duplicatesDropped: number | null
  /** Warnings of enriching the original. */
  readonly warnings: readonly Warning[]
  /** Columns whose values were compared one by one. */
  readonly columnsCompared: readonly string[]
  /**
   * Nested columns of a file with removed rows that the second reader has not compared. They are only known to be written as
   * they are today.
   */
  readonly columnsNotCompared: readonly string[]
  /** The comparison by another reader; null when there was none. */
  readonly secondReading: SecondReading | null
  /** For the file of removed rows, which has the other rows of the original; null when none was given. */
  readonly dropped: Pick<Verification, 'bytes' | 'columnsCompared' | 'columnsNotCompared'> | null
}

/** Stores pieces as a file that can be read at any place. */
export type Spool = (pieces: BytePieces) => Promise<SpooledFile>

export interface SpooledFile extends ByteSource {
  close(): Promise<void>
}
