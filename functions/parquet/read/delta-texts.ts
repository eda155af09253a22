/**
 * Decodes DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY piece by piece: the lengths of all values, then their bytes. In the
 * second one, each value begins as the one before it. They come out as PLAIN.
 * Source: https://github.com/apache/parquet-format/blob/master/Encodings.md#delta-length-byte-array-delta_length_byte_array--6
 */
import { type Bytes, ByteWindow } from '../../shared/byte-window.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { DELTA_BYTE_ARRAY } from '../format/enumerations.ts'
import { damaged } from '../format/page-header.ts'
import type { ValueWidth } from '../format/schema.ts'
import { copiedIntegers } from './delta-integers.ts'
import type { Page } from './page.ts'
import { tooShort } from './page-end.ts'

/** Bytes of a piece, unless one value takes more. */
const TEXTS_BYTES = 64 * 1024
/** Bytes of values that are asked for at a time. */
const INPUT_BYTES = 64 * 1024
/** Pages with shorter values on average are not compared with the memory allowed. */
const LONG_VALUE_BYTES = 64
/** Bytes of the length before a value in PLAIN. */
const LENGTH_BYTES = 4

/**
 * Yields `count` values.
 * @param width 'bytes', or the length that all values have to have
 * @throws RefusedError `corrupt`, `too-big`
 */
export async function* deltaTexts(
  page: Page,
  encoded: Bytes,
  count: number,
  width: ValueWidth,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const hasPrefixes = page.encoding === DELTA_BYTE_ARRAY
  const prefixes = hasPrefixes ? new Lengths(await copiedIntegers(page, encoded, count, limitBytes)) : undefined
  const suffixes = new Lengths(await copiedIntegers(page, encoded, count, limitBytes))
  const texts = new Texts(page, width)
  let [bytes, at] = [0, 0]
  let view: Uint8Array = new Uint8Array(0)
  for (let i = 0; i < count; i++) {
    const prefix = prefixes ? (prefixes.next() ?? (await prefixes.read())) : 0
    const suffix = suffixes.next() ?? (await suffixes.read())
    bytes += prefix + suffix
    // a few bytes may repeat a text of a megabyte a million times
    if (bytes > LONG_VALUE_BYTES * i) {
      checkFits(`the text in the page at byte ${page.at} of ${page.label}`, bytes, limitBytes)
    }
    if (texts.isFull) {
      yield texts.bytes
      texts.drop()
    }
    if (at + suffix > view.length) {
      encoded.advance(at)
      at = 0
      // a length below zero is refused when the value is added
      view = await encoded.atLeast(Math.max(suffix, INPUT_BYTES))
    }
    texts.add(prefix, view, at, suffix)
    at += suffix
  }
  encoded.advance(at)
  yield texts.bytes
}

/** Lengths that were decoded before they are needed. */
class Lengths {
  readonly #window: ByteWindow
  #held: Int32Array = new Int32Array(0)
  #at = 0

  constructor(integers: AsyncGenerator<Uint8Array>) {
    this.#window = new ByteWindow(integers, { window: new Uint8Array(0) })
  }

  /** @returns undefined when it has to be read first */
  next(): number | undefined {
    return this.#held[this.#at++]
  }

  async read(): Promise<number> {
    this.#window.advance(4 * this.#held.length)
    const bytes = await this.#window.atLeast(4)
    this.#held = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    this.#at = 1
    return this.#held[0]!
  }
}

/** Values in PLAIN. */
class Texts {
  readonly #page: Page
  readonly #width: ValueWidth
  #bytes = new Uint8Array(2 * TEXTS_BYTES)
  /** Where the bytes begin that have not been dropped, and the latest value. */
  #from = 0
  #last = 0
  #end = 0

  constructor(page: Page, width: ValueWidth) {
    this.#page = page
    this.#width = width
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#end)
  }

  get isFull(): boolean {
    return this.#end - this.#from >= TEXTS_BYTES
  }

  /** Drops all values. The latest one stays in memory: the next one may begin as it does. */
  drop(): void {
    this.#bytes.copyWithin(0, this.#last, this.#end)
    this.#end -= this.#last
    this.#from = this.#end
    this.#last = 0
  }

  /** Adds a value: the first bytes of the one before it, then others. */
  add(prefix: number, bytes: Uint8Array, at: number, suffix: number): void {
    this.#check(prefix, bytes.length - at, suffix)
    const start = this.#end + (this.#width === 'bytes' ? LENGTH_BYTES : 0)
    const middle = start + prefix
    this.#makeRoom(middle + suffix)
    const out = this.#bytes
    if (this.#width === 'bytes') putUint32(out, this.#end, prefix + suffix)
    if (prefix > FEW_BYTES) out.copyWithin(start, this.#last, this.#last + prefix)
    else for (let i = 0; i < prefix; i++) out[start + i] = out[this.#last + i]!
    if (suffix > FEW_BYTES) out.set(bytes.subarray(at, at + suffix), middle)
    else for (let i = 0; i < suffix; i++) out[middle + i] = bytes[at + i]!
    this.#last = start
    this.#end = middle + suffix
  }

  #check(prefix: number, left: number, suffix: number): void {
    const { label, at } = this.#page
    if (prefix < 0 || suffix < 0 || prefix > this.#end - this.#last) {
      throw damaged(
        label,
        `the page at byte ${at} has a value of ${prefix} bytes of the one before it and ${suffix} others`,
      )
    }
    if (left < suffix) throw tooShort(this.#page)
    if (this.#width !== 'bytes' && prefix + suffix !== this.#width) {
      throw damaged(label, `the page at byte ${at} has a value of ${prefix + suffix} bytes`)
    }
  }

  #makeRoom(length: number): void {
    if (length <= this.#bytes.length) return
    const roomy = new Uint8Array(Math.max(length, 2 * this.#bytes.length))
    roomy.set(this.#bytes.subarray(0, this.#end))
    this.#bytes = roomy
  }
}

/** So many bytes are copied one by one: a call takes longer. */
const FEW_BYTES = 32

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >> 8
  bytes[at + 2] = value >> 16
  bytes[at + 3] = value >> 24
}
