/** Compares the values of two files column by column. */

import { type Footer, leavesOf, readFooter } from '../parquet/format/footer.ts'
import { isRepeated, type Leaf, pathOf } from '../parquet/format/schema.ts'
import type { OpenFile } from '../parquet/write/chunk-rows.ts'
import type { BytePieces, ByteSource } from '../shared/byte-source.ts'
import { printable, quoted, RefusedError } from '../shared/errors.ts'
import { type FileColumn, firstDifference, type RowNumbers } from './compare-columns.ts'

export interface ComparedFiles {
  readonly original: ByteSource
  /** Has some rows of the original. */
  readonly file: ByteSource
  /** The file as it is written today; undefined when `file` has the same bytes. */
  readonly recomputed: ByteSource | undefined
  /** Rows of the original that the file does not have. */
  readonly missing: RowNumbers
  /** Names of the columns that the original does not have. */
  readonly newColumns: readonly string[]
  /** Names of columns that the original has and the file does not. */
  readonly replacedColumns: readonly string[]
}

export interface ValueComparison {
  readonly problems: string[]
  /** Columns whose values were compared one by one. */
  readonly compared: string[]
  /** Nested columns. */
  readonly notCompared: string[]
}

/** A column as it should be. */
interface ExpectedColumn {
  readonly path: string
  readonly leaf: Leaf
  readonly of: OpenFile
  /** Rows of it that the file does not have. */
  readonly missing: RowNumbers | undefined
}

/** Compares the original's columns with those of the file, and the new ones with those that are computed today. */
export async function compareValues(
  { missing, newColumns, replacedColumns, ...files }: ComparedFiles,
  memoryBudgetBytes: number,
): Promise<ValueComparison> {
  const open = async (source: ByteSource) => ({ source, footer: await readFooter(source, memoryBudgetBytes) })
  const original = await open(files.original)
  const recomputed = files.recomputed && (await open(files.recomputed))
  const isOf = (names: readonly string[], leaf: Leaf) => names.includes(leaf.nodes[0]!.name)
  const columnsOf = (
    of: OpenFile,
    isWanted: (leaf: Leaf) => boolean,
    missing: RowNumbers | undefined,
  ): ExpectedColumn[] =>
    [...leavesByPath(of.footer)].flatMap(([path, leaf]) => (isWanted(leaf) ? [{ path, leaf, of, missing }] : []))
  const columns = [
    ...columnsOf(original, (leaf) => !isOf(replacedColumns, leaf), missing),
    ...(recomputed ? columnsOf(recomputed, (leaf) => isOf(newColumns, leaf), undefined) : []),
  ]
  const file = await open(files.file)
  const leaves = leavesByPath(file.footer)
  const result: ValueComparison = { problems: [], compared: [], notCompared: [] }
  for (const column of columns) {
    const { leaf } = column
    const name = `column ${quoted(pathOf(leaf))}`
    const theirs = leaves.get(column.path)
    if (!theirs) result.problems.push(`${name} is missing`)
    else if (theirs.type !== leaf.type || theirs.typeLength !== leaf.typeLength) {
      result.problems.push(`${name} is ${theirs.type}; it was ${leaf.type}`)
    } else if (leaf.nodes.length > 1 || isRepeated(leaf)) {
      result.notCompared.push(printable(pathOf(leaf)))
    } else {
      result.compared.push(printable(pathOf(leaf)))
      const problem = await differenceIn(column, { ...file, leaf: theirs })
      if (problem !== undefined) result.problems.push(problem)
    }
  }
  return result
}

async function differenceIn({ leaf, of, missing }: ExpectedColumn, theirs: FileColumn): Promise<string | undefined> {
  try {
    const row = await firstDifference({ ...of, leaf }, theirs, missing)
    if (row === undefined) return undefined
    return `column ${quoted(pathOf(leaf))} differs in row ${row} (the first is row 0)`
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return error.message
  }
}

/** By path, with a number behind it where several have the same. */
export function leavesByPath(footer: Footer): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  for (const leaf of leavesOf(footer)) {
    let key = pathOf(leaf)
    for (let twin = 2; leaves.has(key); twin++) key = `${pathOf(leaf)} ${twin}`
    leaves.set(key, leaf)
  }
  return leaves
}

/** @returns whether a file has exactly these bytes */
export async function isEqual(source: ByteSource, pieces: BytePieces): Promise<boolean> {
  let at = 0
  for await (const piece of pieces) {
    if (at + piece.length > source.byteLength) return false
    const theirs = await source.slice(at, at + piece.length)
    if (Buffer.compare(piece, theirs) !== 0) return false
    at += piece.length
  }
  return at === source.byteLength
}

/** @param names of nested columns of a file whose bytes are others than they should be */
export function uncomparedProblems(names: readonly string[]): string[] {
  return names.map((name) => `column "${name}" is nested and was rewritten, which is not compared`)
}
