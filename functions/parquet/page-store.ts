/** Encoded pages until it is known where they go: the first in memory, the rest in a file that has no name. */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { RefusedError } from '../shared/errors.ts'

/** The new columns of about 3 million rows; of any more, only these are in memory. */
const HELD_BYTES = 16 * 1024 * 1024

export interface StoredPage {
  readonly length: number
  bytes(): Uint8Array
}

export class PageStore {
  #heldBytes = 0
  #file: number | undefined
  #fileBytes = 0

  /**
   * @param bytes must not change afterwards
   * @throws RefusedError `too-big` when the disk for temporary files is full
   */
  put(bytes: Uint8Array): StoredPage {
    if (this.#heldBytes + bytes.length <= HELD_BYTES) {
      this.#heldBytes += bytes.length
      return { length: bytes.length, bytes: () => bytes }
    }
    const at = this.#fileBytes
    this.#write(bytes)
    return this.#pageAt(at, bytes.length)
  }

  /** On its own: a function made in `put` would keep the bytes alive that are on disk now. */
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
      throw new RefusedError(
        'too-big',
        `the new columns take more than the ${this.#fileBytes} bytes that are free for temporary files; split the file, compute fewer Supertrends, or allow more space`,
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

  /** Gives the disk space back. Nothing can be read afterwards. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

/** Removed as soon as it is open: whatever ends the process, nothing stays. */
function namelessFile(): number {
  const { randomUUID } = process.getBuiltinModule('node:crypto')
  const name = path.join(os.tmpdir(), `parquet-supertrend-${randomUUID()}.pages`)
  const file = openSync(name, 'wx+', 0o600)
  rmSync(name, { force: true })
  return file
}
