/** Warns of an output that breaks a sequence, because its call has no option that says from which file it continues. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { RefusedError } from '../../functions/shared/errors.ts'
import { compareKeys } from '../../functions/shared/key-order.ts'
import { FOOTER_NOTE_KEY, PARQUET_SUFFIXES } from '../../functions/shared/names.ts'
import { isLocal } from './locations.ts'
import { withInput } from './with-input.ts'

/**
 * Looks at the file that the output replaces, and at the one before it in its folder with the same name apart from digits.
 * Objects are not looked at: each would take several requests.
 * @param remedy what the user can do, after the name of a file that was enriched with carry
 * @returns undefined when neither was enriched with carry
 */
export async function forgottenCarry(
  output: string,
  memoryBudgetBytes: number,
  remedy: (before: string) => string,
): Promise<{ readonly message: string } | undefined> {
  if (!isLocal(output)) return undefined
  const folder = path.dirname(output)
  const base = path.basename(output)
  const names = (await readdir(folder).catch(() => [])).filter(isParquetName).toSorted(compareKeys)
  const before = names.findLast((name) => compareKeys(name, base) < 0 && withoutNumbers(name) === withoutNumbers(base))
  for (const name of [before, names.find((each) => each === base)]) {
    if (name === undefined) continue
    const neighbour = path.join(folder, name)
    if (!(await hasCarry(neighbour, memoryBudgetBytes))) continue
    const what = name === base ? `${neighbour} was enriched with carry before` : `${neighbour} was enriched with carry`
    return { message: `${what}, and this call has none: no file continues from this one; ${remedy(neighbour)}` }
  }
  return undefined
}

/** What the names of the days of one sequence have in common. */
function withoutNumbers(name: string): string {
  return name.replaceAll(/\d+/g, '0')
}

function isParquetName(name: string): boolean {
  return PARQUET_SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix))
}

async function hasCarry(name: string, memoryBudgetBytes: number): Promise<boolean> {
  const { keyValueMetadata, readFooter } = await import('../../functions/parquet/format/footer.ts')
  try {
    const footer = await withInput(name, (source) => readFooter(source, memoryBudgetBytes))
    const text = keyValueMetadata(footer).get(FOOTER_NOTE_KEY)
    // loading the schema of notes takes longer than a small file
    if (!text?.includes('carry')) return false
    const { readNote } = await import('../../functions/audit/read-note.ts')
    return readNote(footer)?.carry !== undefined
  } catch (error) {
    if (error instanceof RefusedError) return false
    throw error
  }
}
