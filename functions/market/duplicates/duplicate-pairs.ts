/** Which row is kept for each dropped one. */
import { RowSet } from './row-set.ts'

/** Where pairs are put that are not needed before all are known. */
export interface PairStore {
  /** @param bytes do not change afterwards */
  put(bytes: Uint8Array): { bytes(): Uint8Array }
}

const IN_MEMORY: PairStore = { put: (bytes) => ({ bytes: () => bytes }) }

/** Runs are encoded in blocks of this many bytes; each is decoded without those before it. */
const BLOCK_BYTES = 64 * 1024
/** Three integers of 32 bits, seven a byte. */
const MAX_RUN_BYTES = 15

/**
 * Pairs of rows, the dropped one and the one kept in its place, in ascending order of the dropped ones. They take a few
 * bytes for each run: an overlapping append of any length is one, and so are all copies of the last bar. Rows that are
 * dropped here and there take 3 to 7 bytes each.
 */
export class DuplicatePairs {
  readonly #store: PairStore
  readonly #full: { bytes(): Uint8Array }[] = []
  #block = new Uint8Array(0)
  #length = 0
  /** What the next run in the block is told apart from: the end of the one before. */
  #end = 0
  #endKept = 0
  /** The run that may go on. */
  #dropped = 0
  #kept = 0
  #step = 0
  #count = 0
  /** Rows dropped. */
  size = 0

  constructor(store: PairStore = IN_MEMORY) {
    this.#store = store
  }

  /** @param dropped a row behind all that were added before */
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

  /** Adds `count` rows from `dropped` on that one row is kept for. */
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
    if (this.#length + MAX_RUN_BYTES > this.#block.length) this.#makeRoom()
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
      this.#block = new Uint8Array(BLOCK_BYTES)
      return
    }
    this.#full.push(this.#store.put(this.#block.slice(0, this.#length)))
    this.#length = 0
    this.#end = 0
    this.#endKept = 0
  }

  #writeInteger(value: number): void {
    let rest = value >>> 0
    for (; rest > 127; rest >>>= 7) this.#block[this.#length++] = (rest & 127) | 128
    this.#block[this.#length++] = rest
  }

  /** Reads them from the first on; those that are added later need not be read. */
  runs(): PairRuns {
    this.#writeRun()
    return new PairRuns([...this.#full, { bytes: () => this.#block.subarray(0, this.#length) }])
  }

  *[Symbol.iterator](): Generator<readonly [dropped: number, kept: number]> {
    for (const run = this.runs(); run.count > 0; run.skip(1)) yield [run.dropped, run.kept]
  }

  /** The rows that others are dropped for. @param rows of the file */
  keptRows(rows: number): RowSet {
    const set = new RowSet(rows)
    for (const run = this.runs(); run.count > 0; run.skip(run.count)) set.add(run.kept, run.keptBehind(run.count))
    return set
  }
}

/**
 * Pairs as they are read: dropped rows that follow each other, kept for by one row or by as many that follow each other too.
 * It is moved on, so that reading makes no object for each of them.
 */
export class PairRuns {
  readonly #blocks: readonly { bytes(): Uint8Array }[]
  #next = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  /** Where the last run that was decoded ended, and the row that was kept for its first row. */
  #end = 0
  #endKept = 0
  dropped = 0
  /** The row that is kept for it. */
  kept = 0
  /** How far the next dropped row's kept row lies behind. */
  step = 0
  /** Dropped rows from here on; 0 behind the last pair. */
  count = 0

  constructor(blocks: readonly { bytes(): Uint8Array }[]) {
    this.#blocks = blocks
    this.skip(0)
  }

  /** Goes past the first `rows` of the run, and on to the next one if those are all. */
  skip(rows: number): void {
    this.dropped += rows
    this.kept += rows * this.step
    this.count -= rows
    if (this.count === 0) this.#decode()
  }

  /** The row behind those that are kept for the next `rows`. */
  keptBehind(rows: number): number {
    return this.kept + this.step * (rows - 1) + 1
  }

  #decode(): void {
    while (this.#at === this.#bytes.length) {
      if (this.#next === this.#blocks.length) return
      this.#bytes = this.#blocks[this.#next++]!.bytes()
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
