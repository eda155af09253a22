/** Which row is kept for each dropped one. */
import { RowSet } from './row-set.ts'

/** Dropped rows that follow each other, kept for by one row, or by as many rows that follow each other as well. */
export interface PairRun {
  readonly dropped: number
  /** The row that is kept for the first of them. */
  readonly kept: number
  /** 0: for all of them; 1: for each the one after. */
  readonly step: 0 | 1
  readonly count: number
}

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
  #step: 0 | 1 = 0
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

  /** The runs in ascending order, as few as they are found to be. The object is the same each time, with other values. */
  *runs(): Generator<PairRun> {
    this.#writeRun()
    const blocks = [...this.#full, { bytes: () => this.#block.subarray(0, this.#length) }]
    const run = { dropped: 0, kept: 0, step: 0 as 0 | 1, count: 0 }
    for (const block of blocks) {
      const bytes = block.bytes()
      let at = 0
      const readInteger = () => {
        let [value, shift] = [0, 0]
        for (; bytes[at]! > 127; shift += 7) value |= (bytes[at++]! & 127) << shift
        return (value | (bytes[at++]! << shift)) >>> 0
      }
      run.dropped = run.kept = run.count = 0
      while (at < bytes.length) {
        run.dropped += run.count + readInteger()
        const kept = readInteger()
        run.kept += (kept >>> 1) ^ -(kept & 1)
        const count = readInteger()
        run.step = (count & 1) as 0 | 1
        run.count = count >>> 1
        yield run
      }
    }
  }

  *[Symbol.iterator](): Generator<readonly [dropped: number, kept: number]> {
    for (const { dropped, kept, step, count } of this.runs()) {
      for (let i = 0; i < count; i++) yield [dropped + i, kept + i * step]
    }
  }

  /** The rows that others are dropped for. @param rows of the file */
  keptRows(rows: number): RowSet {
    const set = new RowSet(rows)
    for (const { kept, step, count } of this.runs()) set.add(kept, kept + 1 + step * (count - 1))
    return set
  }
}
