/** The pages of one column chunk, walked header by header while its bytes stream in. */
import { crc32 } from 'node:zlib'
import { quoted, RefusedError } from '../shared/errors.ts'
import { checkFits } from '../shared/memory-budget.ts'
import type { ByteSource } from './byte-source.ts'
import { valueWidth } from './codec.ts'
import { type ColumnChunk, type Footer, isRepeated, type Leaf, maxDefinitionLevel, pathOf } from './footer.ts'
import { countZeros } from './levels.ts'
import { ENCODINGS, pageHeader as pageHeaderShape } from './shapes.ts'
import { checkShape, ThriftStruct, TruncatedThrift } from './thrift.ts'

export const DATA_PAGE = 0
const INDEX_PAGE = 1
export const DICTIONARY_PAGE = 2
export const DATA_PAGE_V2 = 3

export interface Page {
  /** DATA_PAGE, DATA_PAGE_V2 or DICTIONARY_PAGE. */
  readonly kind: number
  /** Header and body as they lie in the file; valid until the next page is asked for. */
  readonly bytes: Uint8Array
  readonly headerLength: number
  readonly uncompressedLength: number
  /** Values, nulls included. */
  readonly values: number
  readonly encoding: number
  /** Bytes of the levels that lie before the values of a v2 page and are never compressed; 0 for other pages. */
  readonly levelsLength: number
  readonly isCompressed: boolean
}

/** Bytes asked for at a time: long enough that an S3 request's latency is paid seldom. */
const WINDOW_BYTES = 512 * 1024
/** Requests on their way for each of the columns that are read side by side: 4 MiB for four of them. */
const REQUESTS_AHEAD = 2
/** A header is about 30 bytes, or a few hundred when it carries statistics; text statistics may be cut at some KB. */
const MAX_HEADER_BYTES = 1024 * 1024

/** A growing window over a range of the source, with the next piece on its way while this one is used. */
class ReadAhead {
  readonly #source: ByteSource
  readonly #end: number
  #requested: number
  /** The next pieces, in order. */
  readonly #pending: Promise<Uint8Array>[] = []
  readonly #buffers: ReadBuffers
  /** Pieces asked for so far. */
  #count = 0
  #from = 0
  #to = 0

  constructor(source: ByteSource, start: number, end: number, buffers: ReadBuffers) {
    this.#source = source
    this.#end = end
    this.#requested = start
    this.#buffers = buffers
    for (let i = 0; i < REQUESTS_AHEAD; i++) this.#request()
  }

  #request(): void {
    if (this.#requested >= this.#end) return
    const start = this.#requested
    this.#requested = Math.min(this.#end, start + WINDOW_BYTES)
    const { incoming } = this.#buffers
    // the piece that was put here before has been taken into the window
    const slot = this.#count++ % REQUESTS_AHEAD
    if (incoming[slot]!.length < this.#requested - start) incoming[slot] = new Uint8Array(this.#requested - start)
    const piece = this.#source.slice(start, this.#requested, incoming[slot])
    // a failure surfaces where the bytes are awaited; without this, one that nobody comes to await ends the process
    piece.catch(() => {})
    this.#pending.push(piece)
  }

  /** At least `count` bytes, or all that are left; a view that the next call invalidates. */
  async atLeast(count: number): Promise<Uint8Array> {
    while (this.#to - this.#from < count && this.#pending.length > 0) {
      const piece = await this.#pending[0]!
      this.#pending.shift()
      this.#makeRoom(piece.length)
      this.#buffers.window.set(piece, this.#to)
      this.#to += piece.length
      this.#request()
    }
    return this.#buffers.window.subarray(this.#from, this.#to)
  }

  #makeRoom(length: number): void {
    const { window } = this.#buffers
    const held = this.#to - this.#from
    if (this.#to + length <= window.length) return
    const roomy = held + length <= window.length ? window : new Uint8Array(Math.max(held + length, 2 * window.length))
    roomy.set(window.subarray(this.#from, this.#to))
    this.#buffers.window = roomy
    this.#from = 0
    this.#to = held
  }

  advance(count: number): void {
    this.#from += count
  }

  /** Lets requests under way end before their buffers are used again. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#pending)
  }
}

/** Memory that one column's walks use again and again, chunk after chunk. */
export interface ReadBuffers {
  window: Uint8Array
  readonly incoming: Uint8Array[]
  /** What a page may take, encoded and decoded, before it is refused. */
  readonly limitBytes: number
}

/** Time, three prices, and a symbol or what is being written are in memory at the same time. */
const COLUMNS_AT_ONCE = 5

export function readBuffers({ memoryBudgetBytes }: Footer): ReadBuffers {
  return {
    // they grow: the chunks of a small file need little, and a warm function spent a third of its time freeing the rest
    window: new Uint8Array(0),
    incoming: Array.from({ length: REQUESTS_AHEAD }, () => new Uint8Array(0)),
    limitBytes: memoryBudgetBytes / COLUMNS_AT_ONCE,
  }
}

/**
 * Yields the dictionary page, if there is one, and the data pages of a chunk, in file order.
 *
 * @throws RefusedError when a header contradicts the chunk or the chunk does not hold the values that it states
 */
export async function* pagesOf(
  source: ByteSource,
  leaf: Leaf,
  chunk: ColumnChunk,
  rows: number,
  buffers: ReadBuffers,
): AsyncGenerator<Page> {
  const label = `column ${quoted(pathOf(leaf))}`
  const expected = isRepeated(leaf) ? chunk.values : rows
  if (expected !== chunk.values) throw damaged(label, `its chunk states ${chunk.values} values for ${rows} rows`)
  if (expected === 0) return
  let found = 0
  let hasDictionary = false
  let at = chunk.start
  const bytes = new ReadAhead(source, chunk.start, chunk.end, buffers)
  try {
    while (found < expected) {
      const header = await pageHeader(bytes, label, at)
      // all of it now: the header is a view of bytes that move when more are asked for
      const page = describe(header, leaf, chunk, label, at)
      const headerLength = header.end
      const length = headerLength + page.bodyLength
      if (at + length > chunk.end)
        throw damaged(label, `the page at byte ${at} is ${length} bytes long and leaves its chunk`)
      checkFits(`the page at byte ${at} of ${label}`, memoryOf(page, length), buffers.limitBytes)
      const whole = (await bytes.atLeast(length)).subarray(0, length)
      if (whole.length < length) throw damaged(label, `the page at byte ${at} is cut`)
      const body = whole.subarray(headerLength)
      checkCrc(page, body, label, at)
      if (page.kind === DATA_PAGE_V2 && leaf.nodes.length === 1 && !isRepeated(leaf)) {
        checkLevels(page, leaf, body, label, at)
      }
      if (page.kind !== INDEX_PAGE) {
        if (page.kind === DICTIONARY_PAGE) {
          if (found > 0 || hasDictionary) throw damaged(label, `the dictionary at byte ${at} is not the first page`)
          hasDictionary = true
        } else found += page.values
        if (found > expected) throw damaged(label, `its pages hold more than the ${expected} values stated`)
        yield { ...page, bytes: whole, headerLength }
      }
      bytes.advance(length)
      at += length
    }
    if (at < chunk.end) throw damaged(label, `its chunk goes on for ${chunk.end - at} bytes after its last page`)
  } finally {
    await bytes.settle()
  }
}

async function pageHeader(bytes: ReadAhead, label: string, at: number): Promise<ThriftStruct> {
  for (let wanted = 64; ; wanted *= 8) {
    const window = await bytes.atLeast(wanted)
    if (window.length === 0) throw damaged(label, 'its pages hold fewer values than stated')
    try {
      const header = new ThriftStruct(window)
      checkShape(header.raw(), pageHeaderShape, 'page')
      return header
    } catch (error) {
      // the header may just not be here as a whole yet
      if (error instanceof RefusedError && error.code === 'unsupported') throw error
      if (!(error instanceof TruncatedThrift))
        throw damaged(label, `the page header at byte ${at} cannot be read`, error)
      if (window.length < wanted || wanted > MAX_HEADER_BYTES)
        throw damaged(label, `the page header at byte ${at} is cut`, error)
    }
  }
}

/** Its bytes twice, because buffers grow by doubling; decompressed; and eight bytes a value (measured 20 a row in all). */
function memoryOf({ uncompressedLength, values }: PageDescription, length: number): number {
  return 2 * length + uncompressedLength + 8 * values
}

const [PLAIN_DICTIONARY, RLE, RLE_DICTIONARY] = [2, 3, 8]

interface PageDescription extends Omit<Page, 'bytes' | 'headerLength'> {
  readonly bodyLength: number
  readonly crc: number | undefined
  /** As a v2 page states them; 0 for other pages. */
  readonly nulls: number
}

function describe(header: ThriftStruct, leaf: Leaf, chunk: ColumnChunk, label: string, at: number): PageDescription {
  const kind = header.integer(1)
  const uncompressedLength = header.integer(2) ?? -1
  const bodyLength = header.integer(3) ?? -1
  if (uncompressedLength < 0 || bodyLength < 0) throw damaged(label, `the page at byte ${at} has a negative size`)
  const crc = header.integer(4)
  const lengths = { uncompressedLength, bodyLength, crc }
  if (kind === INDEX_PAGE) {
    return { kind, ...lengths, values: 0, nulls: 0, encoding: 0, levelsLength: 0, isCompressed: false }
  }
  const details =
    kind === DATA_PAGE
      ? header.struct(5)
      : kind === DATA_PAGE_V2
        ? header.struct(8)
        : kind === DICTIONARY_PAGE
          ? header.struct(7)
          : undefined
  if (kind === undefined || !details) throw damaged(label, `the page at byte ${at} is of the unknown kind ${kind}`)
  const isCompressed = chunk.codec !== 'UNCOMPRESSED' && (kind !== DATA_PAGE_V2 || (details.boolean(7) ?? true))
  if (!isCompressed && uncompressedLength !== bodyLength) {
    const stated = `${bodyLength} bytes, not compressed, and ${uncompressedLength} bytes`
    throw damaged(label, `the page at byte ${at} states ${stated}`)
  }
  if (kind === DATA_PAGE && maxDefinitionLevel(leaf) > 0 && details.integer(3) !== RLE) {
    const what = `${label}: the levels of the page at byte ${at} are ${ENCODINGS[details.integer(3)!]}`
    throw new RefusedError('unsupported', `${what}; allowed is RLE`)
  }
  const values = details.integer(1) ?? -1
  if (values < 0) throw damaged(label, `the page at byte ${at} states ${values} values`)
  const encoding = details.integer(kind === DATA_PAGE_V2 ? 4 : 2) ?? 0
  if (kind === DICTIONARY_PAGE) {
    const width = valueWidth(leaf.type, leaf.typeLength)
    if (width !== 'bytes' && uncompressedLength !== values * width) {
      throw damaged(label, `the dictionary at byte ${at} states ${values} values in ${uncompressedLength} bytes`)
    }
  } else checkEncoding(encoding, chunk, label, at)
  if (kind !== DATA_PAGE_V2) return { kind, ...lengths, values, nulls: 0, encoding, levelsLength: 0, isCompressed }
  const rows = details.integer(3) ?? values
  if (!isRepeated(leaf) && rows !== values) {
    throw damaged(label, `the page at byte ${at} states ${values} values in ${rows} rows`)
  }
  const [definitions, repetitions] = [details.integer(5) ?? 0, details.integer(6) ?? 0]
  const levelsLength = definitions + repetitions
  if (definitions < 0 || repetitions < 0 || levelsLength > Math.min(bodyLength, uncompressedLength)) {
    throw damaged(label, `the levels of the page at byte ${at} are longer than the page`)
  }
  return { kind, ...lengths, values, nulls: details.integer(2) ?? 0, encoding, levelsLength, isCompressed }
}

function checkEncoding(encoding: number, chunk: ColumnChunk, label: string, at: number): void {
  if (chunk.encodings === undefined) return
  // two numbers for the same: writers state one and use the other
  const isDictionary = encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY
  const isStated = isDictionary
    ? chunk.encodings.includes(PLAIN_DICTIONARY) || chunk.encodings.includes(RLE_DICTIONARY)
    : chunk.encodings.includes(encoding)
  if (!isStated) {
    throw damaged(label, `the page at byte ${at} is ${ENCODINGS[encoding]}, which its chunk does not state`)
  }
}

/** A v2 page states how many nulls it has, and its levels say so too: readers believe the one or the other. */
function checkLevels(page: PageDescription, leaf: Leaf, body: Uint8Array, label: string, at: number): void {
  const levels = body.subarray(0, page.levelsLength)
  const nulls = maxDefinitionLevel(leaf) === 0 ? 0 : countZeros(levels, page.values)
  if (nulls === page.nulls) return
  throw damaged(label, `the page at byte ${at} states ${page.nulls} nulls and has ${nulls ?? 'no such levels'}`)
}

function checkCrc({ crc }: PageDescription, body: Uint8Array, label: string, at: number): void {
  if (crc !== undefined && crc >>> 0 !== crc32(body)) {
    throw damaged(label, `the checksum of the page at byte ${at} is wrong; the file was changed after it was written`)
  }
}

function damaged(label: string, what: string, cause?: unknown): RefusedError {
  return new RefusedError('corrupt', `the file is damaged: ${label}: ${what}`, cause === undefined ? {} : { cause })
}
