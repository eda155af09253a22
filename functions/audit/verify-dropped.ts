/** Proves that a file of removed rows has all rows of the original that the enriched file does not have. */
import type { Enriched } from '../enrich/enrich.ts'
import { type Footer, readFooter } from '../parquet/format/footer.ts'
import { inverted } from '../parquet/write/inverted.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import { VERSION } from '../shared/names.ts'
import { footerProblems } from './compare-footers.ts'
import { compareValues, isEqual, uncomparedProblems } from './compare-values.ts'
import { type DroppedNote, type Note, readDroppedNote } from './read-note.ts'
import { checkedNote } from './restore-rows.ts'
import type { Spool, SpooledFile, Verification } from './verification.ts'

interface DroppedVerification {
  readonly problems: readonly string[]
  readonly result: Verification['dropped']
}

interface DroppedFiles {
  readonly original: ByteSource
  readonly dropped: ByteSource
  /** The note of the enriched file. */
  readonly note: Note
  /** The result of enriching the original today. */
  readonly expected: Pick<Enriched, 'removed' | 'droppedBytes'>
}

/** @param spool stores a file that has to be compared column by column */
export async function verifyDropped(
  { original, dropped, note: enrichedNote, expected }: DroppedFiles,
  memoryBudgetBytes: number,
  spool: Spool,
): Promise<DroppedVerification> {
  let footer: Footer
  let note: DroppedNote
  try {
    footer = await readFooter(dropped, memoryBudgetBytes)
    note = checkedNote(enrichedNote, footer)
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return { problems: [inDropped(error.message)], result: null }
  }
  let recomputed: SpooledFile | undefined
  try {
    const problems: string[] = []
    const isSame = await isEqual(dropped, expected.droppedBytes())
    if (!isSame) {
      recomputed = await spool(expected.droppedBytes())
      const written = await readFooter(recomputed, memoryBudgetBytes)
      problems.push(...footerProblems(footer, written, note.version === VERSION))
      note = readDroppedNote(written)!
    }
    const missing = inverted(expected.removed)
    const newColumns = Object.values(note.rowColumns)
    const files = { original, file: dropped, recomputed, missing, newColumns, replacedColumns: [] }
    const values = await compareValues(files, memoryBudgetBytes)
    problems.push(...values.problems, ...(isSame ? [] : uncomparedProblems(values.notCompared)))
    return {
      problems: problems.map(inDropped),
      result: {
        bytes: isSame ? 'same' : 'other',
        columnsCompared: values.compared,
        columnsNotCompared: values.notCompared,
      },
    }
  } finally {
    await recomputed?.close()
  }
}

function inDropped(problem: string): string {
  return `removed rows: ${problem}`
}
