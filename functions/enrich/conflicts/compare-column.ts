/**
 * Compares one column of the removed rows with that of the rows kept in their place: the keys of kept rows are held, and those
 * of removed rows are compared while they stream by.
 *
 * If too many kept rows have duplicates to hold all their keys, they are held in rounds, some in each
 * round. Keys of removed rows wait on disk for their round: two passes over the column at most.
 */
import type { DuplicatePairs, PairRuns } from '../../market/duplicates/duplicate-pairs.ts'
import type { RemovedRows, RowSet } from '../../market/duplicates/row-set.ts'
import { readColumn } from '../../parquet/read/column-reader.ts'
import { PageStore } from '../../shared/page-store.ts'
import { leafOf, type MarketFile } from '../market-file.ts'
import { type KeyReader, keyReader, type WriteKeys } from './compared-keys.ts'

/** Memory for keys of kept rows: a million prices. */
const HELD_BYTES = 8 * 1024 * 1024
/** Keys of removed rows that are read from a piece at once. */
const BATCH_ROWS = 1024
/** Waiting keys of one round are gathered up to this size before they are stored. */
const GATHERED_BYTES = 16 * 1024
const WAITING = {
  what: 'the duplicates to be compared',
  remedy: 'split the file, or allow more space',
  heldBytes: 8 * 1024 * 1024,
}

export interface Duplicates {
  readonly pairs: DuplicatePairs
  readonly removed: RemovedRows
  /** The kept rows that have duplicates. */
  readonly kept: RowSet
}

/**
 * @param onDifference called with each removed row that differs
 * @param heldBytes memory for keys of kept rows; less makes more rounds
 */
export async function compareColumn(
  file: MarketFile,
  column: number,
  duplicates: Duplicates,
  onDifference: (row: number) => void,
  heldBytes = HELD_BYTES,
): Promise<void> {
  const store = new PageStore(WAITING)
  try {
    await new ColumnComparison({ file, column, duplicates, onDifference, store, heldBytes }).compareAll()
  } finally {
    store.close()
  }
}

interface Compared {
  readonly file: MarketFile
  readonly column: number
  readonly duplicates: Duplicates
  readonly onDifference: (row: number) => void
  readonly store: PageStore
  readonly heldBytes: number
}

class ColumnComparison {
  readonly #file: MarketFile
  readonly #column: number
  readonly #duplicates: Duplicates
  readonly #onDifference: (row: number) => void
  readonly #keys: KeyReader
  /** Kept rows per round. */
  readonly #roundRows: number
  readonly #held: Int32Array
  readonly #waiting: WaitingKeys[]
  /** Keys of consecutive removed rows. */
  readonly #batch: Int32Array

  constructor({ file, column, duplicates, onDifference, store, heldBytes }: Compared) {
    this.#file = file
    this.#column = column
    this.#duplicates = duplicates
    this.#onDifference = onDifference
    this.#keys = keyReader(file.descriptions[column]!)
    const { words } = this.#keys
    this.#roundRows = Math.max(1, Math.min(duplicates.kept.size, Math.floor(heldBytes / (4 * words))))
    this.#held = new Int32Array(this.#roundRows * words)
    const rounds = Math.ceil(duplicates.kept.size / this.#roundRows)
    this.#waiting = Array.from({ length: rounds }, () => new WaitingKeys(words, store))
    this.#batch = new Int32Array(BATCH_ROWS * words)
  }

  async compareAll(): Promise<void> {
    await this.#compareFirstRound()
    if (this.#waiting.some((waiting, round) => round > 0 && waiting.size > 0)) await this.#compareFurtherRounds()
  }

  /** Compares the rows whose kept row belongs to the first round; the others wait. */
  async #compareFirstRound(): Promise<void> {
    const { kept, removed, pairs } = this.#duplicates
    const runs = pairs.runs()
    const needs = (from: number, to: number) => kept.countIn(from, to) + removed.countIn(from, to) > 0
    await this.#read(needs, (writeKeys, firstRow, end) => {
      this.#hold(0, writeKeys, firstRow, end)
      while (runs.count > 0 && runs.dropped < end) {
        const count = Math.min(runs.count, end - runs.dropped, BATCH_ROWS)
        writeKeys(runs.dropped - firstRow, runs.dropped - firstRow + count, this.#batch, 0)
        this.#compareBatch(runs, count, end)
        runs.skip(count)
      }
    })
    // removed rows that come before their kept row
    this.#compareWaiting(0)
  }

  /** Holds the keys of each further round, and compares the keys that wait for it. */
  async #compareFurtherRounds(): Promise<void> {
    const { kept } = this.#duplicates
    const roundOf = (row: number) => Math.floor(kept.rankOf(row) / this.#roundRows)
    const needs = (from: number, to: number) => {
      if (kept.countIn(from, to) === 0) return false
      return this.#waiting.slice(Math.max(1, roundOf(from)), roundOf(to - 1) + 1).some(({ size }) => size > 0)
    }
    let round = 1
    await this.#read(needs, (writeKeys, firstRow, end) => {
      // nothing waits for rounds whose rows were skipped
      for (const first = roundOf(firstRow); round < first; round++) this.#compareWaiting(round)
      while (this.#hold(round, writeKeys, firstRow, end)) this.#compareWaiting(round++)
    })
    this.#compareWaiting(round)
  }

  #compareWaiting(round: number): void {
    this.#waiting[round]?.visit((row, rank, keys, at) => {
      if (this.#differs(keys, at, rank - round * this.#roundRows)) this.#onDifference(row)
    })
  }

  async #read(
    needs: (from: number, to: number) => boolean,
    use: (writeKeys: WriteKeys, firstRow: number, end: number) => void,
  ): Promise<void> {
    const { source, footer } = this.#file
    const leaf = leafOf(this.#file, this.#column)
    const pieces = readColumn(
      source,
      footer,
      leaf,
      (raw, firstRow) => use(this.#keys.of(raw, firstRow), firstRow, firstRow + raw.rows),
      { needs },
    )
    for await (const _ of pieces);
  }

  /**
   * Holds the keys of the kept rows of a piece that have duplicates and belong to the round.
   * @returns whether the piece has a row of a later round
   */
  #hold(round: number, writeKeys: WriteKeys, firstRow: number, end: number): boolean {
    const { kept } = this.#duplicates
    const { words } = this.#keys
    let at = kept.rankOf(firstRow) - round * this.#roundRows
    for (let row = kept.nextIn(firstRow, end); row < end; row = kept.nextIn(row + 1, end)) {
      if (at === this.#roundRows) return true
      if (at >= 0) writeKeys(row - firstRow, row - firstRow + 1, this.#held, at * words)
      at++
    }
    return false
  }

  /** @param end row after those whose keys are held, if they belong to the first round */
  #compareBatch(run: PairRuns, count: number, end: number): void {
    const { dropped, step } = run
    const { words } = this.#keys
    // consecutive kept rows have consecutive ranks
    const rank = this.#duplicates.kept.rankOf(run.kept)
    const isHeld = rank + step * (count - 1) < this.#roundRows && run.keptBehind(count) <= end
    for (let i = 0; i < count; i++) {
      const rankOfKept = rank + i * step
      if (!isHeld) {
        const waiting = this.#waiting[Math.floor(rankOfKept / this.#roundRows)]!
        waiting.add(dropped + i, rankOfKept, this.#batch, i * words)
      } else if (this.#differs(this.#batch, i * words, rankOfKept)) this.#onDifference(dropped + i)
    }
  }

  /** @param place of the kept row's key among the held ones */
  #differs(keys: Int32Array, at: number, place: number): boolean {
    const { words } = this.#keys
    for (let word = 0; word < words; word++) if (keys[at + word] !== this.#held[place * words + word]) return true
    return false
  }
}

/** Keys of removed rows whose kept row belongs to a later round. */
class WaitingKeys {
  readonly #store: PageStore
  readonly #words: number
  readonly #stored: { bytes(): Uint8Array }[] = []
  #gathered = new Int32Array(0)
  #length = 0
  size = 0

  constructor(words: number, store: PageStore) {
    this.#words = words
    this.#store = store
  }

  add(row: number, rank: number, keys: Int32Array, at: number): void {
    if (this.#length + 2 + this.#words > this.#gathered.length) {
      if (this.#length > 0) this.#stored.push(this.#store.put(this.#bytes().slice()))
      else this.#gathered = new Int32Array(GATHERED_BYTES / 4)
      this.#length = 0
    }
    this.#gathered[this.#length++] = row
    this.#gathered[this.#length++] = rank
    for (let word = 0; word < this.#words; word++) this.#gathered[this.#length++] = keys[at + word]!
    this.size++
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#gathered.buffer, 0, 4 * this.#length)
  }

  visit(use: (row: number, rank: number, keys: Int32Array, at: number) => void): void {
    for (const stored of [...this.#stored, { bytes: () => this.#bytes() }]) {
      const bytes = stored.bytes()
      const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
      for (let at = 0; at < words.length; at += 2 + this.#words) use(words[at]!, words[at + 1]!, words, at + 2)
    }
  }
}
