/** Warns of files of one sequence with different new columns, which readers of many files take for one table. */
import { DEFAULT_NEW_COLUMNS, type NewColumnSettings } from '../../functions/enrich/chosen-columns.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { withInput } from './with-input.ts'

/**
 * @param enriched a file of the sequence, from another call
 * @returns undefined when it has the columns of this call, or does not say which it has
 */
export async function otherColumns(
  enriched: string,
  settings: EnrichSettings,
): Promise<{ readonly message: string } | undefined> {
  const made = await columnOptionsOf(enriched, settings.memoryBudgetBytes)
  const wanted = columnOptions(settings)
  if (made === undefined || made === wanted) return undefined
  const message = `${enriched}, in the same sequence, was written with ${made}, and this call has ${wanted}: readers of both files see different columns`
  return { message }
}

/** The options that give such columns. */
function columnOptions({ newColumns = DEFAULT_NEW_COLUMNS, columnPrefix, double }: NewColumnSettings): string {
  return [
    `--columns ${newColumns.join()}`,
    ...(columnPrefix ? [`--prefix ${columnPrefix}`] : []),
    ...(double ? ['--double'] : []),
  ].join(' ')
}

async function columnOptionsOf(enriched: string, memoryBudgetBytes: number): Promise<string | undefined> {
  const { readNote } = await import('../../functions/audit/read-note.ts')
  const { readFooter } = await import('../../functions/parquet/format/footer.ts')
  try {
    const note = await withInput(enriched, async (source) => readNote(await readFooter(source, memoryBudgetBytes)))
    return note && columnOptions(note.settings)
  } catch (error) {
    // a state on its own, for example
    if (error instanceof RefusedError) return undefined
    throw error
  }
}
