import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { EnrichSettings } from '../../../functions/enrich/settings.ts'
import { RefusedError } from '../../../functions/shared/errors.ts'
import { type Bar, enrichBytes, someBars } from '../../parquet-files.ts'

interface Row extends Bar {
  readonly key?: string
}

function fileOf(rows: readonly Row[]): Uint8Array {
  const prices = (['open', 'high', 'low', 'close'] as const).map((name) => ({
    name,
    type: 'DOUBLE' as const,
    data: rows.map((row) => row[name]),
  }))
  const times = { name: 'datetime', type: 'TIMESTAMP' as const, data: rows.map(({ time }) => new Date(time)) }
  const keys = { name: 'timeframe', type: 'STRING' as const, data: rows.map(({ key }) => key) }
  const columnData = [times, ...prices, ...(rows[0]!.key === undefined ? [] : [keys])]
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

/** The code of the refusal, and the message or what is warned of. */
async function judged(rows: readonly Row[], settings: Partial<EnrichSettings> = {}) {
  try {
    const { quality } = await enrichBytes(fileOf(rows), settings)
    return { code: 'enriched', conflicting: quality.duplicatesConflicting, text: quality.warnings[0]?.message ?? '' }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return { code: error.code, conflicting: Number.parseInt(error.message, 10), text: error.message }
  }
}

const MINUTE = 60_000
const keyed = (bars: readonly Bar[], key: string): Row[] => bars.map((bar) => ({ ...bar, key }))
/** Bars of a minute, and of longer ones as many as make up the number of rows, each beside one of a minute. */
function twoLengths(rows: number, longer: number, minutes: number): Row[] {
  const long = someBars(longer, 2).map((bar, i) => ({ ...bar, time: bar.time + i * (minutes - 1) * MINUTE }))
  return [...keyed(someBars(rows - longer), '1m'), ...keyed(long, `${minutes}m`)]
}

describe('a column is looked for', () => {
  for (const [rows, conflicts, code] of [
    [1400, 19, 'enriched'],
    [1400, 20, 'ambiguous-series'],
    [400, 19, 'enriched'],
    [400, 20, 'ambiguous-series'],
    [380, 18, 'enriched'],
    [380, 19, 'ambiguous-series'],
    [200, 9, 'enriched'],
    [200, 10, 'ambiguous-series'],
    [40, 1, 'enriched'],
    [40, 2, 'ambiguous-series'],
  ] as const) {
    it(`with ${conflicts} conflicts in ${rows} rows: ${code}`, async () => {
      const found = await judged(twoLengths(rows, conflicts, 10))
      assert.deepEqual([found.code, found.conflicting], [code, conflicts], found.text)
      // one time alone does not show that values return
      assert.equal(/--symbol-column timeframe /.test(found.text), conflicts > 1, found.text)
    })
  }

  for (const [unexplained, code] of [
    [1, 'ambiguous-series'],
    [2, 'conflicting-duplicates'],
  ] as const) {
    it(`and found if it leaves ${unexplained} of 100 conflicts: ${code}`, async () => {
      const other = keyed(someBars(100, 2), '2m').map((row, i) => (i < unexplained ? { ...row, key: '1m' } : row))
      const found = await judged([...keyed(someBars(100), '1m'), ...other])
      assert.deepEqual([found.code, found.conflicting], [code, 100], found.text)
    })
  }

  for (const [more, code] of [
    [0, 'ambiguous-series'],
    [1, 'conflicting-duplicates'],
  ] as const) {
    it(`and found if it has ${20 + more} values in 200 rows: ${code}`, async () => {
      const sizes = more === 0 ? Array(20).fill(10) : [...Array(19).fill(10), 5, 5]
      const found = await judged(sizes.flatMap((size, i) => keyed(someBars(size, i + 1), `${i + 1}m`)))
      assert.equal(found.code, code, found.text)
    })
  }

  it('and found if it has two values, in a file of any size', async () => {
    const found = await judged(['1m', '2m'].flatMap((key, i) => keyed(someBars(3, i + 1), key)))
    assert.equal(found.code, 'ambiguous-series', found.text)
    const three = await judged(['1m', '2m', '3m'].flatMap((key, i) => keyed(someBars(6, i + 1), key)))
    assert.equal(three.code, 'conflicting-duplicates', three.text)
  })
})

describe('conflicts are too many', () => {
  /** The first bars come again. */
  const again = (count: number, bars: number): Row[] => {
    const rows = someBars(bars)
    return [...rows, ...rows.slice(0, count).map((bar) => ({ ...bar, close: bar.close! + 0.01 }))]
  }
  for (const [conflicts, bars, conflictLimit, code] of [
    // as many as are listed are never too many, unless none is allowed
    [5, 5, 0.25, 'enriched'],
    [6, 6, 0.25, 'conflicting-duplicates'],
    [1, 50, 0, 'conflicting-duplicates'],
    [0, 50, 0, 'enriched'],
    // a quarter of the rows
    [25, 75, 0.25, 'enriched'],
    [26, 75, 0.25, 'conflicting-duplicates'],
    [26, 75, 0.26, 'enriched'],
  ] as const) {
    it(`${conflicts} beside ${bars} bars with the limit ${conflictLimit}: ${code}`, async () => {
      const found = await judged(again(conflicts, bars), { conflictLimit })
      assert.equal(found.code, code, found.text)
    })
  }

  for (const [times, code] of [
    [25, 'enriched'],
    [26, 'conflicting-duplicates'],
  ] as const) {
    it(`if they are at ${times} of 100 times, however many come at each: ${code}`, async () => {
      const rows = someBars(100)
      const copies = rows
        .slice(0, times)
        .flatMap((bar) => [1, 2, 3].map((cents) => ({ ...bar, close: bar.close! + cents / 100 })))
      const found = await judged([...rows, ...copies])
      assert.deepEqual([found.code, found.conflicting], [code, 3 * times], found.text)
    })
  }
})

describe('clocks that go back', () => {
  // seconds around 1:00 UTC, at which clocks in Berlin go from 3:00 to 2:00
  const from = Date.UTC(2024, 9, 26, 23)
  const local = someBars(3 * 3600).map((bar, i) => {
    const time = from + i * 1000
    return { ...bar, time: time + (time < Date.UTC(2024, 9, 27, 1) ? 2 : 1) * 3_600_000 }
  })
  for (const [more, isSaid] of [
    [0, true],
    [1, false],
  ] as const) {
    it(`${isSaid ? 'explain' : 'do not explain'} ${3600 + more} conflicts`, async () => {
      const doubled = local.slice(3600, 3600 + more).map((bar) => ({ ...bar, close: 7 }))
      const { code, conflicting, text } = await judged([...local, ...doubled], { conflictLimit: 1 })
      assert.deepEqual([code, conflicting], ['enriched', 3600 + more])
      assert.equal(/clocks show twice/.test(text), isSaid, text)
    })
  }
})
