import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Flip, RefusedError, type SupertrendParameters, supertrendFlips } from '../../functions/library.ts'
import { type Bar, barsFile, enrichAndKeep, readRows, someBars } from '../parquet-files.ts'
import { random } from '../random.ts'
import { enrichFile, enrichSequence, inFiles } from '../sequence-files.ts'

/** The flips of one series, found by looking at each row and the one before, as another reader reads them. */
function expectedFlips(rows: readonly Record<string, unknown>[], suffix = '') {
  const bars = rows
    .map((row, index) => ({
      index,
      time: Number(row.datetime),
      close: row.close as number,
      side: row[`trend_orientation${suffix}`] as number | null,
    }))
    .filter(({ side }) => side !== null)
    .toSorted((a, b) => a.time - b.time)
  const starts = bars.flatMap(({ side }, i) => (i > 0 && side !== bars[i - 1]!.side ? [i] : []))
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? bars.length
    const { index, time, close, side } = bars[start]!
    return {
      row: index,
      time,
      side: side! > 0 ? 'up' : 'down',
      price: close,
      bars: end - start,
      last: bars[end - 1]!.close,
    }
  })
}

function compared(flips: Awaited<ReturnType<typeof supertrendFlips>>) {
  return flips.map(({ row, time, side, price, bars, return: change }) => ({
    row,
    time: Date.parse(time.endsWith('Z') ? time : `${time}Z`),
    side,
    price,
    bars,
    last: Math.round(1e6 * price * (1 + change)) / 1e6,
  }))
}

function rounded(expected: ReturnType<typeof expectedFlips>) {
  return expected.map((flip) => ({ ...flip, last: Math.round(1e6 * flip.last) / 1e6 }))
}

/** Parameters with which the trend of `someBars` changes its side often. */
const [QUICK, QUICKER] = [7, 5].map((period) => ({ definition: 'stockstats' as const, period, multiplier: 0.5 })) as [
  SupertrendParameters,
  SupertrendParameters,
]

describe('the flips of an enriched file', () => {
  it('are the bars whose side differs from that of the bar before', async () => {
    const { output } = await enrichAndKeep(barsFile(someBars(3000)), { supertrends: [QUICK] })
    const expected = rounded(expectedFlips(await readRows(output)))
    assert.ok(expected.length > 50)
    assert.deepEqual(compared(await supertrendFlips(output)), expected)
  })

  it('are those of the last enrichment, or of the columns with a prefix', async () => {
    const first = (await enrichAndKeep(barsFile(someBars(1500)), { supertrends: [QUICK] })).output
    const { output } = await enrichAndKeep(first, { supertrends: [QUICKER], columnPrefix: 'quicker_' })
    const ofFirst = compared(await supertrendFlips(first))
    const ofLast = compared(await supertrendFlips(output))
    assert.notDeepEqual(ofLast, ofFirst)
    assert.deepEqual(compared(await supertrendFlips(output, { columnPrefix: '' })), ofFirst)
    assert.deepEqual(compared(await supertrendFlips(output, { columnPrefix: 'quicker_' })), ofLast)
    await assert.rejects(supertrendFlips(output, { columnPrefix: 'slow_' }), { code: 'columns' })
  })

  it('are in the order of time when the rows are not', async () => {
    const bars = someBars(2000, 4)
    const next = random(5)
    const shuffled = bars.map((bar) => ({ bar, at: next() })).toSorted((a, b) => a.at - b.at)
    const { output } = await enrichAndKeep(barsFile(shuffled.map(({ bar }) => bar)), { supertrends: [QUICK] })
    assert.deepEqual(compared(await supertrendFlips(output)), rounded(expectedFlips(await readRows(output))))
  })

  it('belong to their series and their parameter set', async () => {
    const series = (symbol: string, seed: number): Bar[] => someBars(800, seed).map((bar) => ({ ...bar, symbol }))
    const [a, b] = [series('A', 1), series('B', 2)]
    const bars = a.flatMap((bar, i) => [bar, b[i]!])
    const { output } = await enrichAndKeep(barsFile(bars), { supertrends: [QUICK, QUICKER] })
    const flips = await supertrendFlips(output)
    const rows = (await readRows(output)).map((row, index) => ({ ...row, index }))
    for (const [symbol, set] of [
      ['A', '_7_0_5'],
      ['B', '_7_0_5'],
      ['A', '_5_0_5'],
      ['B', '_5_0_5'],
    ] as const) {
      const own = rows.filter((row) => (row as Record<string, unknown>).symbol === symbol)
      const expected = rounded(expectedFlips(own, set)).map((flip) => ({ ...flip, row: own[flip.row]!.index }))
      assert.ok(expected.length > 10)
      assert.deepEqual(compared(flips.filter((flip) => flip.symbol === symbol && flip.set === set)), expected)
    }
  })

  it('are none in a file without a bar', async () => {
    const { output } = await enrichAndKeep(barsFile([]))
    assert.deepEqual(await supertrendFlips(output), [])
  })

  it('need an enriched file and memory for the list', async () => {
    const refused = (code: string) => (error: unknown) => error instanceof RefusedError && error.code === code
    await assert.rejects(supertrendFlips(barsFile(someBars(30))), refused('not-enriched'))
    const { output } = await enrichAndKeep(barsFile(someBars(3000)), { supertrends: [QUICK] })
    await assert.rejects(supertrendFlips(output, { memoryBudgetBytes: 10_000 }), refused('too-big'))
    await assert.rejects(supertrendFlips('a.parquet' as never), TypeError)
  })
})

describe('the flips of a file that continues another', () => {
  const SERIES = [1, 2, 3].map((seed) => someBars(400, seed))
  const symbols = ['A', 'B', null] as const
  /** Of three series, each with the same times. */
  const bars: Bar[] = Array.from({ length: 400 }, (_, i) => i).flatMap((i) =>
    symbols.map((symbol, seed) => ({ ...SERIES[seed]![i]!, symbol })),
  )
  const identity = ({ time, symbol, set, side, price, line, segment }: Flip) =>
    JSON.stringify([time, symbol, set, side, price, line, segment])

  it('are those of the one file, if the file before is given: also at the first bar', async () => {
    const options = { supertrends: [QUICK, QUICKER] }
    const whole = (await supertrendFlips((await enrichFile(barsFile(bars), options)).output)).map(identity)
    const parts = await enrichSequence(inFiles(bars, 3 * 8), options)
    const [found, alone]: [string[], string[]] = [[], []]
    for (const [i, { output }] of parts.entries()) {
      const after = i % 2 === 1 ? parts[i - 1]!.output : parts[i - 1]?.state
      found.push(...(await supertrendFlips(output, { ...(after && { after }) })).map(identity))
      alone.push(...(await supertrendFlips(output)).map(identity))
    }
    assert.deepEqual(found.toSorted(), whole.toSorted())
    assert.ok(alone.length < found.length - 20, `${found.length - alone.length} at first bars`)
  })

  it('are refused after a file that it does not continue', async () => {
    const [first, second, third] = await enrichSequence(inFiles(bars, 400))
    await assert.rejects(supertrendFlips(third!.output, { after: first!.output }), (error: RefusedError) => {
      assert.equal(error.code, 'state-settings')
      return /does not continue from the file before/.test(error.message)
    })
    assert.ok(await supertrendFlips(second!.output, { after: first!.output }))
    const nothing = { after: null } as unknown as { after: Uint8Array }
    await assert.rejects(supertrendFlips(second!.output, nothing), { code: 'settings', message: /^after is null; / })
  })
})
