import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compressors } from 'hyparquet-compressors'
import { compressWords } from '../../../functions/parquet/compression/compress.ts'

const repeating = fc
  .array(fc.record({ value: fc.integer({ min: -3, max: 3 }), times: fc.integer({ min: 1, max: 400 }) }), {
    maxLength: 60,
  })
  .map((runs) => Int32Array.from(runs.flatMap(({ value, times }) => Array<number>(times).fill(value * 0x01010101))))
const noise = fc.int32Array({ maxLength: 3000 })

describe('repeating values compressed', () => {
  for (const codec of ['SNAPPY', 'LZ4_RAW', 'GZIP', 'ZSTD'] as const) {
    it(`with ${codec} are equal after other decompressors`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), fc.oneof(repeating, noise), (prefix, words) => {
          const plain = Buffer.concat([prefix, new Uint8Array(words.buffer, 0, words.byteLength)])
          if (plain.length === 0) return
          const compressed = compressWords(prefix, words, codec)
          assert.ok(compressed.length <= plain.length + plain.length / 32 + 64)
          const back = compressors[codec]!(compressed, plain.length)
          assert.ok(Buffer.compare(plain, Buffer.from(back)) === 0)
        }),
        { numRuns: 300 },
      )
    })
  }

  it('take little room', () => {
    const words = new Int32Array(65_536).fill(7)
    assert.ok(compressWords(new Uint8Array(9), words, 'SNAPPY').length < 65_536 * 4 * 0.05)
    assert.ok(compressWords(new Uint8Array(9), words, 'LZ4_RAW').length < 65_536 * 4 * 0.01)
  })
})
