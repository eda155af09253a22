import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compressors } from 'hyparquet-compressors'
import {
  FarCopyError,
  SNAPPY_SLACK,
  SnappyError,
  type SnappyState,
  snappyDecompress,
  snappyLength,
} from '../../../functions/parquet/compression/snappy.ts'
import { snappyInWasm } from '../../../functions/parquet/compression/snappy-wasm.ts'
import { varint } from '../../../functions/parquet/format/varint.ts'
import { compiledModule, MODULE_FILE } from './snappy-module.ts'

/** A literal whose length takes some bytes, or a copy whose distance takes 1, 2 or 4. */
type Element =
  | { readonly literal: Uint8Array; readonly lengthBytes: number }
  | { readonly distance: number; readonly length: number; readonly width: 1 | 2 | 4 }

const anyElement: fc.Arbitrary<Element> = fc.oneof(
  fc.record({ literal: fc.uint8Array({ minLength: 1, maxLength: 90 }), lengthBytes: fc.nat(4) }),
  fc.record({
    distance: fc.oneof(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 2047 }),
    ),
    length: fc.integer({ min: 1, max: 64 }),
    width: fc.constantFrom(1 as const, 2 as const, 4 as const),
  }),
)

/** Source: format_description.txt of google/snappy. */
function encoded(elements: readonly Element[]): { readonly compressed: Uint8Array; readonly plain: Uint8Array } {
  const bytes: number[] = []
  const plain: number[] = []
  for (const element of elements) {
    if ('literal' in element) {
      const { literal, lengthBytes } = element
      const rest = literal.length - 1
      // the shortest form takes lengths of up to 60
      const extra = rest < 60 ? lengthBytes : Math.max(1, lengthBytes)
      bytes.push(extra === 0 ? rest << 2 : (59 + extra) << 2)
      for (let i = 0; i < extra; i++) bytes.push((rest >> (8 * i)) & 255)
      bytes.push(...literal)
      plain.push(...literal)
      continue
    }
    const distance = Math.min(element.distance, plain.length)
    if (distance === 0) continue
    const length = element.width === 1 ? Math.max(4, Math.min(11, element.length)) : element.length
    if (element.width === 1) bytes.push(((distance >> 8) << 5) | ((length - 4) << 2) | 1, distance & 255)
    else {
      bytes.push(((length - 1) << 2) | (element.width === 2 ? 2 : 3))
      for (let i = 0; i < element.width; i++) bytes.push((distance >> (8 * i)) & 255)
    }
    for (let i = 0; i < length; i++) plain.push(plain[plain.length - distance]!)
  }
  const head: number[] = []
  for (let rest = plain.length; ; rest >>= 7) {
    if (rest < 128) {
      head.push(rest)
      break
    }
    head.push((rest & 127) | 128)
  }
  return { compressed: Uint8Array.from([...head, ...bytes]), plain: Uint8Array.from(plain) }
}

/** hyparquet's own decompressor refuses a long form of a literal near the end; this one is hysnappy. */
function withHysnappy(compressed: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from(compressors.SNAPPY!(compressed, length))
}

function inWasm(compressed: Uint8Array): Uint8Array | undefined {
  const { value: length, end } = snappyLength(compressed)
  const out = new Uint8Array(length)
  return snappyInWasm(compressed.subarray(end), out, length) ? out : undefined
}

/** @param step how many bytes of the input a call gets, and how many of the output it makes at most */
function decompressed(compressed: Uint8Array, step = Number.POSITIVE_INFINITY): Uint8Array {
  const { value: limit, end } = snappyLength(compressed)
  const out = new Uint8Array(limit + SNAPPY_SLACK).fill(170)
  const state: SnappyState = { used: 0, literal: 0 }
  let [from, at] = [end, 0]
  for (let calls = 0; at < limit && calls < 10_000; calls++) {
    const bytes = compressed.subarray(from, Math.min(compressed.length, from + step))
    const isLast = from + bytes.length === compressed.length
    const stop = Math.min(limit, at + step)
    at = snappyDecompress(state, { bytes, isLast }, { bytes: out, at, stop, limit })
    from += state.used
    if (state.used === 0 && isLast) break
  }
  assert.deepEqual([at, from], [limit, compressed.length], 'all of it is used, and no more')
  return out.subarray(0, limit)
}

describe('SNAPPY of every kind of element', () => {
  it('is that of the format, and that of hysnappy', () => {
    const law = fc.property(fc.array(anyElement, { minLength: 1, maxLength: 40 }), (elements) => {
      const { compressed, plain } = encoded(elements)
      if (plain.length === 0) return
      assert.deepEqual(withHysnappy(compressed, plain.length), plain)
      assert.deepEqual(decompressed(compressed), plain)
      assert.deepEqual(inWasm(compressed), plain)
    })
    fc.assert(law, { numRuns: 300 })
  })

  it('is the same a few bytes at a time', () => {
    const law = fc.property(
      fc.array(anyElement, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 6, max: 200 }),
      (elements, step) => {
        const { compressed, plain } = encoded(elements)
        if (plain.length > 0) assert.deepEqual(decompressed(compressed, step), plain)
      },
    )
    fc.assert(law, { numRuns: 300 })
  })
})

describe('SNAPPY that is damaged', () => {
  it('is refused, or equals the output of hysnappy, here and in wasm', () => {
    const law = fc.property(
      fc.array(anyElement, { minLength: 3, maxLength: 20 }),
      fc.nat(),
      fc.nat(255),
      (elements, where, byte) => {
        const { compressed, plain } = encoded(elements)
        const { end } = snappyLength(compressed)
        if (plain.length === 0) return
        const damaged = compressed.slice()
        damaged[end + (where % (compressed.length - end))] = byte
        let found: Uint8Array
        try {
          found = decompressed(damaged)
        } catch (error) {
          assert.ok(
            error instanceof SnappyError || error instanceof FarCopyError || error instanceof assert.AssertionError,
          )
          assert.equal(inWasm(damaged), undefined)
          return
        }
        assert.deepEqual(found, withHysnappy(damaged, plain.length))
        assert.deepEqual(inWasm(damaged), found)
      },
    )
    fc.assert(law, { numRuns: 500, seed: 1 })
  })

  for (const [what, bytes, error] of [
    ['a length of six bytes', [128, 128, 128, 128, 128, 1], SnappyError],
    ['no length at all', [], SnappyError],
    ['a literal that is cut', [4, 3 << 2, 1, 2], SnappyError],
    ['a literal that is longer than all', [2, 3 << 2, 1, 2, 3, 4], SnappyError],
    ['a literal of 4 GiB', [4, 63 << 2, 255, 255, 255, 255, 1], SnappyError],
    ['a literal without its length', [4, 61 << 2, 1], SnappyError],
    ['a copy without its distance', [8, 0, 7, 1], SnappyError],
    ['a copy of four bytes without one of them', [8, 0, 7, (3 << 2) | 3, 1, 0, 0], SnappyError],
    ['a copy from no distance', [8, 0, 7, 1, 0], SnappyError],
    ['a copy that is longer than all', [4, 0, 7, 1, 1], SnappyError],
    ['a copy from before the beginning', [5, 0, 7, 1, 2], FarCopyError],
    ['a copy from a negative distance', [8, 0, 7, (3 << 2) | 3, 255, 255, 255, 255], FarCopyError],
  ] as const) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => decompressed(Uint8Array.from(bytes)), error)
      if (what.includes('literal') || what.includes('copy')) assert.equal(inWasm(Uint8Array.from(bytes)), undefined)
    })
  }
})

describe('SNAPPY in wasm', () => {
  it('is snappy.wat, compiled', async () => {
    assert.equal(readFileSync(MODULE_FILE, 'utf8'), await compiledModule(), 'run write-snappy-module.ts')
  })

  it('copies literals and repeats of every length', () => {
    for (let length = 1; length <= 70; length++) {
      const literal = Uint8Array.from({ length }, (_, i) => 7 * i + length)
      for (let distance = 1; distance <= length; distance++) {
        const elements: Element[] = [{ literal, lengthBytes: 0 }]
        for (const width of [1, 2, 4] as const)
          elements.push({ distance, length: 1 + ((length + distance) % 64), width })
        const { compressed, plain } = encoded(elements)
        assert.deepEqual(inWasm(compressed), plain, `${length} bytes, repeated from ${distance} before`)
      }
    }
  })

  const PAGE = 2 ** 21
  /** A literal of one byte, and repeats that make it `length` bytes of it: with 64 and at last fewer at a time. */
  const repeats = (length: number) => {
    const bytes = [0, 7]
    for (let left = length - 1; left > 0; left -= 64) bytes.push(((Math.min(64, left) - 1) << 2) | 2, 1, 0)
    return bytes
  }

  it('fills its memory, and leaves longer pages to others', () => {
    for (const length of [PAGE - 1, PAGE, PAGE + 1]) {
      const plain = inWasm(Uint8Array.from([...varint(length), ...repeats(length)]))
      assert.equal(
        plain?.every((byte) => byte === 7),
        length > PAGE ? undefined : true,
      )
    }
    const literal = (length: number) => [62 << 2, (length - 1) & 255, ((length - 1) >> 8) & 255, (length - 1) >> 16]
    for (const length of [PAGE - 4, PAGE - 3]) {
      const plain = inWasm(
        Buffer.concat([varint(length), Uint8Array.from(literal(length)), new Uint8Array(length).fill(7)]),
      )
      assert.equal(
        plain?.every((byte) => byte === 7),
        length + 4 > PAGE ? undefined : true,
      )
    }
  })

  it('stays within its memory, however damaged the bytes are', () => {
    const shortLiterals = new Uint8Array(17 * 100_000).fill(15 << 2)
    for (const bytes of [
      [...varint(100), ...repeats(3 * PAGE)],
      [...varint(PAGE), ...repeats(PAGE), ...shortLiterals],
      [...varint(PAGE), ...repeats(PAGE - 1), 63 << 2, 255, 255, 31, 0],
      [...varint(PAGE), ...repeats(PAGE - 1), 63 << 2, 255, 255, 255, 255],
    ]) {
      assert.equal(inWasm(Uint8Array.from(bytes)), undefined)
    }
  })
})
