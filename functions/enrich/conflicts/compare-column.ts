/**
 * One column of the dropped rows against that of the rows that are kept for them: keys of kept rows are held, those of
 * dropped rows compared as they stream by.
 *
 * When more rows are kept for others than can be held, they are taken in parts, each of which is held for a while. Keys of
 * dropped rows whose part is not held wait on disk until it is: two passes over the column at the most.
 */
import type { DuplicatePairs, PairRuns } from '../../market/duplicates/duplicate-pairs.ts'
import type { DroppedRows, RowSet } from '../../market/duplicates/row-set.ts'
import { readColumn } from '../../parquet/read/column-reader.ts'
import { PageStore } from '../../parquet/write/page-store.ts'
import { leafOf, type MarketFile } from '../market-file.ts'
import { type KeyReader, keyReader, type WriteKeys } from './compared-keys.ts'

/** Keys of kept rows that are held: those of a million prices. */
const HELD_BYTES = 8 * 1024 * 1024
/** Keys of dropped rows that are taken from a piece at once. */
const BATCH_ROWS = 1024
/** Waiting keys of one part that are gathered before they are stored. */
const GATHERED_BYTES = 16 * 1024
const WAITING = {
  what: 'the duplicates to be compared',
  remedy: 'split the file, or allow more space',
  heldBytes: 8 * 1024 * 1024,
}

export interface Duplicates {
  readonly pairs: DuplicatePairs
  readonly dropped: DroppedRows
  /** The rows that are kept for others. */
  readonly kept: RowSet
}

/**
 * @param onDifference told each dropped row that differs
 * @param heldBytes less of them make more parts
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
  /** Kept rows of a part. */
  readonly #partRows: number
  readonly #held: Int32Array
  readonly #waiting: WaitingKeys[]
  /** Keys of dropped rows that follow each other. */
  readonly #batch: Int32Array

  constructor({ file, column, duplicates, onDifference, store, heldBytes }: Compared) {
    this.#file = file
    this.#column = column
    this.#duplicates = duplicates
    this.#onDifference = onDifference
    this.#keys = keyReader(file.descriptions[column]!)
    const { words } = this.#keys
    this.#partRows = Math.max(1, Math.min(duplicates.kept.size, Math.floor(heldBytes / (4 * words))))
    this.#held = new Int32Array(this.#partRows * words)
    const parts = Math.ceil(duplicates.kept.size / this.#partRows)
    this.#waiting = Array.from({ length: parts }, () => new WaitingKeys(words, store))
    this.#batch = new Int32Array(BATCH_ROWS * words)
  }

  async compareAll(): Promise<void> {
    await this.#comparePart0()
    if (this.#waiting.some((waiting, part) => part > 0 && waiting.size > 0)) await this.#compareParts()
  }

  /** Compares all rows whose kept row belongs to the first part; the others wait. */
  async #comparePart0(): Promise<void> {
    const { kept, dropped, pairs } = this.#duplicates
    const runs = pairs.runs()
    const needs = (from: number, to: number) => kept.countIn(from, to) + dropped.countIn(from, to) > 0
    await this.#read(needs, (writeKeys, firstRow, end) => {
      this.#hold(0, writeKeys, firstRow, end)
      while (runs.count > 0 && runs.dropped < end) {
        const count = Math.min(runs.count, end - runs.dropped, BATCH_ROWS)
        writeKeys(runs.dropped - firstRow, runs.dropped - firstRow + count, this.#batch, 0)
        this.#compareBatch(runs, count, end)
        runs.skip(count)
      }
    })
    // those that came before their kept row
    this.#compareWaiting(0)
  }

  /** Holds the other parts one after the other, and compares what waits for each. */
  async #compareParts(): Promise<void> {
    const { kept } = this.#duplicates
    const partOf = (row: number) => Math.floor(kept.rankOf(row) / this.#partRows)
    const needs = (from: number, to: number) => {
      if (kept.countIn(from, to) === 0) return false
      return this.#waiting.slice(Math.max(1, partOf(from)), partOf(to - 1) + 1).some(({ size }) => size > 0)
    }
    let part = 1
    await this.#read(needs, (writeKeys, firstRow, end) => {
      // nothing waits for a part whose rows were passed over
      for (const first = partOf(firstRow); part < first; part++) this.#compareWaiting(part)
      while (this.#hold(part, writeKeys, firstRow, end)) this.#compareWaiting(part++)
    })
    this.#compareWaiting(part)
  }

  #compareWaiting(part: number): void {
    this.#waiting[part]?.visit((row, rank, keys, at) => {
      if (this.#differs(keys, at, rank - part * this.#partRows)) this.#onDifference(row)
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
      needs,
    )
    for await (const _ of pieces);
  }

  /**
   * Holds the keys of those rows of a piece that are kept for others and belong to the part.
   * @returns whether a row behind the part is in the piece
   */
  #hold(part: number, writeKeys: WriteKeys, firstRow: number, end: number): boolean {
    const { kept } = this.#duplicates
    const { words } = this.#keys
    let at = kept.rankOf(firstRow) - part * this.#partRows
    for (let row = kept.nextIn(firstRow, end); row < end; row = kept.nextIn(row + 1, end)) {
      if (at === this.#partRows) return true
      if (at >= 0) writeKeys(row - firstRow, row - firstRow + 1, this.#held, at * words)
      at++
    }
    return false
  }

  /** @param end of the rows whose keys are known, if they are of the first part */
  #compareBatch(run: PairRuns, count: number, end: number): void {
    const { dropped, step } = run
    const { words } = this.#keys
    // rows that follow each other and are kept for others have ranks that follow each other
    const rank = this.#duplicates.kept.rankOf(run.kept)
    const isHeld = rank + step * (count - 1) < this.#partRows && run.keptBehind(count) <= end
    for (let i = 0; i < count; i++) {
      const rankOfKept = rank + i * step
      if (!isHeld) {
        const waiting = this.#waiting[Math.floor(rankOfKept / this.#partRows)]!
        waiting.add(dropped + i, rankOfKept, this.#batch, i * words)
      } else if (this.#differs(this.#batch, i * words, rankOfKept)) this.#onDifference(dropped + i)
    }
  }

  /** @param place of the kept row's key among those held */
  #differs(keys: Int32Array, at: number, place: number): boolean {
    const { words } = this.#keys
    for (let word = 0; word < words; word++) if (keys[at + word] !== this.#held[place * words + word]) return true
    return false
  }
}

/** Keys of dropped rows whose kept row belongs to a part that is not held yet. */
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
