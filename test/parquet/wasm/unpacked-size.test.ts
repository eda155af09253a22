import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { REPEATED, REQUIRED } from '../../../functions/parquet/format/enumerations.ts'
import type { WholePage } from '../../../functions/parquet/format/page-header.ts'
import type { Leaf } from '../../../functions/parquet/format/schema.ts'
import { ThriftStruct, thrift } from '../../../functions/parquet/format/thrift.ts'
import { UnpackedSize } from '../../../functions/parquet/wasm/unpacked-size.ts'

const [DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2] = [0, 2, 3]

function leafOf(repetition: number): Leaf {
  const element = new ThriftStruct(thrift.struct({}).raw)
  return { index: 0, nodes: [{ element, name: 'x', repetition }], type: 'BYTE_ARRAY', typeLength: 0 }
}

const pageOf = (page: Partial<WholePage> & { bytes: Uint8Array }) =>
  ({
    kind: DATA_PAGE,
    headerLength: 0,
    levelsLength: 0,
    compression: 'UNCOMPRESSED',
    uncompressedLength: page.bytes.length,
    ...page,
  }) as WholePage

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(Math.floor(value / 128))]
}

const zigzag = (value: number) => leb128(value < 0 ? -2 * value - 1 : 2 * value)

/** Values of so many bits, the lowest first. */
function packed(values: readonly number[], width: number): number[] {
  const bytes = Array<number>((values.length * width) / 8).fill(0)
  for (const [i, value] of values.entries()) {
    for (let bit = 0; bit < width; bit++) {
      const at = i * width + bit
      bytes[at >> 3]! |= ((value >>> bit) & 1) << (at & 7)
    }
  }
  return bytes
}

/** DELTA_BINARY_PACKED in blocks of 128, four miniblocks each. */
function deltas(values: readonly number[]): number[] {
  const bytes = [...leb128(128), 4, ...leb128(values.length), ...zigzag(values[0]!)]
  const steps = values.slice(1).map((value, i) => value - values[i]!)
  for (let block = 0; block < steps.length; block += 128) {
    const inBlock = steps.slice(block, block + 128)
    const smallest = Math.min(...inBlock)
    const minis = [0, 32, 64, 96].map((at) => inBlock.slice(at, at + 32).map((step) => step - smallest))
    const widths = minis.map((mini) => 32 - Math.clz32(Math.max(0, ...mini)))
    bytes.push(...zigzag(smallest), ...widths)
    for (const [i, mini] of minis.entries()) {
      // what has no values any more is left out
      if (mini.length > 0) bytes.push(...packed([...mini, ...Array<number>(32 - mini.length).fill(0)], widths[i]!))
    }
  }
  return bytes
}

describe('the size that values of a page will have', () => {
  it('is that of all prefixes and suffixes of DELTA_BYTE_ARRAY', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(lengths, (prefixes) => {
        const bytes = Uint8Array.from([...deltas(prefixes), 1, 2, 3])
        const page = pageOf({ encoding: 7, values: prefixes.length, bytes })
        const sum = prefixes.reduce((a, b) => a + b, 0)
        assert.equal(new UnpackedSize(leafOf(REQUIRED), 'UNCOMPRESSED').of(page, 0), bytes.length + sum)
      }),
    )
  })

  it('is that of the texts which a dictionary is asked for, whatever the page version', () => {
    const texts = fc.array(fc.string({ unit: 'binary-ascii' }), { minLength: 1, maxLength: 16 })
    const picks = fc.array(fc.nat({ max: 15 }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(texts, picks, fc.boolean(), (entries, picked, isV2) => {
        const size = new UnpackedSize(leafOf(REPEATED), 'UNCOMPRESSED')
        const body = entries.flatMap((text) => [text.length, 0, 0, 0, ...Buffer.from(text, 'latin1')])
        size.setDictionary(pageOf({ kind: DICTIONARY_PAGE, values: entries.length, bytes: Uint8Array.from(body) }))
        const indices = picked.map((pick) => pick % entries.length)
        const groups = Math.ceil(indices.length / 8)
        const padded = [...indices, ...Array<number>(8 * groups - indices.length).fill(0)]
        const values = [4, ...leb128(2 * groups + 1), ...packed(padded, 4)]
        // half of the lists are empty
        const all = 2 * indices.length
        const definitions = [...leb128(2 * indices.length), 1, ...leb128(2 * indices.length), 0]
        const repetitions = [...leb128(2 * all), 0]
        const levels = isV2
          ? [...repetitions, ...definitions]
          : [repetitions.length, 0, 0, 0, ...repetitions, definitions.length, 0, 0, 0, ...definitions]
        const page = pageOf({
          kind: isV2 ? DATA_PAGE_V2 : DATA_PAGE,
          encoding: 8,
          values: all,
          nulls: isV2 ? indices.length : undefined,
          levelsLength: isV2 ? levels.length : 0,
          bytes: Uint8Array.from([...levels, ...values]),
        })
        const sum = indices.reduce((total, index) => total + entries[index]!.length, 0)
        assert.equal(size.of(page, -1), page.bytes.length + sum)
        assert.ok(size.of(page, 1e9) >= page.bytes.length + sum)
      }),
    )
  })

  it('is never an error, whatever the bytes', () => {
    const anyBytes = fc.uint8Array({ maxLength: 200 })
    fc.assert(
      fc.property(
        anyBytes,
        anyBytes,
        fc.constantFrom(7, 8),
        fc.nat({ max: 5000 }),
        (entries, bytes, encoding, values) => {
          const size = new UnpackedSize(leafOf(REPEATED), 'UNCOMPRESSED')
          size.setDictionary(pageOf({ kind: DICTIONARY_PAGE, values: 20, bytes: entries }))
          assert.ok(size.of(pageOf({ encoding, values, bytes }), 0) >= 0)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
