/** Bytes that come piece by piece, seen through a window that shows as many of them at once as are needed. */
import type { ByteSource } from './byte-source.ts'

/** Bytes in order: looked at from the first not yet used. */
export interface Bytes {
  /** At least `count` bytes, or all that are left; a view that the next call invalidates. */
  atLeast(count: number): Promise<Uint8Array> | Uint8Array
  advance(count: number): void
}

/** All bytes are there. */
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
  /** A piece as it came, or the memory that several were put into. */
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
        // nothing to put it behind: it is looked at where it is
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

  /** A piece is gone when the next one is asked for: what is left of it moves. */
  #keep(): void {
    if (this.#from < this.#to && this.#bytes !== this.#memory.window) this.#moveTo(this.#to - this.#from)
  }

  #makeRoom(length: number): void {
    if (this.#to + length > this.#bytes.length) this.#moveTo(this.#to - this.#from + length)
  }

  /** Moves what is held to the start of the memory, which has room for so many bytes then. */
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

  /** Lets what is under way end. */
  async close(): Promise<void> {
    await this.#pieces.return?.()
  }
}

/** Room that one window after the other uses; it grows. */
export interface WindowMemory {
  window: Uint8Array
}

/** Bytes asked for at a time: long enough that an S3 request's latency is paid seldom. */
const REQUEST_BYTES = 512 * 1024
/** Requests on their way for each of the columns that are read side by side: 4 MiB for four of them. */
const REQUESTS_AHEAD = 2

/** Room for the answers under way. */
export type RequestMemory = Uint8Array[]

export function requestMemory(): RequestMemory {
  // they grow: the chunks of a small file need little, and a warm function spent a third of its time freeing the rest
  return Array.from({ length: REQUESTS_AHEAD }, () => new Uint8Array(0))
}

/** A range of the source, with the next requests on their way while a piece is used. */
export async function* readAhead(
  source: ByteSource,
  start: number,
  end: number,
  memory: RequestMemory,
): AsyncGenerator<Uint8Array> {
  const pending: Promise<Uint8Array>[] = []
  let [requested, count] = [start, 0]
  const request = () => {
    if (requested >= end) return
    const from = requested
    requested = Math.min(end, from + REQUEST_BYTES)
    // the piece that was put here before has been used
    const slot = count++ % REQUESTS_AHEAD
    const piece = source.slice(from, requested, (length) => {
      if (memory[slot]!.length < length) memory[slot] = new Uint8Array(length)
      return memory[slot]!.subarray(0, length)
    })
    // a failure surfaces where the bytes are awaited; without this, one that nobody comes to await ends the process
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
    // their buffers may be used again afterwards
    await Promise.allSettled(pending)
  }
}
