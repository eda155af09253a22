import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nestedSum } from '../../../functions/parquet/read/nested-sum.ts'
import type { NestedColumn } from '../../../functions/shared/decoded-column.ts'

type Value = number | null
type List = readonly Value[] | null

/** Lists as parquet-wasm hands them on; `garbage` is in the places of nulls. */
function columnOf(lists: readonly List[], garbage = 0): NestedColumn {
  const bits = (present: readonly boolean[]) => {
    const bytes = new Uint8Array((present.length + 7) >> 3)
    for (const [i, is] of present.entries()) if (is) bytes[i >> 3]! |= 1 << (i & 7)
    return bytes
  }
  const values = lists.flatMap((list) => list ?? [])
  const offsets = [0]
  for (const list of lists) offsets.push(offsets.at(-1)! + (list?.length ?? 0))
  const child: NestedColumn = {
    rows: values.length,
    validity: bits(values.map((value) => value !== null)),
    offsets: undefined,
    values: new Uint8Array(Int32Array.from(values, (value) => value ?? garbage).buffer),
    child: undefined,
  }
  const validity = lists.includes(null) ? bits(lists.map((list) => list !== null)) : undefined
  return { rows: lists.length, validity, offsets: Int32Array.from(offsets), values: undefined, child }
}

const sumOf = (lists: readonly List[], garbage = 0) => nestedSum(columnOf(lists, garbage), 4, [[0, lists.length]])

describe('the sum of a nested column', () => {
  it('tells the contents of rows apart', () => {
    const different: readonly (readonly List[])[] = [
      [],
      [[]],
      [null],
      [[null]],
      [[0]],
      [[1]],
      [[1], [2]],
      [[1, 2], []],
      [[], [1, 2]],
      [[1, 2]],
      [[2, 1]],
      [[1, null, 2]],
      [[1, 2], null],
      // the same bytes, were it not for how many elements a list has
      [[0x0100_0000]],
      [[], [], []],
    ]
    assert.equal(new Set(different.map((lists) => sumOf(lists))).size, different.length)
  })

  it('reads neither the places of nulls nor rows outside the range', () => {
    const lists = [[1, null, 2], null, [null], [7]]
    assert.equal(sumOf(lists, 5), sumOf(lists, 0))
    const more = columnOf([[9], ...lists.slice(0, 2), [8, 8], ...lists.slice(2), []], 3)
    const ranges = [
      [1, 3],
      [4, 6],
    ] as const
    assert.equal(nestedSum(more, 4, ranges), sumOf(lists))
  })

  it('is of texts and of bits too', () => {
    const texts = (offsets: readonly number[]): NestedColumn => ({
      rows: offsets.length - 1,
      validity: undefined,
      offsets: Int32Array.from(offsets),
      values: new TextEncoder().encode('abcd'),
      child: undefined,
    })
    const all = [[0, 2]] as const
    assert.notEqual(nestedSum(texts([0, 1, 4]), 'bytes', all), nestedSum(texts([0, 2, 4]), 'bytes', all))
    const bits = (values: number): NestedColumn => ({
      ...texts([0, 0, 0]),
      offsets: undefined,
      values: Uint8Array.of(values),
    })
    assert.notEqual(nestedSum(bits(1), 0, all), nestedSum(bits(2), 0, all))
    assert.equal(nestedSum(bits(1), 0, all), nestedSum(bits(5), 0, all))
    const long: NestedColumn = { ...texts([0, 100_000]), values: new Uint8Array(100_000).fill(7) }
    const other: NestedColumn = { ...long, values: long.values!.with(99_999, 8) }
    assert.notEqual(nestedSum(long, 'bytes', [[0, 1]]), nestedSum(other, 'bytes', [[0, 1]]))
  })
})
