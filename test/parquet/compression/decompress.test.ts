import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { compressors } from 'hyparquet-compressors'
import { compress } from '../../../functions/parquet/compression/compress.ts'
import { decompress } from '../../../functions/parquet/compression/decompress.ts'
import { decompressStream } from '../../../functions/parquet/compression/decompress-stream.ts'
import { varint } from '../../../functions/parquet/format/varint.ts'
import { type Bytes, bytesOf } from '../../../functions/shared/byte-window.ts'
import { RefusedError } from '../../../functions/shared/errors.ts'
import { random } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'

const LIMIT = 2 ** 30
const RUNS = quickOrThorough(50, 200)
const never = (): Promise<Uint8Array> => Promise.reject(new Error('read again'))

function noise(length: number, seed: number): Uint8Array {
  const next = random(seed)
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = next() * 256
  return bytes
}

const NOISES = [0, 1, 2, 3].map((seed) => noise(3000, seed))

/** Bytes that repeat now and then, near and far. */
const someBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.record({ byte: fc.nat(255), times: fc.nat(400) }).map(({ byte, times }) => new Uint8Array(times).fill(byte)),
      fc.constantFrom(...NOISES),
    ),
    { maxLength: 40 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)))

/** The same bytes a few at a time, as they come from a file. */
function trickling(bytes: Uint8Array, step: number): Bytes {
  const all = bytesOf(bytes)
  return {
    atLeast: async (count) => ((await all.atLeast(count)) as Uint8Array).slice(0, Math.max(count, step)),
    advance: (count) => all.advance(count),
  }
}

async function streamed(bytes: Bytes, codec: 'SNAPPY' | 'GZIP' | 'ZSTD' | 'BROTLI', length: number, again = never) {
  const parts: Uint8Array[] = []
  for await (const part of decompressStream(bytes, codec, length, LIMIT, { length: 0, read: again }))
    parts.push(part.slice())
  return Buffer.concat(parts)
}

describe('bytes compressed here', () => {
  for (const codec of ['SNAPPY', 'LZ4_RAW', 'LZ4', 'GZIP', 'ZSTD', 'BROTLI'] as const) {
    it(`with ${codec} are equal after other decompressors`, () => {
      fc.assert(
        fc.property(someBytes, (plain) => {
          if (plain.length === 0) return
          const back = compressors[codec]!(compress(plain, codec), plain.length)
          assert.ok(Buffer.compare(plain, Buffer.from(back)) === 0)
        }),
        { numRuns: codec === 'BROTLI' ? quickOrThorough(10, 30) : RUNS },
      )
    })
  }

  it('are equal after other decompressors where nothing repeats for 20 MiB', () => {
    const plain = noise(20 * 2 ** 20, 7)
    plain.fill(7, plain.length - 100_000)
    for (const codec of ['SNAPPY', 'LZ4_RAW'] as const) {
      const compressed = compress(plain, codec)
      assert.ok(Buffer.compare(plain, Buffer.from(compressors[codec]!(compressed, plain.length))) === 0)
      // what repeats at the end is found all the same
      assert.ok(compressed.length < plain.length)
    }
  })

  it('with SNAPPY and LZ4_RAW take little room when they repeat', () => {
    const text = Buffer.from('AAPL,MSFT,GOOG,'.repeat(4000))
    assert.ok(compress(text, 'SNAPPY').length < text.length / 15)
    assert.ok(compress(text, 'LZ4_RAW').length < text.length / 100)
  })
})

describe('SNAPPY decompressed', () => {
  it('equals the bytes before compression, whole and streaming', async () => {
    await fc.assert(
      fc.asyncProperty(someBytes, fc.integer({ min: 1, max: 5000 }), async (plain, step) => {
        const compressed = compress(plain, 'SNAPPY')
        const scratch = { bytes: new Uint8Array(0) }
        assert.ok(Buffer.compare(plain, decompress(compressed, 'SNAPPY', plain.length, scratch)) === 0)
        const back = await streamed(trickling(compressed, step), 'SNAPPY', plain.length)
        assert.ok(Buffer.compare(plain, back) === 0)
      }),
      { numRuns: RUNS },
    )
  })

  it('is read once more where it refers to bytes that are no longer held', async () => {
    const far = 600_000
    const start = noise(far, 5)
    const literal = Buffer.concat([
      Uint8Array.of(62 << 2, (far - 1) & 255, ((far - 1) >> 8) & 255, (far - 1) >> 16),
      start,
    ])
    const copy = Buffer.concat([Uint8Array.of((63 << 2) | 3), new Uint8Array(Uint32Array.of(far).buffer)])
    const compressed = Buffer.concat([varint(far + 64), literal, copy])
    const plain = Buffer.concat([start, start.subarray(0, 64)])
    let reads = 0
    const again = async () => {
      reads++
      return compressed
    }
    const back = await streamed(trickling(compressed, 1000), 'SNAPPY', plain.length, again)
    assert.ok(Buffer.compare(plain, back) === 0)
    assert.equal(reads, 1)
  })

  it('that goes on after its end is refused, whole and streaming', async () => {
    const plain = noise(3000, 3)
    const longer = Buffer.concat([compress(plain, 'SNAPPY'), Uint8Array.of(0, 0)])
    const refused = { code: 'corrupt', message: /goes on after its end/ }
    assert.throws(() => decompress(longer, 'SNAPPY', plain.length, { bytes: new Uint8Array(0) }), refused)
    await assert.rejects(streamed(trickling(longer, 100), 'SNAPPY', plain.length), refused)
  })

  it('is the same or refused with the same words as a page and streaming, whatever is damaged', async () => {
    const pattern = noise(60, 4)
    // pages with repetitions are decompressed in wasm
    const plain = Buffer.concat(Array.from({ length: 8600 }, (_, i) => Buffer.concat([pattern, noise(3, i)])))
    const compressed = compress(plain, 'SNAPPY')
    assert.ok(compressed.length < 0.8 * plain.length)
    const damage = fc.array(fc.tuple(fc.nat(compressed.length - 1), fc.nat(255)), { maxLength: 2 })
    const outcome = async (work: () => Promise<Uint8Array>) => {
      try {
        return Buffer.from(await work()).toString('base64')
      } catch (error) {
        assert.ok(error instanceof RefusedError && error.code === 'corrupt', String(error))
        return error.message
      }
    }
    await fc.assert(
      fc.asyncProperty(damage, fc.constantFrom(0, 0, 1, 500), async (changes, cut) => {
        const bytes = compressed.slice(0, compressed.length - cut)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        const again = async () => bytes
        const scratch = { bytes: new Uint8Array(0) }
        assert.equal(
          await outcome(async () => decompress(bytes, 'SNAPPY', plain.length, scratch)),
          await outcome(() => streamed(bytesOf(bytes), 'SNAPPY', plain.length, again)),
        )
      }),
      // a literal that goes on beyond the end of the page
      { numRuns: quickOrThorough(40, 600), examples: [[[[12_936, 248]], 0]] },
    )
  })

  it('that is damaged is refused, whole and streaming', async () => {
    const plain = Buffer.concat([noise(500, 1), Buffer.from('AAPL'.repeat(500)), noise(100, 2)])
    const compressed = compress(plain, 'SNAPPY')
    const isRefused = (error: unknown) => error instanceof RefusedError && error.code === 'corrupt'
    await fc.assert(
      fc.asyncProperty(fc.nat(compressed.length - 1), fc.nat(255), fc.boolean(), async (at, byte, isCut) => {
        const damaged = isCut ? compressed.slice(0, at) : compressed.slice()
        if (!isCut) damaged[at] = byte
        const scratch = { bytes: new Uint8Array(plain.length + 200).fill(99) }
        try {
          const { length } = decompress(damaged, 'SNAPPY', plain.length, scratch)
          assert.equal(length, plain.length)
        } catch (error) {
          assert.ok(isRefused(error), String(error))
        }
        assert.ok(scratch.bytes.subarray(plain.length + 64).every((value) => value === 99))
        try {
          const { length } = await streamed(trickling(damaged, 100), 'SNAPPY', plain.length, async () => damaged)
          assert.equal(length, plain.length)
        } catch (error) {
          assert.ok(isRefused(error), String(error))
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('a compression of Node', () => {
  const plain = Buffer.concat([noise(3_000_000, 9), new Uint8Array(1_000_000)])
  const packed = {
    GZIP: gzipSync(plain),
    ZSTD: zstdCompressSync(plain),
    BROTLI: brotliCompressSync(plain, { params: { 1: 1 } }),
  }
  for (const codec of ['GZIP', 'ZSTD', 'BROTLI'] as const) {
    it(`as a stream of ${codec} is the same`, async () => {
      assert.ok(Buffer.compare(plain, await streamed(trickling(packed[codec], 100_000), codec, plain.length)) === 0)
    })

    it(`as a stream of ${codec} of another length than stated is refused`, async () => {
      for (const length of [plain.length - 1, plain.length + 1]) {
        const refused = streamed(trickling(packed[codec], 100_000), codec, length)
        await assert.rejects(refused, { code: 'corrupt', message: /decompresses to/ })
      }
    })

    it(`as a stream of ${codec} that is cut is refused`, async () => {
      const cut = packed[codec].subarray(0, packed[codec].length >> 1)
      await assert.rejects(streamed(trickling(cut, 100_000), codec, plain.length), { code: 'corrupt' })
    })
  }
})
