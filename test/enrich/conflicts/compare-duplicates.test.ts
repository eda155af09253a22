import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { compareColumn, type Duplicates } from '../../../functions/enrich/conflicts/compare-column.ts'
import { compareDuplicates, valuesAt } from '../../../functions/enrich/conflicts/compare-duplicates.ts'
import { valuesAtRows } from '../../../functions/enrich/conflicts/conflict-sample.ts'
import { openMarketFile } from '../../../functions/enrich/market-file.ts'
import { DuplicatePairs } from '../../../functions/market/duplicates/duplicate-pairs.ts'
import { RemovedRows } from '../../../functions/market/duplicates/row-set.ts'
import { leavesOf } from '../../../functions/parquet/format/footer.ts'
import {
  type Bar,
  barsFile,
  duckDbRun,
  enrichBytes,
  memorySource,
  readRows,
  SETTINGS,
  someBars,
  temporaryFolder,
  type WriteOptions,
} from '../../parquet-files.ts'

const scratch = temporaryFolder()

/** @param pairs ascending by dropped row */
function duplicatesOf(rows: number, pairs: Iterable<readonly [dropped: number, kept: number]>): Duplicates {
  const removed = new RemovedRows(rows)
  const all = new DuplicatePairs()
  for (const [row, kept] of pairs) {
    removed.add(row)
    all.add(row, kept)
  }
  return { pairs: all, removed, kept: all.keptRows(rows) }
}

const open = (bytes: Uint8Array) => openMarketFile(memorySource(bytes), SETTINGS)
const isSame = (a: number | null, b: number | null) => a === b || (Number.isNaN(a) && Number.isNaN(b))

/** Few values, so that some are equal. */
const anyPrice = fc.constantFrom(null, Number.NaN, 0, -0, 100, 100.5)
const anyBar = fc.record({ open: anyPrice, high: anyPrice, low: anyPrice, close: anyPrice, volume: anyPrice })
/** Which row is kept for a row, if that one is dropped: some before, some behind it. */
const anyDuplicates = fc.array(fc.tuple(anyBar, fc.boolean(), fc.nat()), { minLength: 2, maxLength: 80 })
const layout = fc.record({ rowGroupSize: fc.constantFrom(1, 7, 1000), pageSize: fc.constantFrom(1, 100, 1_000_000) })

function barsAndPairs(rows: readonly (readonly [Omit<Bar, 'time'>, boolean, number])[]) {
  const bars = rows.map(([bar], i) => ({ time: i * 60_000, ...bar }))
  const kept = rows.flatMap(([, isDropped], row) => (isDropped ? [] : [row]))
  const pairs = rows.flatMap(([, isDropped, any], row) =>
    isDropped && kept.length > 0 ? [[row, kept[any % kept.length]!] as const] : [],
  )
  return { bars, pairs }
}

describe('the comparison of duplicates', () => {
  it('finds all differences, wherever the kept row is and however few of them can be held', async () => {
    const law = fc.asyncProperty(
      anyDuplicates,
      layout,
      fc.constantFrom(1, 8, 24, 2 ** 20),
      async (rows, layout, held) => {
        const { bars, pairs } = barsAndPairs(rows)
        const file = await open(barsFile(bars, layout))
        const differing: number[] = []
        const duplicates = duplicatesOf(bars.length, pairs)
        await compareColumn(file, file.columns.close, duplicates, (row) => differing.push(row), held)
        const expected = pairs.filter(([row, kept]) => !isSame(bars[row]!.close, bars[kept]!.close))
        assert.deepEqual(
          differing.sort((a, b) => a - b),
          expected.map(([row]) => row),
        )
      },
    )
    await fc.assert(law, { numRuns: 150 })
  })

  it('counts the rows that differ in any column, and names the columns of the first ones', async () => {
    const law = fc.asyncProperty(anyDuplicates, layout, async (rows, layout) => {
      const { bars, pairs } = barsAndPairs(rows)
      const compared = await compareDuplicates(await open(barsFile(bars, layout)), duplicatesOf(bars.length, pairs))
      const conflicts = pairs.flatMap(([row, keptRow]) => {
        const roles = ['open', 'high', 'low', 'close', 'volume'] as const
        const columns = roles.filter((role) => !isSame(bars[row]![role], bars[keptRow]![role]))
        return columns.length > 0 ? [{ row, keptRow, columns }] : []
      })
      assert.equal(compared.conflicting, conflicts.length)
      assert.deepEqual(compared.conflicts, conflicts.slice(0, 5))
      assert.deepEqual(
        compared.sample,
        conflicts.map(({ row, keptRow }) => ({ row, keptRow })),
      )
    })
    await fc.assert(law, { numRuns: 100 })
  })

  it('samples 4,096 of the conflicts, from the first part of the file to the last', async () => {
    const bars = someBars(20_000)
    // every second row against the one before, which has another price
    const pairs = Array.from({ length: 10_000 }, (_, i) => [2 * i + 1, 2 * i] as const)
    const { conflicting, sample } = await compareDuplicates(await open(barsFile(bars)), duplicatesOf(20_000, pairs))
    assert.equal(conflicting, 10_000)
    assert.equal(sample.length, 4096)
    assert.ok(sample.every(({ row, keptRow }) => row === keptRow + 1 && keptRow % 2 === 0))
    assert.ok(sample.every(({ row }, i) => i === 0 || row - sample[i - 1]!.row <= 6))
    assert.equal(sample[0]!.row, 1)
    assert.ok(sample.at(-1)!.row > 19_990)
  })

  it('waits for a kept row that comes with the next piece of the column', async () => {
    const bars = someBars(70_000).map((bar, row) => ({ ...bar, close: (row - 1) % 6 === 0 ? 1 : 2 }))
    const pairs = Array.from({ length: 34_999 }, (_, i) => [2 * i + 1, 2 * i + 2] as const)
    const file = await open(barsFile(bars))
    const differing: number[] = []
    await compareColumn(file, file.columns.close, duplicatesOf(bars.length, pairs), (row) => differing.push(row))
    assert.deepEqual(
      differing.sort((a, b) => a - b),
      pairs.flatMap(([row]) => (row % 6 === 1 ? [row] : [])),
    )
  })

  it('is exact in decimals that are one double and have one hash', async () => {
    // 31 times a byte plus the next one stay the same when one is more and the other 31 less
    const file = path.join(scratch, 'decimals.parquet')
    await duckDbRun(`COPY (SELECT TIMESTAMP '2024-01-01' AS datetime, 12.0 AS high, 9.0 AS low,
      (123456 + (100 + i * 225) * 0.000000000000000001::DECIMAL(38,18))::DECIMAL(38,18) AS close
      FROM (VALUES (0), (1), (0)) t(i)) TO '${file}' (FORMAT parquet)`)
    const { quality } = await enrichBytes(new Uint8Array(readFileSync(file)), { conflicts: 'drop' })
    assert.equal(quality.duplicatesDropped, 2)
    assert.deepEqual(quality.conflicts, [{ row: 1, keptRow: 0, columns: ['close'] }])
  })
})

describe('the cost of comparing duplicates', () => {
  async function readOf(bytes: Uint8Array, heldBytes?: number) {
    const source = memorySource(bytes)
    let bytesRead = 0
    const counting = {
      ...source,
      slice: (start: number, end: number) => {
        bytesRead += end - start
        return source.slice(start, end)
      },
    }
    const file = await openMarketFile(counting, SETTINGS)
    const { rows } = file.footer
    return async (pairs: Iterable<readonly [number, number]>) => {
      bytesRead = 0
      const duplicates = duplicatesOf(rows, pairs)
      await compareColumn(file, file.columns.close, duplicates, () => {}, heldBytes)
      return bytesRead
    }
  }

  const ROWS = 60_000
  const file = (options: WriteOptions = {}) =>
    barsFile(someBars(ROWS), { codec: 'UNCOMPRESSED', rowGroupSize: 10_000, ...options })
  /** The second half repeats rows of the first. */
  const half = (keptOf: (i: number) => number) =>
    Array.from({ length: ROWS / 2 }, (_, i) => [ROWS / 2 + i, keptOf(i)] as const)
  const spread = half((i) => (i * 7919) % (ROWS / 2))

  it('is one pass over the column, and a second one when not all kept rows can be held', async () => {
    const few = [[ROWS - 1, 0] as const]
    const once = await (await readOf(file()))(spread)
    assert.ok(once < 1.1 * 8 * ROWS, `${once} bytes`)
    assert.ok((await (await readOf(file()))(few)) < once / 2)
    for (const heldBytes of [ROWS, ROWS / 10, 1000]) {
      const bytes = await (await readOf(file(), heldBytes))(spread)
      assert.ok(bytes < 2.1 * once, `${bytes} bytes with ${heldBytes} held`)
    }
  })

  it('is the same for one time over and over', async () => {
    const bytes = await (await readOf(file(), 8))(half(() => 17))
    assert.ok(bytes < 1.1 * 8 * ROWS, `${bytes} bytes`)
  })
})

describe('values at some rows', () => {
  const bytes = new Uint8Array(
    readFileSync(new URL('../../golden/writers/pyarrow-types-pages-v2.parquet', import.meta.url)),
  )
  const rowsAsked = Uint32Array.from({ length: 60 }, (_, i) => 3 * i + (i % 2))

  it('are the numbers of a column of prices', async () => {
    const file = await open(bytes)
    const expected = await readRows(bytes)
    for (const name of ['high', 'decimal', 'int8', 'float16', 'float32']) {
      const column = file.descriptions.findIndex((description) => description.name === name)
      const { valueAt } = await valuesAt(file, column, rowsAsked)
      for (const row of rowsAsked) {
        const value = expected[row]![name] ?? null
        // hyparquet multiplies decimals with a power of ten, which rounds once more
        const of = typeof value === 'number' ? Number(value.toPrecision(12)) : value
        assert.deepEqual(valueAt(row), of, `${name} of row ${row}`)
      }
    }
  })

  it('are equal as stored exactly when they are equal, whatever the type', async () => {
    const expected = await readRows(bytes)
    const file = await open(bytes)
    const flat = leavesOf(file.footer).filter(({ nodes }) => nodes.length === 1)
    assert.ok(flat.length > 15)
    for (const { nodes } of flat) {
      const { name } = nodes[0]!
      const column = file.descriptions.findIndex((description) => description.name === name)
      const { codes: keys, texts } = await valuesAtRows(file, column, rowsAsked)
      assert.equal(keys.length, rowsAsked.length)
      const [keysByValue, valuesByKey] = [new Map<string, unknown>(), new Map<unknown, string>()]
      for (const [i, key] of keys.entries()) {
        const value = inspect(expected[rowsAsked[i]!]![name] ?? null)
        assert.equal(texts[key] === 'null', value === 'null', `${name} of row ${rowsAsked[i]}`)
        assert.equal(valuesByKey.get(key) ?? value, value)
        assert.equal(keysByValue.get(value) ?? key, key)
        valuesByKey.set(key, value)
        keysByValue.set(value, key)
      }
    }
  })
})
