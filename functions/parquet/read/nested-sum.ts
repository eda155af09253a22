/** A checksum of rows of a nested column that does not depend on how they are stored. */

import { crc32 } from 'node:zlib'
import type { NestedColumn } from '../../shared/decoded-column.ts'
import type { ValueWidth } from '../format/schema.ts'

const BUFFER_BYTES = 64 * 1024

/** CRC-32 of a sequence of numbers and bytes. */
class RunningSum {
  readonly #bytes = new Uint8Array(BUFFER_BYTES)
  readonly #view = new DataView(this.#bytes.buffer)
  #length = 0
  #sum = 0

  addNumber(value: number): void {
    if (this.#length + 4 > BUFFER_BYTES) this.#flush()
    this.#view.setUint32(this.#length, value)
    this.#length += 4
  }

  addBytes(bytes: Uint8Array, from: number, to: number): void {
    if (this.#length + to - from > BUFFER_BYTES) this.#flush()
    if (to - from > BUFFER_BYTES) this.#sum = crc32(bytes.subarray(from, to), this.#sum)
    else for (let i = from; i < to; i++) this.#bytes[this.#length++] = bytes[i]!
  }

  value(): number {
    this.#flush()
    return this.#sum
  }

  #flush(): void {
    this.#sum = crc32(this.#bytes.subarray(0, this.#length), this.#sum)
    this.#length = 0
  }
}

/**
 * Equal rows have equal sums, whatever bytes stand for nulls and wherever the rows are.
 * @param ranges of rows, start to end (exclusive)
 */
export function nestedSum(
  column: NestedColumn,
  width: ValueWidth,
  ranges: Iterable<readonly [start: number, end: number]>,
): number {
  const sum = new RunningSum()
  for (const [start, end] of ranges) for (let row = start; row < end; row++) addRow(sum, column, width, row)
  return sum.value()
}

function addRow(sum: RunningSum, column: NestedColumn, width: ValueWidth, row: number): void {
  const { validity, offsets, values, child } = column
  if (validity && (validity[row >> 3]! & (1 << (row & 7))) === 0) {
    sum.addNumber(0)
    return
  }
  const [from, to] = offsets ? [offsets[row]!, offsets[row + 1]!] : [row, row + 1]
  sum.addNumber(1 + to - from)
  if (child) for (let i = from; i < to; i++) addRow(sum, child, width, i)
  else if (width === 'bytes') sum.addBytes(values!, from, to)
  else if (width === 0) sum.addNumber((values![row >> 3]! >> (row & 7)) & 1)
  else sum.addBytes(values!, row * width, (row + 1) * width)
}
