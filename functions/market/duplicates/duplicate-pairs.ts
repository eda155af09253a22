/** Pairs of a removed row and the row that is kept in its place. */
import { RowSet } from './row-set.ts'

/** Stores encoded pairs until all are known. */
export interface PairStore {
  /** @param bytes must not change afterwards */
  put(bytes: Uint8Array): { bytes(): Uint8Array }
}

const IN_MEMORY: PairStore = { put: (bytes) => ({ bytes: () => bytes }) }

/** Runs are encoded in buffers of this many bytes, each of which can be decoded alone. */
const RUN_BUFFER_BYTES = 64 * 1024
/** Three integers of 32 bits, with seven bits per byte. */
const MAX_RUN_BYTES = 15

/**
 * Pairs in ascending order of the removed rows. They take a few bytes per run: an overlapping append of any length is one
 * run, and so are all copies of the last bar. Rows removed here and there take 3 to 7 bytes each.
 */
export class DuplicatePairs {
  readonly #store: PairStore
  readonly #full: { bytes(): Uint8Array }[] = []
  #buffer = new Uint8Array(0)
  #length = 0
  /** The end of the run before: the next run in the buffer is stored as the difference. */
  #end = 0
  #endKept = 0
  /** The open run. */
  #dropped = 0
  #kept = 0
  #step = 0
  #count = 0
  /** Number of removed rows. */
  size = 0

  constructor(store: PairStore = IN_MEMORY) {
    this.#store = store
  }

  /** @param dropped a row after all that were added before */
  add(dropped: number, kept: number): void {
    this.size++
    if (this.#count > 0 && dropped === this.#dropped + this.#count) {
      if (this.#count === 1 && kept === this.#kept + 1) this.#step = 1
      if (kept === this.#kept + this.#step * this.#count) {
        this.#count++
        return
      }
    }
    this.#start(dropped, kept, 1)
  }

  /** Adds `count` removed rows from `dropped` on, all with the same kept row. */
  addAll(dropped: number, count: number, kept: number): void {
    this.size += count
    this.#start(dropped, kept, count)
  }

  #start(dropped: number, kept: number, count: number): void {
    this.#writeRun()
    this.#dropped = dropped
    this.#kept = kept
    this.#step = 0
    this.#count = count
  }

  #writeRun(): void {
    if (this.#count === 0) return
    if (this.#length + MAX_RUN_BYTES > this.#buffer.length) this.#makeRoom()
    const [dropped, kept] = [this.#dropped - this.#end, this.#kept - this.#endKept]
    this.#end = this.#dropped + this.#count
    this.#endKept = this.#kept
    this.#writeInteger(dropped)
    this.#writeInteger((kept << 1) ^ (kept >> 31))
    this.#writeInteger(this.#count * 2 + this.#step)
    this.#count = 0
  }

  #makeRoom(): void {
    if (this.#length === 0) {
      this.#buffer = new Uint8Array(RUN_BUFFER_BYTES)
      return
    }
    this.#full.push(this.#store.put(this.#buffer.slice(0, this.#length)))
    this.#length = 0
    this.#end = 0
    this.#endKept = 0
  }

  #writeInteger(value: number): void {
    let rest = value >>> 0
    for (; rest > 127; rest >>>= 7) this.#buffer[this.#length++] = (rest & 127) | 128
    this.#buffer[this.#length++] = rest
  }

  /** Reads the pairs from the first on; pairs that are added later may be missing. */
  runs(): PairRuns {
    this.#writeRun()
    return new PairRuns([...this.#full, { bytes: () => this.#buffer.subarray(0, this.#length) }])
  }

  *[Symbol.iterator](): Generator<readonly [dropped: number, kept: number]> {
    for (const run = this.runs(); run.count > 0; run.skip(1)) yield [run.dropped, run.kept]
  }

  /** The rows in whose favour others are removed. @param rows of the file */
  keptRows(rows: number): RowSet {
    const set = new RowSet(rows)
    for (const run = this.runs(); run.count > 0; run.skip(run.count)) set.add(run.kept, run.keptBehind(run.count))
    return set
  }
}

/**
 * A cursor over the pairs: consecutive removed rows whose kept row is one row, or as many consecutive ones. It moves on in
 * place, so that reading allocates nothing per pair.
 */
export class PairRuns {
  readonly #buffers: readonly { bytes(): Uint8Array }[]
  #next = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  /** The end of the last decoded run, and the kept row of its first row. */
  #end = 0
  #endKept = 0
  dropped = 0
  /** The row that is kept in place of `dropped`. */
  kept = 0
  /** The distance to the kept row of the next removed row: 0 or 1. */
  step = 0
  /** Removed rows from here on; 0 after the last pair. */
  count = 0

  constructor(buffers: readonly { bytes(): Uint8Array }[]) {
    this.#buffers = buffers
    this.skip(0)
  }

  /** Skips the first `rows` of the run; after the last of them the next run follows. */
  skip(rows: number): void {
    this.dropped += rows
    this.kept += rows * this.step
    this.count -= rows
    if (this.count === 0) this.#decode()
  }

  /** The row after the kept rows of the next `rows`. */
  keptBehind(rows: number): number {
    return this.kept + this.step * (rows - 1) + 1
  }

  #decode(): void {
    while (this.#at === this.#bytes.length) {
      if (this.#next === this.#buffers.length) return
      this.#bytes = this.#buffers[this.#next++]!.bytes()
      this.#at = this.#end = this.#endKept = 0
    }
    this.dropped = this.#end + this.#readInteger()
    const kept = this.#readInteger()
    this.kept = this.#endKept + ((kept >>> 1) ^ -(kept & 1))
    const count = this.#readInteger()
    this.step = count & 1
    this.count = count >>> 1
    this.#end = this.dropped + this.count
    this.#endKept = this.kept
  }

  #readInteger(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++]!
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
}
