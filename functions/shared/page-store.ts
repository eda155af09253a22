/**
 * Stores encoded pages until their place in the output is known: the first ones in memory, the rest in a file without a
 * name.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { RefusedError } from './errors.ts'

export interface Stored {
  /** The content and a remedy, for messages. */
  readonly what: string
  readonly remedy: string
  /** Bytes that stay in memory. */
  readonly heldBytes: number
}

/** Enough for the new columns of about 3 million rows. */
const PAGES_OF_NEW_COLUMNS: Stored = {
  what: 'the new columns',
  remedy: 'split the file, compute fewer Supertrends, or allow more space',
  heldBytes: 16 * 1024 * 1024,
}

export interface StoredPage {
  readonly length: number
  bytes(): Uint8Array
}

/** Pages that are at most as long share an array: one of its own would take more memory than they do. */
const SMALL_PAGE_BYTES = 1024
const SHARED_BYTES = 64 * 1024

/** Small pages side by side in memory. */
class SmallPages {
  #bytes = new Uint8Array(0)
  #length = 0

  put(bytes: Uint8Array): StoredPage {
    if (this.#length + bytes.length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SHARED_BYTES)
      this.#length = 0
    }
    const [shared, start] = [this.#bytes, this.#length]
    shared.set(bytes, start)
    this.#length += bytes.length
    return new SmallPage(shared, start, bytes.length)
  }
}

class SmallPage implements StoredPage {
  readonly #shared: Uint8Array
  readonly #start: number
  readonly length: number

  constructor(shared: Uint8Array, start: number, length: number) {
    this.#shared = shared
    this.#start = start
    this.length = length
  }

  bytes(): Uint8Array {
    return this.#shared.subarray(this.#start, this.#start + this.length)
  }
}

export class PageStore {
  readonly #small = new SmallPages()
  #heldBytes = 0
  #file: number | undefined
  #fileBytes = 0
  readonly #stored: Stored

  constructor(stored = PAGES_OF_NEW_COLUMNS) {
    this.#stored = stored
  }

  /**
   * @param bytes must not change afterwards
   * @throws RefusedError `too-big` when the disk for temporary files is full
   */
  put(bytes: Uint8Array): StoredPage {
    if (this.#heldBytes + bytes.length <= this.#stored.heldBytes) {
      this.#heldBytes += bytes.length
      if (bytes.length <= SMALL_PAGE_BYTES) return this.#small.put(bytes)
      return { length: bytes.length, bytes: () => bytes }
    }
    const at = this.#fileBytes
    this.#write(bytes)
    return this.#pageAt(at, bytes.length)
  }

  /** A separate method, so that the closure does not capture `bytes`. */
  #pageAt(at: number, length: number): StoredPage {
    return { length, bytes: () => this.#read(at, length) }
  }

  #write(bytes: Uint8Array): void {
    try {
      this.#file ??= namelessFile()
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done, bytes.length - done)
      this.#fileBytes += bytes.length
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
      if (!isFull) throw error
      const { what, remedy } = this.#stored
      throw new RefusedError(
        'too-big',
        `${what} take more than the ${this.#fileBytes} bytes that are free for temporary files; ${remedy}`,
        { cause: error },
      )
    }
  }

  #read(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const count = readSync(this.#file!, bytes, done, length - done, at + done)
      if (count === 0) throw new Error('the file of pages became shorter')
      done += count
    }
    return bytes
  }

  /** Frees the disk space. The pages cannot be read afterwards. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

/** The file is removed as soon as it is open, so nothing is left however the process ends. */
function namelessFile(): number {
  const { randomUUID } = process.getBuiltinModule('node:crypto')
  const name = path.join(os.tmpdir(), `parquet-supertrend-${randomUUID()}.pages`)
  const file = openSync(name, 'wx+', 0o600)
  rmSync(name, { force: true })
  return file
}
