/** Restores the original from an enriched file. */
import { rowGroup } from '../parquet/format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META } from '../parquet/format/fields.ts'
import { type Footer, readFooter } from '../parquet/format/footer.ts'
import { asStruct } from '../parquet/format/thrift.ts'
import { type ByteSource, piecesBetween } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import { type Note, notEnrichedReason, readNote } from './read-note.ts'
import { checkedNote, restoredRows } from './restore-rows.ts'

export interface Restored {
  /** `same`: the original, byte for byte. `other`: its rows and columns, merged from the kept and the removed rows. */
  readonly bytes: 'same' | 'other'
  /** Of the original, if it is restored byte for byte. */
  readonly byteLength?: number
  readonly rows: number
  readonly rowsDropped: number
  /** Warnings of the enrichment, then about deviations of the enriched file from the format. */
  readonly warnings: Note['warnings']
  /** The whole file. Reading it throws when only that shows that the files do not match. */
  pieces(): AsyncIterable<Uint8Array>
}

/**
 * @param dropped the file of removed rows, if there is one
 * @throws RefusedError `not-enriched`, with the reason, when the original cannot be restored
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
  const found = { rows, rowsDropped, warnings: restoredWarnings(note, footer) }
  if (rowsDropped > 0) {
    if (!dropped) {
      throw notEnriched(
        `${rowsDropped === 1 ? '1 row was' : `${rowsDropped} rows were`} removed from the file, so it no longer contains the original; name the file that has them with --dropped, or get the original from its source`,
      )
    }
    const pieces = await restoredRows({ source: enriched, footer, note }, dropped, memoryBudgetBytes)
    return { bytes: 'other', ...found, pieces }
  }
  if (dropped) checkedNote(note, await readFooter(dropped, memoryBudgetBytes))
  const bytes = await originalBytes(enriched, footer, note, memoryBudgetBytes)
  return { bytes: 'same', byteLength: bytes, ...found, pieces: () => piecesBetween(enriched, 0, bytes) }
}

/** Deviations from the format in the original are in the enriched file as well; each is reported once. */
function restoredWarnings(note: Note, footer: Footer): Note['warnings'] {
  const noted = new Set(note.warnings.map(({ message }) => message))
  return [...note.warnings, ...footer.warnings.list().filter(({ message }) => !noted.has(message))]
}

/**
 * Finds the original at the beginning of an appended file, and checks that its footer describes the same column chunks at the
 * same places.
 * @returns its number of bytes
 */
export async function originalBytes(
  enriched: ByteSource,
  footer: Footer,
  note: Note,
  memoryBudgetBytes: number,
): Promise<number> {
  if (note.sourceBytes >= enriched.byteLength) throw rewrittenSince()
  const original = await readFooter(firstBytes(enriched, note.sourceBytes), memoryBudgetBytes).catch((error) => {
    throw error instanceof RefusedError ? rewrittenSince(error) : error
  })
  if (original.rows !== note.rowsRead || !hasSameChunks(original, footer)) throw rewrittenSince()
  return note.sourceBytes
}

export function firstBytes(source: ByteSource, byteLength: number): ByteSource {
  return { byteLength, slice: (start, end, room) => source.slice(start, end, room) }
}

/** Whether both footers have the same row groups, and column chunks in common. */
function hasSameChunks(original: Footer, enriched: Footer): boolean {
  if (original.rowGroups.length !== enriched.rowGroups.length) return false
  return original.rowGroups.every((_, i) => {
    const offsets = (footer: Footer) =>
      rowGroup(footer, i).columns.map(
        (column) => asStruct(column).struct(COLUMN_CHUNK.metadata)?.integer(COLUMN_META.dataPageOffset) ?? -1,
      )
    const now = new Set(offsets(enriched))
    // chunks of replaced columns are no longer referred to
    const kept = offsets(original).filter((offset) => now.has(offset)).length
    return rowGroup(original, i).rows === rowGroup(enriched, i).rows && kept > 0
  })
}

function rewrittenSince(cause?: unknown): RefusedError {
  const options = cause === undefined ? {} : { cause }
  return notEnriched('the file was rewritten after it was enriched, so it no longer contains the original', options)
}

function notEnriched(message: string, options: ErrorOptions = {}): RefusedError {
  return new RefusedError('not-enriched', message, options)
}
