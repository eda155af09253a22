/** The file that was enriched, taken back out of the enriched one. */
import { rowGroup } from '../parquet/format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META } from '../parquet/format/fields.ts'
import { type Footer, readFooter } from '../parquet/format/footer.ts'
import { asStruct } from '../parquet/format/thrift.ts'
import { type ByteSource, piecesOf } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import { type Note, notEnrichedReason, readNote } from './read-note.ts'
import { checkedNote, restoredRows } from './restore-rows.ts'

export interface Restored {
  /** `same`: the original, byte for byte. `other`: its rows and columns, put together from those kept and dropped. */
  readonly bytes: 'same' | 'other'
  readonly rows: number
  readonly rowsDropped: number
  /** Of the enriching, then how the enriched file is written, where that is not quite as the format says. */
  readonly warnings: Note['warnings']
  /** The whole file. Reading it is refused where only that shows that the files do not fit each other. */
  pieces(): AsyncIterable<Uint8Array>
}

/**
 * @param dropped the file of the rows that were dropped, if it is there
 * @throws RefusedError `not-enriched` when there is no original to be had, with the reason
 */
export async function restore(
  enriched: ByteSource,
  dropped: ByteSource | undefined,
  memoryBudgetBytes: number,
): Promise<Restored> {
  const footer = await readFooter(enriched, memoryBudgetBytes)
  const note = readNote(footer)
  if (!note) throw notEnriched(`${notEnrichedReason(footer)}, so there is nothing to restore`)
  const { rowsRead: rows, duplicatesDropped: rowsDropped } = note
  const found = { rows, rowsDropped, warnings: warningsOf(note, footer) }
  if (rowsDropped > 0) {
    if (!dropped) {
      throw notEnriched(
        `${rowsDropped} rows were dropped from the file, so the original is not in it any more; name the file that they were written to with --dropped, or take the original from where it came`,
      )
    }
    const pieces = await restoredRows({ source: enriched, footer, note }, dropped, memoryBudgetBytes)
    return { bytes: 'other', ...found, pieces }
  }
  if (dropped) checkedNote(note, await readFooter(dropped, memoryBudgetBytes))
  const bytes = await originalBytes(enriched, footer, note, memoryBudgetBytes)
  return { bytes: 'same', ...found, pieces: () => piecesOf(enriched, bytes) }
}

/** What is written wrongly in the original is so in the enriched file as well, and said once. */
function warningsOf(note: Note, footer: Footer): Note['warnings'] {
  const noted = new Set(note.warnings.map(({ message }) => message))
  return [...note.warnings, ...footer.warnings.list().filter(({ message }) => !noted.has(message))]
}

/**
 * Finds the original at the beginning of an appended file and proves that it is that: its footer describes the same
 * column chunks at the same places.
 * @returns how many bytes it has
 */
export async function originalBytes(
  enriched: ByteSource,
  footer: Footer,
  note: Note,
  memoryBudgetBytes: number,
): Promise<number> {
  if (note.sourceBytes >= enriched.byteLength) throw rewritten()
  const original = await readFooter(firstBytes(enriched, note.sourceBytes), memoryBudgetBytes).catch((error) => {
    throw error instanceof RefusedError ? rewritten(error) : error
  })
  if (original.rows !== note.rowsRead || !hasSameChunks(original, footer)) throw rewritten()
  return note.sourceBytes
}

function firstBytes(source: ByteSource, byteLength: number): ByteSource {
  return { byteLength, slice: (start, end, room) => source.slice(start, end, room) }
}

/** Whether each column chunk of the one that the other still has is described as it was. */
function hasSameChunks(original: Footer, enriched: Footer): boolean {
  if (original.rowGroups.length !== enriched.rowGroups.length) return false
  return original.rowGroups.every((_, i) => {
    const offsets = (footer: Footer) =>
      rowGroup(footer, i).columns.map(
        (column) => asStruct(column).struct(COLUMN_CHUNK.metadata)?.integer(COLUMN_META.dataPageOffset) ?? -1,
      )
    const now = new Set(offsets(enriched))
    // columns of the same names that were there before are not referred to any more
    const kept = offsets(original).filter((offset) => now.has(offset)).length
    return rowGroup(original, i).rows === rowGroup(enriched, i).rows && kept > 0
  })
}

function rewritten(cause?: unknown): RefusedError {
  const options = cause === undefined ? {} : { cause }
  return notEnriched('the file was written anew after it was enriched, so the original is not in it any more', options)
}

function notEnriched(message: string, options: ErrorOptions = {}): RefusedError {
  return new RefusedError('not-enriched', message, options)
}
