/** Whether two files hold the same values, column by column. */

import { type Footer, leavesOf, readFooter } from '../parquet/format/footer.ts'
import { isRepeated, type Leaf, pathOf } from '../parquet/format/schema.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { printable, quoted, RefusedError } from '../shared/errors.ts'
import { firstDifference, type RowSet } from './compare-columns.ts'

export interface ComparedFiles {
  readonly original: ByteSource
  /** Has some rows of the original. */
  readonly file: ByteSource
  /** What is written today; undefined when the file is that. */
  readonly recomputed: ByteSource | undefined
  /** Rows of the original that the file does not have. */
  readonly missing: RowSet
  /** Names of the columns that the original does not have. */
  readonly newColumns: readonly string[]
  /** Names of those that it has and the file does not. */
  readonly replacedColumns: readonly string[]
}

export interface ValueComparison {
  readonly problems: string[]
  /** Columns whose values were compared one by one. */
  readonly compared: string[]
  /** Nested columns. */
  readonly notCompared: string[]
}

/** The columns of the original against those of the file, the new ones against what is computed today. */
export async function compareValues(
  { missing, newColumns, replacedColumns, ...files }: ComparedFiles,
  memoryBudgetBytes: number,
): Promise<ValueComparison> {
  const problems: string[] = []
  const compared: string[] = []
  const notCompared: string[] = []
  const open = async (source: ByteSource) => ({ source, footer: await readFooter(source, memoryBudgetBytes) })
  const isOf =
    (names: readonly string[]) =>
    ([, leaf]: readonly [string, Leaf]) =>
      names.includes(leaf.nodes[0]!.name)
  const [isReplaced, isNew] = [isOf(replacedColumns), isOf(newColumns)]
  const original = await open(files.original)
  const recomputed = files.recomputed && (await open(files.recomputed))
  const columns = [
    ...[...leavesByPath(original.footer)]
      .filter((entry) => !isReplaced(entry))
      .map((entry) => ({ entry, of: original, missing })),
    ...(recomputed
      ? [...leavesByPath(recomputed.footer)]
          .filter(isNew)
          .map((entry) => ({ entry, of: recomputed, missing: undefined }))
      : []),
  ]
  const file = await open(files.file)
  const leaves = leavesByPath(file.footer)
  for (const {
    entry: [path, leaf],
    of,
    missing,
  } of columns) {
    const name = `column ${quoted(pathOf(leaf))}`
    const theirs = leaves.get(path)
    if (!theirs) problems.push(`${name} is missing`)
    else if (theirs.type !== leaf.type || theirs.typeLength !== leaf.typeLength) {
      problems.push(`${name} is ${theirs.type}; it was ${leaf.type}`)
    } else if (leaf.nodes.length > 1 || isRepeated(leaf)) {
      notCompared.push(printable(pathOf(leaf)))
      if (recomputed) problems.push(`${name} is nested and was written anew, which is not compared`)
    } else {
      compared.push(printable(pathOf(leaf)))
      try {
        const row = await firstDifference({ ...of, leaf }, { ...file, leaf: theirs }, missing)
        if (row !== undefined) problems.push(`${name} differs in row ${row} (the first is row 0)`)
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error
        problems.push(error.message)
      }
    }
  }
  return { problems, compared, notCompared }
}

/** By path, and by number where several have the same. */
export function leavesByPath(footer: Footer): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  for (const leaf of leavesOf(footer)) {
    let key = pathOf(leaf)
    for (let twin = 2; leaves.has(key); twin++) key = `${pathOf(leaf)} ${twin}`
    leaves.set(key, leaf)
  }
  return leaves
}

/** Whether a file has these bytes and no others. */
export async function isEqual(
  source: ByteSource,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<boolean> {
  let at = 0
  for await (const piece of pieces) {
    if (at + piece.length > source.byteLength) return false
    const theirs = await source.slice(at, at + piece.length)
    if (Buffer.compare(piece, theirs) !== 0) return false
    at += piece.length
  }
  return at === source.byteLength
}
