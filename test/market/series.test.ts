import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SymbolCodes } from '../../functions/market/series.ts'
import { barsFile, enrichBytes, someBars } from '../parquet-files.ts'

type Column = ConstructorParameters<typeof SymbolCodes>[0]

/** Texts one behind the other; null has no bytes. */
function texts(values: readonly (string | null)[], width = 0) {
  const bytes = values.map((value) => Buffer.from(value ?? ''.padEnd(width)))
  const offsets = Int32Array.from([0, ...bytes])
  for (const [i, { length }] of bytes.entries()) offsets[i + 1] = offsets[i]! + length
  const validity = new Uint8Array(Math.ceil(values.length / 8))
  for (const [i, value] of values.entries()) if (value !== null) validity[i >> 3]! |= 1 << (i & 7)
  return { rows: values.length, values: Buffer.concat(bytes), validity, offsets: width > 0 ? undefined : offsets }
}

/** The numbers of the values, which both ways of reading give, and the texts that they stand for. */
function codesOf(column: Omit<Column, 'name'>, values: readonly (string | null)[]) {
  const raw = texts(values, column.width)
  const named: string[] = []
  const codes = new Int32Array(values.length)
  new SymbolCodes({ name: 's', ...column }, (text) => named.push(text)).read(raw, codes, 0)
  const symbols = new SymbolCodes({ name: 's', ...column })
  assert.deepEqual(
    values.map((_, i) => symbols.codeAt(raw, i)),
    [...codes],
  )
  return { codes: [...codes], named }
}

const text = { physical: 'BYTE_ARRAY', width: 0, logical: { kind: 'string' } } as const
const long = 'x'.repeat(70)

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
