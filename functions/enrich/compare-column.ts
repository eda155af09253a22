/**
 * One column of the dropped rows against that of the rows that are kept for them, in one pass over the file: keys of kept
 * rows are held, those of dropped rows compared as they stream by.
 *
 * When more rows are kept for others than can be held, they are taken in parts. Keys of dropped rows whose part is not
 * held wait on disk until it is: each page is read twice at the most, however many duplicates there are.
 */
import type { DuplicatePairs, PairRun } from '../market/duplicate-pairs.ts'
import type { DroppedRows } from '../market/duplicates.ts'
import type { RowSet } from '../market/row-set.ts'
import { readColumn } from '../parquet/column-reader.ts'
import { PageStore } from '../parquet/page-store.ts'
import { type KeyReader, keyReader } from './compared-keys.ts'
import { leafOf, type MarketFile } from './market-file.ts'

/** Keys of kept rows that are held: those of a million prices. */
const HELD_BYTES = 8 * 1024 * 1024
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
    const comparison = new Comparison(file, column, duplicates, onDifference, store, heldBytes)
    await comparison.compareAll()
  } finally {
    store.close()
  }
}

class Comparison {
  readonly #file: MarketFile
  readonly #column: number
  readonly #duplicates: Duplicates
  readonly #onDifference: (row: number) => void
  readonly #keys: KeyReader
  /** Kept rows of a part. */
  readonly #partRows: number
  readonly #held: Int32Array
  readonly #waiting: WaitingKeys[]
  readonly #key: Int32Array

  constructor(
    file: MarketFile,
    column: number,
    duplicates: Duplicates,
    onDifference: (row: number) => void,
    store: PageStore,
    heldBytes: number,
  ) {
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
    this.#key = new Int32Array(words)
  }

  async compareAll(): Promise<void> {
    await this.#comparePart0()
    for (const [part, waiting] of this.#waiting.entries()) {
      if (waiting.size === 0) continue
      if (part > 0) await this.#holdPart(part)
      waiting.compareEach((row, rank, key, at) => this.#compare(row, rank - part * this.#partRows, key, at))
    }
  }

  /** Compares what has its kept row in the first part, if that comes first; the rest waits. */
  async #comparePart0(): Promise<void> {
    const { kept, dropped, pairs } = this.#duplicates
    const runs = new RunReader(pairs)
    const needs = (from: number, to: number) => kept.countIn(from, to) + dropped.countIn(from, to) > 0
    await this.#read(needs, (keyAt, firstRow, end) => {
      this.#hold(0, keyAt, firstRow, end)
      while (runs.count > 0 && runs.dropped < end) {
        const count = Math.min(runs.count, end - runs.dropped)
        this.#compareRun(runs, count, keyAt, firstRow, end)
        runs.skip(count)
      }
    })
  }

  async #read(
    needs: (from: number, to: number) => boolean,
    use: (keyAt: ReturnType<KeyReader['of']>, firstRow: number, end: number) => void,
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

  /** Holds the keys of those rows of a piece that are kept for others and belong to the part. */
  #hold(part: number, keyAt: ReturnType<KeyReader['of']>, firstRow: number, end: number): void {
    const { kept } = this.#duplicates
    const { words } = this.#keys
    let at = kept.rankOf(firstRow) - part * this.#partRows
    for (let row = kept.nextIn(firstRow, end); row < end && at < this.#partRows; row = kept.nextIn(row + 1, end)) {
      if (at >= 0) keyAt(row - firstRow, this.#held, at * words)
      at++
    }
  }

  async #holdPart(part: number): Promise<void> {
    const { kept } = this.#duplicates
    const [first, last] = [part * this.#partRows, (part + 1) * this.#partRows]
    const needs = (from: number, to: number) =>
      kept.rankOf(to) > first && kept.rankOf(from) < last && kept.countIn(from, to) > 0
    await this.#read(needs, (keyAt, firstRow, end) => this.#hold(part, keyAt, firstRow, end))
  }

  #compareRun(
    { dropped, kept, step }: PairRun,
    count: number,
    keyAt: ReturnType<KeyReader['of']>,
    firstRow: number,
    end: number,
  ): void {
    const rank = this.#duplicates.kept.rankOf(kept)
    const isHeld = rank + step * (count - 1) < this.#partRows && kept + step * (count - 1) < end
    for (let i = 0; i < count; i++) {
      const row = dropped + i
      // rows that follow each other and are kept for others have ranks that follow each other
      const rankOfKept = rank + i * step
      keyAt(row - firstRow, this.#key, 0)
      if (isHeld) this.#compare(row, rankOfKept, this.#key, 0)
      else this.#waiting[Math.floor(rankOfKept / this.#partRows)]!.add(row, rankOfKept, this.#key)
    }
  }

  /** @param place of the kept row's key among those held */
  #compare(row: number, place: number, key: Int32Array, at: number): void {
    const { words } = this.#keys
    for (let word = 0; word < words; word++) {
      if (key[at + word] === this.#held[place * words + word]) continue
      this.#onDifference(row)
      return
    }
  }
}

/** The runs of pairs, cut where pieces end. */
class RunReader implements PairRun {
  readonly #runs: Generator<PairRun>
  dropped = 0
  kept = 0
  step: 0 | 1 = 0
  /** 0 behind the last run. */
  count = 0

  constructor(pairs: DuplicatePairs) {
    this.#runs = pairs.runs()
    this.skip(0)
  }

  /** Goes past the first rows of the run. */
  skip(rows: number): void {
    this.dropped += rows
    this.kept += rows * this.step
    this.count -= rows
    if (this.count > 0) return
    const { value, done } = this.#runs.next()
    if (done) return
    this.dropped = value.dropped
    this.kept = value.kept
    this.step = value.step
    this.count = value.count
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

  add(row: number, rank: number, key: Int32Array): void {
    if (this.#length + 2 + this.#words > this.#gathered.length) {
      if (this.#length > 0) this.#stored.push(this.#store.put(this.#bytes().slice()))
      else this.#gathered = new Int32Array(GATHERED_BYTES / 4)
      this.#length = 0
    }
    this.#gathered[this.#length++] = row
    this.#gathered[this.#length++] = rank
    for (let word = 0; word < this.#words; word++) this.#gathered[this.#length++] = key[word]!
    this.size++
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#gathered.buffer, 0, 4 * this.#length)
  }

  compareEach(compare: (row: number, rank: number, key: Int32Array, at: number) => void): void {
    for (const stored of [...this.#stored, { bytes: () => this.#bytes() }]) {
      const bytes = stored.bytes()
      const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
      for (let at = 0; at < words.length; at += 2 + this.#words) compare(words[at]!, words[at + 1]!, words, at + 2)
    }
  }
}
