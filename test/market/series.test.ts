import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PairCodes, SymbolCodes } from '../../functions/market/series.ts'
import { byteArrays } from '../byte-arrays.ts'
import { barsFile, enrichBytes, someBars } from '../parquet-files.ts'

type Column = ConstructorParameters<typeof SymbolCodes>[0]

/** Texts one behind the other; null has no bytes. */
function texts(values: readonly (string | null)[], width = 0) {
  const bytes = values.map((value) => Buffer.from(value ?? ''.padEnd(width)))
  const validity = new Uint8Array(Math.ceil(values.length / 8))
  for (const [i, value] of values.entries()) if (value !== null) validity[i >> 3]! |= 1 << (i & 7)
  const { values: all, ...borders } = byteArrays(bytes)
  return { rows: values.length, values: all, validity, ...(width === 0 && borders) }
}

/** The numbers of the values, which both ways of reading give, and the texts that they stand for. */
function codesOf(column: Omit<Column, 'name'>, values: readonly (string | null)[]) {
  const raw = texts(values, column.width)
  const named: string[] = []
  const out = new Int32Array(values.length + 2).fill(7)
  new SymbolCodes({ name: 's', ...column }, (text) => named.push(text)).read(raw, out, 1)
  assert.deepEqual([out[0], out.at(-1)], [7, 7])
  const codes = out.subarray(1, -1)
  const symbols = new SymbolCodes({ name: 's', ...column })
  assert.deepEqual(
    values.map((_, i) => symbols.codeAt(raw, i)),
    [...codes],
  )
  return { codes: [...codes], named }
}

const text = { physical: 'BYTE_ARRAY', width: 0, logical: { kind: 'string' } } as const
const long = 'x'.repeat(70)

describe('a series has the number of its value, in order of appearance', () => {
  it('of text of any length, the empty one first', () => {
    const values = ['', 'ABCDEF', 'ABCDEG', 'ABCDEFGHIJK', 'ABCDEFGHIJL', `${long}A`, `${long}B`, '', 'ABCDEF']
    const { codes, named } = codesOf(text, [...values, 'ABCDEFGHIJK', `${long}A`])
    assert.deepEqual(codes, [0, 1, 2, 3, 4, 5, 6, 0, 1, 3, 5])
    assert.deepEqual(named, values.slice(0, 7))
  })

  it('of text in dictionaries, whatever the numbers of its entries are', () => {
    const values = ['A', 'B', null, 'A ', 'B', `${long}A`, 'C', 'A', 'B', `${long}A`, null]
    const numbers = [0, 8192, -1, 2 ** 32, 8192, 3, -1, 0, 5, 3, -1]
    const out = new Int32Array(values.length + 1).fill(7)
    const symbols = new SymbolCodes({ name: 's', ...text })
    const raw = { ...texts(values), entries: Float64Array.from(numbers) }
    symbols.read(raw, out, 1)
    assert.deepEqual([...out], [7, 0, 1, 2, 0, 1, 3, 4, 0, 1, 3, 2])
    // the bytes of an entry are looked at unless it is known; the second one has lost its place to the first
    symbols.read({ ...raw, values: raw.values.fill(0x5a), rows: 2 }, out, 0)
    assert.deepEqual([...out.subarray(0, 3)], [0, 5, 1])
  })

  /** The numbers and texts of values of a type of one width. */
  function read(column: Omit<Column, 'name'>, values: ArrayBufferView<ArrayBuffer>, rows: number, validity?: number) {
    const named: string[] = []
    const out = new Int32Array(rows)
    const symbols = new SymbolCodes({ name: 's', ...column }, (text) => named.push(text))
    const bits = validity === undefined ? undefined : Uint8Array.of(validity)
    symbols.read({ rows, values: new Uint8Array(values.buffer), validity: bits }, out, 0)
    assert.equal(symbols.size, named.length)
    return { codes: [...out], named }
  }
  const of = (physical: Column['physical'], logical: Column['logical'] = { kind: 'none' }) => ({
    physical,
    width: 0,
    logical,
  })

  it('of booleans, in bits', () => {
    const expected = { codes: [0, 1, 0, 2, 1, 1, 1, 1, 0], named: ['true', 'false', 'null'] }
    const { codes, named } = read(of('BOOLEAN'), Uint8Array.of(0b0000_0101, 1), 8, 0b1111_0111)
    assert.deepEqual({ codes, named }, { ...expected, codes: expected.codes.slice(0, 8) })
    assert.deepEqual(read(of('BOOLEAN'), Uint8Array.of(0, 1), 9).codes, [0, 0, 0, 0, 0, 0, 0, 0, 1])
  })

  it('of numbers, which are named as they are', () => {
    const unsigned = { kind: 'integer', signed: false } as const
    const signed = { kind: 'integer', signed: true } as const
    const codes = [0, 1, 0]
    assert.deepEqual(read(of('INT32'), Int32Array.of(-1, 7, -1), 3), { codes, named: ['-1', '7'] })
    assert.deepEqual(read(of('INT32', signed), Int32Array.of(-1, 7, -1), 3).named, ['-1', '7'])
    assert.deepEqual(read(of('INT32', unsigned), Int32Array.of(-1, 7, -1), 3).named, ['4294967295', '7'])
    assert.deepEqual(read(of('INT64'), BigInt64Array.of(-1n, 7n, -1n), 3), { codes, named: ['-1', '7'] })
    assert.deepEqual(read(of('INT64', unsigned), BigInt64Array.of(-1n, 7n, -1n), 3).named, [
      '18446744073709551615',
      '7',
    ])
    assert.deepEqual(read(of('FLOAT'), Float32Array.of(0.5, -2, 0.5), 3), { codes, named: ['0.5', '-2'] })
    assert.deepEqual(read(of('DOUBLE'), Float64Array.of(0.1, -2, 0.1), 3), { codes, named: ['0.1', '-2'] })
  })

  it('of times of 96 bits', () => {
    // nanoseconds of the day, then the day; day 2,440,588 is 1970-01-01
    const times = Uint32Array.of(1, 0, 2_440_589, 0, 0, 2_440_588)
    const { codes, named } = read({ physical: 'INT96', width: 12, logical: { kind: 'none' } }, times, 2)
    assert.deepEqual(codes, [0, 1])
    assert.deepEqual(named, ['1970-01-02T00:00:00.000000001', '1970-01-01T00:00:00'])
  })

  it('of pairs', () => {
    const pairs: number[][] = []
    const codes = new PairCodes((first, second) => pairs.push([first, second]))
    const first = Int32Array.of(0, 0, 1, 0, 1, 9)
    codes.combine(first, Int32Array.of(0, 1, 0, 1, 1, 9), 5)
    assert.deepEqual([...first], [0, 1, 2, 1, 3, 9])
    const second = Int32Array.of(1, 2)
    codes.combine(second, Int32Array.of(1, 0), 2)
    assert.deepEqual([...second], [3, 4])
    assert.deepEqual(pairs, [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [2, 0],
    ])
    assert.equal(codes.size, 5)
  })
})

describe('a symbol is the same with blanks behind it', () => {
  it('in text of any length', () => {
    const { codes, named } = codesOf(text, ['A  ', 'A', 'A ', ' A', 'AB', 'A B', '  ', '', null, `${long}  `, long])
    assert.deepEqual(codes, [0, 0, 0, 1, 2, 3, 4, 4, 5, 6, 6])
    assert.deepEqual(named.slice(0, 6), ['A', ' A', 'AB', 'A B', '', 'null'])
  })

  it('in text and bytes of a fixed width', () => {
    const values = ['A   ', 'AB  ', 'A   ', ' A  ', null, 'ABCD', '    ']
    for (const kind of ['string', 'none'] as const) {
      const { codes, named } = codesOf({ physical: 'FIXED_LEN_BYTE_ARRAY', width: 4, logical: { kind } }, values)
      assert.deepEqual(codes, [0, 1, 0, 2, 3, 4, 5])
      assert.deepEqual(named, ['A', 'AB', ' A', 'null', 'ABCD', ''])
      assert.deepEqual(codesOf({ ...text, logical: { kind } }, ['A ', 'A']).codes, [0, 0])
    }
  })

  it('but a decimal that ends with the byte of a blank is another one', () => {
    const decimal = { physical: 'BYTE_ARRAY', width: 0, logical: { kind: 'decimal', scale: 0 } } as const
    assert.deepEqual(codesOf(decimal, ['1', '1 ']).codes, [0, 1])
  })

  it('when a file is enriched', async () => {
    const bars = someBars(60).map((bar, i) => ({ ...bar, symbol: ['A', 'A   ', 'B '][i % 3]! }))
    const { quality } = await enrichBytes(barsFile([...bars, { ...bars[0]!, symbol: 'A ' }]))
    assert.deepEqual([quality.series, quality.duplicatesDropped], [2, 1])
  })
})
