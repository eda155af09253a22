import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { barsFile, enrichBytes, someBars } from '../parquet-files.ts'
import { random } from '../random.ts'

const MINUTE_MS = 60_000

/** Bars of one series whose times are as far apart as stated. */
function barsAfter(steps: readonly number[], symbol?: string) {
  const bars = someBars(steps.length + 1)
  let time = bars[0]!.time
  return bars.map((bar, i) => {
    if (i > 0) time += steps[i - 1]!
    return { ...bar, time, ...(symbol === undefined ? {} : { symbol }) }
  })
}

describe('gaps and the usual step of a file', () => {
  it('are those of the majority when it begins with a hundred irregular steps', async () => {
    const next = random(4)
    const irregular = Array.from({ length: 100 }, (_, i) => 1000 * (1001 + i) + Math.floor(next() * 900))
    const bars = barsAfter([...irregular, ...new Array<number>(4899).fill(MINUTE_MS)])
    assert.equal(bars.length, 5000)
    const { quality } = await enrichBytes(barsFile(bars))
    assert.deepEqual([quality.stepSeconds, quality.gaps], [60, 100])
  })

  it('are the same whether the rows stream by or are sorted, in series of which fewer steps are told apart', async () => {
    const next = random(5)
    const step = () => (next() < 0.5 ? MINUTE_MS : MINUTE_MS * Math.ceil(next() * 60))
    const bars = Array.from({ length: 700 }, (_, i) =>
      barsAfter(Array.from({ length: 60 }, step), `S${String(i).padStart(3, '0')}`),
    )
    // in the order of the rows in each series, so that they have the same numbers in both files
    const inOrder = Array.from({ length: 61 }, (_, row) => bars.map((of) => of[row]!)).flat()
    const streamed = await enrichBytes(barsFile(inOrder))
    const exchanged = [...inOrder.slice(0, -1400), ...inOrder.slice(-700), ...inOrder.slice(-1400, -700)]
    const sorted = await enrichBytes(barsFile(exchanged))
    assert.deepEqual([streamed.quality.rowsOutOfOrder, sorted.quality.rowsOutOfOrder], [0, 700])
    assert.ok(streamed.quality.gaps > 1000)
    assert.equal(sorted.quality.gaps, streamed.quality.gaps)
    assert.equal(sorted.quality.stepSeconds, streamed.quality.stepSeconds)
  })

  it('do not wrap where times are near the limits of 64 bits', async () => {
    const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]
    const second = 1_000_000_000n
    // three seconds apart, then almost as far as can be
    const times = [least, least + second, least + 2n * second, least + 3n * second, most - second, most]
    const bars = someBars(times.length)
    const prices = (['open', 'high', 'low', 'close'] as const).map((name) => ({
      name,
      data: bars.map((bar) => bar[name]!),
    }))
    for (const rows of [
      [0, 1, 2, 3, 4, 5],
      [5, 4, 3, 2, 1, 0],
    ]) {
      const input = parquetWriteBuffer({
        columnData: [
          { name: 'datetime', data: rows.map((row) => times[row]!) },
          ...prices.map(({ name, data }) => ({ name, data: rows.map((row) => data[row]!) })),
        ],
        schema: [
          { name: 'root', num_children: 5 },
          {
            name: 'datetime',
            type: 'INT64',
            logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' },
            repetition_type: 'REQUIRED',
          },
          ...prices.map(({ name }) => ({ name, type: 'DOUBLE', repetition_type: 'REQUIRED' }) as const),
        ],
      })
      const { quality } = await enrichBytes(new Uint8Array(input))
      assert.deepEqual([quality.stepSeconds, quality.gaps], [1, 1])
    }
  })
})
