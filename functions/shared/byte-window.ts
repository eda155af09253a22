/** A window over bytes that arrive piece by piece: it shows as many of them side by side as are needed. */
import type { ByteSource } from './byte-source.ts'

/** Bytes in order, from the first one that was not used. */
export interface Bytes {
  /** At least `count` bytes, or all that are left; a view that the next call invalidates. */
  atLeast(count: number): Promise<Uint8Array> | Uint8Array
  advance(count: number): void
}

/** Bytes that are in memory already. */
export function bytesOf(bytes: Uint8Array): Bytes {
  let at = 0
  return {
    atLeast: () => bytes.subarray(at),
    advance: (count) => {
      at += count
    },
  }
}

export class ByteWindow implements Bytes {
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #memory: WindowMemory
  /** The latest piece, or the memory that several pieces were copied to. */
  #bytes: Uint8Array
  #from = 0
  #to = 0
  #isDone = false

  /** @param pieces each valid until the next one is asked for */
  constructor(pieces: AsyncIterator<Uint8Array>, memory: WindowMemory) {
    this.#pieces = pieces
    this.#memory = memory
    this.#bytes = memory.window
  }

  atLeast(count: number): Promise<Uint8Array> | Uint8Array {
    if (this.#to - this.#from >= count || this.#isDone) return this.#view()
    return this.#fill(count)
  }

  async #fill(count: number): Promise<Uint8Array> {
    while (this.#to - this.#from < count && !this.#isDone) {
      this.#keep()
      const { value, done } = await this.#pieces.next()
      if (done) this.#isDone = true
      else if (this.#from === this.#to) {
        // no bytes are left before it: use the piece in place
        this.#bytes = value
        this.#from = 0
        this.#to = value.length
      } else {
        this.#makeRoom(value.length)
        this.#bytes.set(value, this.#to)
        this.#to += value.length
      }
    }
    return this.#view()
  }

  #view(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#to)
  }

  /** The next request invalidates the current piece, so the rest of it is copied. */
  #keep(): void {
    if (this.#from < this.#to && this.#bytes !== this.#memory.window) this.#moveTo(this.#to - this.#from)
  }

  #makeRoom(length: number): void {
    if (this.#to + length > this.#bytes.length) this.#moveTo(this.#to - this.#from + length)
  }

  /** Moves the bytes to the start of the memory, and grows it to `length`. */
  #moveTo(length: number): void {
    const held = this.#view()
    const { window } = this.#memory
    if (length > window.length) this.#memory.window = new Uint8Array(Math.max(length, 2 * window.length))
    this.#memory.window.set(held)
    this.#bytes = this.#memory.window
    this.#from = 0
    this.#to = held.length
  }

  advance(count: number): void {
    this.#from += count
  }

  /** Ends the stream of pieces. */
  async close(): Promise<void> {
    await this.#pieces.return?.()
  }
}

/** Memory that windows use one after the other; it grows. */
export interface WindowMemory {
  window: Uint8Array
}

/** Bytes of a read. */
const READ_BYTES = 512 * 1024
/** Bytes of a request over a network: its latency matters less, and there are fewer of them. */
const REQUEST_BYTES = 1024 * 1024
/** Requests under way for each of the columns that are read side by side: 8 MiB for four columns. */
const REQUESTS_AHEAD = 2

/** Memory grows in such steps: ranges that are read one after the other have slightly different lengths. */
const ROOM_STEP_BYTES = 256 * 1024
/** Shorter ranges are those of small files, which are read once. */
const EXACT_BYTES = 256 * 1024

/** @returns an array of at least `length` bytes */
export function roomyArray(length: number): Uint8Array {
  const steps = Math.ceil(length / ROOM_STEP_BYTES)
  return new Uint8Array(length <= EXACT_BYTES ? length : steps * ROOM_STEP_BYTES)
}

/** Memory for the answers of the requests under way. */
export type RequestMemory = Uint8Array[]

export function requestMemory(): RequestMemory {
  // they grow on demand: a small file needs little, and a warm function spent a third of its time freeing full-size
  // buffers
  return Array.from({ length: REQUESTS_AHEAD }, () => new Uint8Array(0))
}

/** Yields the bytes `start` to `end` (exclusive), with the next requests under way while a piece is used. */
export async function* readAhead(
  source: ByteSource,
  start: number,
  end: number,
  memory: RequestMemory,
): AsyncGenerator<Uint8Array> {
  const pending: Promise<Uint8Array>[] = []
  const length = source.isRemote ? REQUEST_BYTES : READ_BYTES
  let [requested, count] = [start, 0]
  const request = () => {
    if (requested >= end) return
    const from = requested
    requested = Math.min(end, from + length)
    // the previous piece in this slot has been used
    const slot = count++ % REQUESTS_AHEAD
    const piece = source.slice(from, requested, (needed) => {
      if (memory[slot]!.length < needed) memory[slot] = roomyArray(needed)
      return memory[slot]!.subarray(0, needed)
    })
    // a failure surfaces where the bytes are awaited; without this handler, one that is never awaited ends the
    // process
    piece.catch(() => {})
    pending.push(piece)
  }
  try {
    for (let i = 0; i < REQUESTS_AHEAD; i++) request()
    while (pending.length > 0) {
      yield await pending[0]!
      pending.shift()
      request()
    }
  } finally {
    // their buffers may be used again after this
    await Promise.allSettled(pending)
  }
}
