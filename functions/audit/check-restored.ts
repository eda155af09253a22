/** Checks a restored original, of which the enriched file has no checksum. */
import { examine } from '../enrich/enrich.ts'
import { readFooter } from '../parquet/format/footer.ts'
import { type ByteSource, wholeOutput } from '../shared/byte-source.ts'
import { type RefusalCode, RefusedError } from '../shared/errors.ts'
import { compareValues } from './compare-values.ts'
import { readNote } from './read-note.ts'
import { firstBytes } from './restore.ts'
import type { Spool } from './verification.ts'
import { newCompression, notedSettings } from './verify.ts'
import { statedCarry } from './verify-carry.ts'

/** What a check of a restored original found: what differs or cannot be read, or why nothing was checked. */
export type RestoredCheck = { readonly problems: readonly string[] } | { readonly unchecked: string }

/** Refusals that say nothing about the file: another machine, or another call, would not refuse it. */
const NOT_OF_THE_FILE: readonly RefusalCode[] = ['too-big', 'path', 'settings']

/**
 * Reads all columns of the original at the beginning of an enriched file, and computes the new ones from it again. A changed
 * value of a column that the computation does not need is not found.
 * @param bytes of the original
 * @param spool stores the file as it is computed again
 */
export async function checkRestored(
  enriched: ByteSource,
  bytes: number,
  memoryBudgetBytes: number,
  spool: Spool,
  onRowsRead?: (rows: number, total: number) => void,
): Promise<RestoredCheck> {
  const footer = await readFooter(enriched, memoryBudgetBytes)
  const note = readNote(footer)!
  const { carry, problem } = await statedCarry(note, undefined)
  if (problem !== undefined)
    return { unchecked: 'it continues another file, without which its values cannot be computed again' }
  const original = firstBytes(enriched, bytes)
  try {
    const settings = notedSettings({ note, codec: newCompression(footer) }, memoryBudgetBytes)
    const { enriched: expected } = await examine(original, settings, onRowsRead, undefined, carry)
    const { removed: missing, newColumns, replacedColumns } = expected
    const recomputed = await spool(wholeOutput(original, expected)).finally(expected.close)
    try {
      const files = { original, file: enriched, recomputed, missing, newColumns, replacedColumns }
      const { problems } = await compareValues(files, memoryBudgetBytes)
      return { problems }
    } finally {
      await recomputed.close()
    }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return NOT_OF_THE_FILE.includes(error.code) ? { unchecked: error.message } : { problems: [error.message] }
  }
}
