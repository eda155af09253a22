/** Compares the values of one column in two files by their stored bytes, however they are divided into pages. */

import type { Footer } from '../parquet/format/footer.ts'
import { type Leaf, type ValueWidth, valueWidth } from '../parquet/format/schema.ts'
import { type Reader, readColumn } from '../parquet/read/column-reader.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { type DecodedColumn, isValid } from '../shared/decoded-column.ts'

/** One flat column of a file. */
export interface FileColumn {
  readonly source: ByteSource
  readonly footer: Footer
  readonly leaf: Leaf
  /** The decoder: `usual` if left out. */
  readonly reader?: Reader
}

interface Piece extends DecodedColumn {
  readonly firstRow: number
}

/** Rows of a file by their number. */
export interface RowNumbers {
  has(row: number): boolean
  countIn(from: number, to: number): number
}

/**
 * @param missing rows of `original` that `other` does not have
 * @returns the first row of `other`, counted from 0, that differs; undefined when none does
 */
export async function firstDifference(
  original: FileColumn,
  other: FileColumn,
  missing: RowNumbers | undefined,
): Promise<number | undefined> {
  const equalRows = rowComparison(valueWidth(original.leaf), missing)
  const pieces = piecesOf(other)
  let theirs: Piece | undefined
  let at = 0
  let row = 0
  try {
    for await (const piece of piecesOf(original)) {
      for (let i = 0; i < piece.rows; i++) {
        if (missing?.has(piece.firstRow + i)) continue
        if (!theirs || at === theirs.rows) {
          const next = await pieces.next()
          if (next.done) return row
          theirs = next.value
          at = 0
        }
        const equal = equalRows(piece, i, theirs, at)
        if (equal === 0) return row
        i += equal - 1
        at += equal
        row += equal
      }
    }
    return (theirs && at < theirs.rows) || !(await pieces.next()).done ? row : undefined
  } finally {
    await pieces.return(undefined)
  }
}

/** Rows that are compared at once. With more, more work is wasted where one of them differs. */
const RUN_ROWS = 256

/** @returns how many rows from `i` of `a` and `j` of `b` on are known to be equal: 0 where these two differ */
type EqualRows = (a: Piece, i: number, b: Piece, j: number) => number

/** Values without nulls are side by side: a run of rows of which none is missing is compared as bytes. */
function rowComparison(width: ValueWidth, missing: RowNumbers | undefined): EqualRows {
  return (a, i, b, j) => {
    const rows = Math.min(RUN_ROWS, a.rows - i, b.rows - j)
    const isPlain = width !== 'bytes' && width > 0 && !a.validity && !b.validity
    if (isPlain && !missing?.countIn(a.firstRow + i, a.firstRow + i + rows)) {
      const ours = a.values.subarray(i * width, (i + rows) * width)
      const theirs = b.values.subarray(j * width, (j + rows) * width)
      if (Buffer.compare(ours, theirs) === 0) return rows
    }
    return isEqualAt(a, i, b, j, width) ? 1 : 0
  }
}

async function* piecesOf({ source, footer, leaf, reader }: FileColumn): AsyncGenerator<Piece> {
  const pieces: Piece[] = []
  const keep = (column: DecodedColumn, firstRow: number) => {
    pieces.push({
      firstRow,
      rows: column.rows,
      values: column.values.slice(),
      starts: column.starts?.slice(),
      ends: column.ends?.slice(),
      validity: column.validity?.slice(),
    })
  }
  for await (const _ of readColumn(source, footer, leaf, keep, { reader })) yield* pieces.splice(0)
}

function isEqualAt(a: Piece, i: number, b: Piece, j: number, width: ValueWidth): boolean {
  const hasValue = isValid(a, i)
  if (hasValue !== isValid(b, j)) return false
  if (!hasValue) return true
  if (width === 0) return bitAt(a.values, i) === bitAt(b.values, j)
  const [startA, endA] = width === 'bytes' ? [a.starts![i]!, a.ends![i]!] : [i * width, (i + 1) * width]
  const [startB, endB] = width === 'bytes' ? [b.starts![j]!, b.ends![j]!] : [j * width, (j + 1) * width]
  if (endA - startA !== endB - startB) return false
  for (let byte = 0; byte < endA - startA; byte++) {
    if (a.values[startA + byte] !== b.values[startB + byte]) return false
  }
  return true
}

function bitAt(bits: Uint8Array, i: number): number {
  return (bits[i >> 3]! >> (i & 7)) & 1
}
