/**
 * Compares two files with parquet-wasm. The other comparisons mostly use our own decoder, whose faults would be on both sides
 * of a comparison.
 */

import { readFooter } from '../parquet/format/footer.ts'
import { isRepeated, pathOf } from '../parquet/format/schema.ts'
import type { RowFilter } from '../parquet/write/row-filter.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { printable, quoted, RefusedError } from '../shared/errors.ts'
import { type FileColumn, firstDifference } from './compare-columns.ts'
import { firstNestedDifference } from './compare-nested.ts'
import { leavesByPath } from './compare-values.ts'

const READER = 'parquet-wasm'

export interface SecondReading {
  readonly reader: typeof READER
  /** Columns, including the new ones, that it reads alike in both files, and like our decoder where that reads them. */
  readonly columnsCompared: readonly string[]
  /** Columns of the original that it cannot read, with the reason. They are not compared. */
  readonly columnsNotRead: readonly { readonly column: string; readonly reason: string }[]
}

export interface ReadAgain {
  readonly original: ByteSource
  readonly enriched: ByteSource
  /** The file as it is written today; undefined when the enriched file has the same bytes, which were read back. */
  readonly recomputed: ByteSource | undefined
  /** Rows of the original that the enriched file does not have. */
  readonly missing: RowFilter
  readonly newColumns: readonly string[]
  /** Names of columns of the original that the enriched file does not have. */
  readonly replacedColumns: readonly string[]
}

/** No rows. */
const NOTHING: RowFilter = {
  has: () => false,
  countIn: () => 0,
  keptRanges: (from, to) => (to > from ? [[0, to - from]] : []),
}

/** @returns the differences, and the columns that were read */
export async function readAgain(
  { missing, newColumns, replacedColumns, ...files }: ReadAgain,
  memoryBudgetBytes: number,
  onProgress?: (done: number, total: number, unit: 'columns') => void,
): Promise<{ readonly problems: readonly string[]; readonly result: SecondReading }> {
  const open = async (source: ByteSource) => ({ source, footer: await readFooter(source, memoryBudgetBytes) })
  const [original, enriched] = [await open(files.original), await open(files.enriched)]
  const recomputed = files.recomputed && (await open(files.recomputed))
  const theirs = leavesByPath(enriched.footer)
  const problems: string[] = []
  const compared: string[] = []
  const notRead: { column: string; reason: string }[] = []
  const leaves = [...leavesByPath(original.footer)]
  for (const [i, [path, leaf]] of leaves.entries()) {
    onProgress?.(i, leaves.length, 'columns')
    const other = theirs.get(path)
    // compareValues reports columns that are missing or have another type
    if (replacedColumns.includes(leaf.nodes[0]!.name) || other?.type !== leaf.type) continue
    const reading = await readOld({ ...original, leaf }, { ...enriched, leaf: other }, missing)
    const column = printable(pathOf(leaf))
    if ('reason' in reading) notRead.push({ column, reason: reading.reason })
    else if (reading.problem !== undefined) problems.push(`column ${quoted(pathOf(leaf))} ${reading.problem}`)
    else compared.push(column)
  }
  const computed = recomputed && leavesByPath(recomputed.footer)
  for (const name of newColumns) {
    const [leaf, other] = [computed?.get(name), theirs.get(name)]
    if (computed && (!leaf || other?.type !== leaf.type)) continue
    const problem = leaf && (await readNew({ ...recomputed!, leaf }, { ...enriched, leaf: other! }))
    if (problem === undefined) compared.push(printable(name))
    else problems.push(`column ${quoted(name)} ${problem}`)
  }
  return { problems, result: { reader: READER, columnsCompared: compared, columnsNotRead: notRead } }
}

type Reading = { readonly problem: string | undefined } | { readonly reason: string }

async function readOld(original: FileColumn, other: FileColumn, missing: RowFilter): Promise<Reading> {
  const isNested = isRepeated(original.leaf)
  const again: FileColumn = { ...original, reader: 'wasm' }
  let row: number | undefined
  try {
    // the original is read alone first: later errors are then those of the other file
    if (isNested) await firstNestedDifference(original, original, NOTHING)
    else row = await firstDifference(original, again, undefined)
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return { reason: error.message }
  }
  if (row !== undefined)
    return { problem: `differs in ${nameOf(row)} of the original between ${READER} and our reader` }
  const problem = await problemOf(async () => {
    if (!isNested) row = await firstDifference(again, { ...other, reader: 'wasm' }, missing)
    else {
      const group = await firstNestedDifference(original, other, missing)
      if (group !== undefined) return `differs in row group ${group} of the original as ${READER} reads it`
    }
    return row === undefined ? undefined : `differs in ${nameOf(row)} as ${READER} reads it`
  })
  return { problem }
}

/** @param computed the column as it is written today */
async function readNew(computed: FileColumn, other: FileColumn): Promise<string | undefined> {
  return problemOf(async () => {
    const row = await firstDifference(computed, { ...other, reader: 'wasm' }, undefined)
    return row === undefined ? undefined : `differs in ${nameOf(row)} as ${READER} reads it`
  })
}

async function problemOf(compare: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await compare()
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return `cannot be read by ${READER}: ${error.message}`
  }
}

function nameOf(row: number): string {
  return `row ${row} (the first is row 0)`
}
