import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { noteIn } from '../../../functions/enrich/carry/previous-state.ts'
import { type EnrichOptions, enrichParquet, RefusedError } from '../../../functions/library.ts'
import { concatBytes } from '../../../functions/shared/concat-bytes.ts'
import {
  barsFile,
  duckDbRows,
  duckDbRun,
  memorySource,
  NEW_COLUMNS,
  readRows,
  someBars,
  temporaryFolder,
} from '../../parquet-files.ts'
import { enrichFile, enrichSequence } from '../../sequence-files.ts'

const scratch = temporaryFolder()

async function duckDbFile(select: string): Promise<Uint8Array> {
  const name = path.join(scratch, 'duckdb.parquet')
  await duckDbRun(`COPY (${select}) TO '${name}' (FORMAT parquet)`)
  return new Uint8Array(readFileSync(name))
}

const valuesOf = async (output: Uint8Array) =>
  (await readRows(output)).map((row) => NEW_COLUMNS.map((column) => row[column] ?? null))

const codeOf = (code: string) => (error: unknown) => error instanceof RefusedError && error.code === code

describe('a sequence of files', () => {
  it('holds the values of the one long file, read back by another reader', async () => {
    const bars = someBars(1000)
    const long = await enrichFile(barsFile(bars), { carry: true })
    const parts = await enrichSequence(
      [bars.slice(0, 390), bars.slice(390, 700), bars.slice(700)].map((part) => barsFile(part)),
      { readBack: 1 },
    )
    const values = await Promise.all(parts.map(({ output }) => valuesOf(output)))
    assert.deepEqual(values.flat(), await valuesOf(long.output))
    assert.deepEqual(parts.at(-1)!.state, long.state)
  })

  it('continues from a state as from the file that contains it', async () => {
    const bars = someBars(100)
    const first = await enrichFile(barsFile(bars.slice(0, 50)), { carry: true })
    const next = barsFile(bars.slice(50))
    const [ofFile, ofState] = [
      await enrichFile(next, { after: first.output }),
      await enrichFile(next, { after: first.state! }),
    ]
    assert.deepEqual(ofFile.output, ofState.output)
    assert.notDeepEqual(ofFile.output, (await enrichFile(next, { carry: true })).output)
  })

  it('passes a state on through a file without rows', async () => {
    const first = await enrichFile(barsFile(someBars(50)), { carry: true })
    const empty = await enrichFile(barsFile([]), { after: first.output })
    assert.deepEqual(empty.state, first.state)
    assert.equal(empty.quality.duplicatesOfPrevious, 0)
    assert.deepEqual(empty.quality.warnings, [])
    const strict = await enrichFile(barsFile([]), { after: first.output, strict: true })
    assert.deepEqual(strict.output, empty.output)
  })

  it('may begin with a file without rows, of which a file on its own is warned', async () => {
    const codes = async (options: EnrichOptions) =>
      (await enrichFile(barsFile([]), options)).quality.warnings.map(({ code }) => code)
    assert.deepEqual([await codes({ carry: true }), await codes({})], [[], ['no-rows']])
  })

  it('takes a symbol that is an integer for the same one in any width, and refuses one that is text', async () => {
    const part = (type: string, where: string) =>
      duckDbFile(`SELECT TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS datetime, 10 + i % 3 AS high, 9 + i % 3 AS low,
        9.5 + i % 3 AS close, CAST(i % 2 AS ${type}) AS symbol FROM range(20) t(i) WHERE ${where}`)
    const long = await enrichFile(await part('INT', 'true'), { carry: true })
    const first = await enrichFile(await part('INT', 'i < 10'), { carry: true })
    const { output } = await enrichFile(await part('BIGINT', 'i >= 10'), { after: first.output })
    assert.deepEqual([...(await valuesOf(first.output)), ...(await valuesOf(output))], await valuesOf(long.output))
    const text = await part('VARCHAR', 'i >= 10')
    await assert.rejects(enrichFile(text, { after: first.output }), codeOf('state-settings'))
    const none = enrichFile(text, { after: first.output, columns: { symbol: 'none' } })
    await assert.rejects(none, codeOf('state-settings'))
  })

  it('compares times in different units', async () => {
    const select = (
      unit: string,
      where: string,
    ) => `SELECT CAST(TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS ${unit}) AS datetime,
      10 + i % 3 AS high, 9 + i % 3 AS low, 9.5 + i % 3 AS close FROM range(20) t(i) WHERE ${where}`
    const file = (unit: string, where: string) => duckDbFile(select(unit, where))
    const long = await enrichFile(await file('TIMESTAMP', 'true'), { carry: true })
    const first = await enrichFile(await file('TIMESTAMP_NS', 'i < 10'), { carry: true })
    const second = await enrichFile(await file('TIMESTAMP_MS', 'i >= 8'), { after: first.output })
    assert.equal(second.quality.duplicatesOfPrevious, 2)
    assert.equal(second.quality.duplicatesAgreeing, 2)
    assert.deepEqual(
      [...(await valuesOf(first.output)), ...(await valuesOf(second.output))],
      await valuesOf(long.output),
    )
  })

  it('is not warned of where each file has one row per symbol', async () => {
    const day = (number: number, stepMs = 0) => {
      const bars = someBars(30, number)
      return barsFile(bars.map((bar, i) => ({ ...bar, time: number * 86_400_000 + i * stepMs, symbol: `S${i}` })))
    }
    const supertrends = [{ definition: 'tradingview' }] as const
    const parts = await enrichSequence([day(19_000), day(19_001)], { supertrends })
    assert.deepEqual(
      parts.map(({ quality }) => quality.warnings.map(({ code }) => code)),
      [[], []],
    )
    // the symbols of a first file may be numbers of its rows
    const [first] = await enrichSequence([day(19_000, 60_000)], { supertrends })
    assert.deepEqual(
      first!.quality.warnings.map(({ code }) => code),
      ['series-of-single-rows'],
    )
  })

  it('forgets a series that is missing in as many files as wanted', async () => {
    const day = (number: number, symbol: string) =>
      barsFile(someBars(10, number).map((bar) => ({ ...bar, time: bar.time + number * 86_400_000, symbol })))
    const days = [day(0, 'A'), day(1, 'B'), day(2, 'B'), day(3, 'A')]
    const restarted = await valuesOf((await enrichFile(days[3]!, { carry: true })).output)
    for (const [forgetAfter, isForgotten] of [
      [2, true],
      [3, false],
    ] as const) {
      const parts = await enrichSequence(days, { forgetAfter })
      assert.equal(JSON.stringify(await valuesOf(parts[3]!.output)) === JSON.stringify(restarted), isForgotten)
    }
    for (const options of [{ forgetAfter: 2 }, {}]) {
      const [first] = await enrichSequence(days.slice(0, 1), options)
      const note = await noteIn(memorySource(first!.output), 'a.parquet', 2 ** 30)
      assert.deepEqual('forgetAfter' in note ? { forgetAfter: note.forgetAfter } : {}, options)
    }
    const repeated = [...days.slice(0, 3), day(0, 'A')]
    await assert.rejects(enrichSequence(repeated, { forgetAfter: 2 }), codeOf('before-previous'))
    const parts = await enrichSequence(repeated, { forgetAfter: 3 })
    assert.equal(parts[3]!.quality.duplicatesOfPrevious, 10)
    await assert.rejects(
      enrichSequence(repeated.slice(0, 2).concat(day(0, 'A')), { forgetAfter: 1 }),
      /is in an earlier/,
    )
  })
})

describe('a file is refused', () => {
  const bars = someBars(60)
  const later = barsFile(bars.slice(40))
  const first = () => enrichFile(barsFile(bars.slice(0, 40)), { carry: true })
  const refused = async (options: EnrichOptions, code: string, bytes = later) =>
    assert.rejects(enrichFile(bytes, options), codeOf(code))

  it('when the file before has no state', async () => {
    await refused({ after: (await enrichFile(barsFile(bars.slice(0, 40)), {})).output }, 'no-state')
    const original = barsFile(bars.slice(0, 40))
    await refused({ after: original }, 'no-state')
    await assert.rejects(enrichFile(later, { after: original }), /it has no note .* so it is not enriched, or another/)
    const alone = (await enrichFile(original, {})).output
    await assert.rejects(enrichFile(later, { after: alone }), /it was enriched without carry: enrich it again/)
  })

  it('when the state is of other settings', async () => {
    const { output: after } = await first()
    await refused({ after, supertrends: [{ period: 15 }] }, 'state-settings')
    await refused({ after, supertrends: [{}, { period: 15 }] }, 'state-settings')
    await refused({ after, zeroPrices: 'value' }, 'state-settings')
    await refused({ after, columns: { close: 'open' } }, 'state-settings')
    await refused({ after, forgetAfter: 3 }, 'state-settings')
    await enrichFile(later, { after, conflicts: 'drop', castPrices: true })
  })

  it('when a byte of the state has changed', async () => {
    const { output, state } = await first()
    const at = Buffer.from(output).indexOf(state!.subarray(-32))
    for (const place of [at - 1, at]) {
      const after = Uint8Array.from(output)
      after[place]! ^= 1
      await refused({ after }, 'state-damaged')
    }
  })

  it('with an option that does not exist', async () => {
    await refused({ Carry: true } as EnrichOptions, 'settings')
    await refused({ period: 10 } as EnrichOptions, 'settings')
    await refused({ supertrends: [{ perod: 3 } as object] }, 'settings')
  })

  it('with keep: "last"', async () => {
    await refused({ carry: true, keep: 'last' }, 'settings')
  })

  it('when a bar is before the end of its series, and no earlier file has it', async () => {
    const { output, state } = await enrichFile(barsFile(bars.filter((_, i) => i !== 30 && i < 40)), { carry: true })
    await refused({ after: output }, 'before-previous', barsFile(bars.slice(30)))
    await refused({ after: state! }, 'before-previous', barsFile(bars.slice(31)))
    await enrichFile(barsFile(bars.slice(31)), { after: output })
  })

  it('when most of its bars have other prices than in earlier files', async () => {
    const { output: after } = await first()
    const adjusted = bars.slice(20).map((bar) => ({ ...bar, close: bar.close! / 2 }))
    await refused({ after }, 'conflicting-duplicates', barsFile(adjusted))
    const { quality } = await enrichFile(barsFile(adjusted), { after, conflicts: 'drop' })
    assert.equal(quality.duplicatesConflicting, 20)
    const last = await enrichFile(barsFile(bars.slice(39).map((bar, i) => (i === 0 ? { ...bar, volume: -1 } : bar))), {
      after,
    })
    assert.deepEqual(
      last.quality.warnings.map(({ code }) => code),
      ['conflicting-duplicates'],
    )
  })
})

describe('rolling downloads', () => {
  it('refuse earlier files that are not the newest first, and none where some are expected', async () => {
    const bars = someBars(80)
    const [one, two, three] = await enrichSequence([0, 20, 40].map((from) => barsFile(bars.slice(from, from + 20))))
    const [a, b, c] = [one!.output, two!.output, three!.output]
    const next = barsFile(bars.slice(30))
    for (const after of [
      [a, b, c],
      [c, a, b],
      [c, a],
      [b, a, c],
    ]) {
      await assert.rejects(enrichFile(next, { after }), codeOf('settings'))
    }
    assert.equal((await enrichFile(next, { after: [c, b, a] })).quality.duplicatesOfPrevious, 30)
    await assert.rejects(enrichFile(next, { after: [] }), codeOf('settings'))
    await assert.rejects(enrichFile(next, { after: null as unknown as Uint8Array }), codeOf('settings'))
    await enrichFile(next, { after: [], carry: true })
  })

  it('give the values of the one file, and need as many files as they repeat', async () => {
    const bars = someBars(100).map((bar, i) => ({ ...bar, symbol: ['A', 'B'][i % 2]! }))
    const files = [20, 40, 60, 80, 100].map((end) => barsFile(bars.slice(Math.max(0, end - 60), end)))
    const long = await enrichFile(barsFile(bars), {})
    const parts = await enrichSequence(files)
    assert.deepEqual(
      (await Promise.all(parts.map(({ output }) => valuesOf(output)))).flat(),
      await valuesOf(long.output),
    )
    assert.deepEqual(
      parts.map(({ quality }) => quality.duplicatesOfPrevious),
      [0, 20, 40, 40, 40],
    )
    await assert.rejects(enrichFile(files[4]!, { after: parts[3]!.output }), codeOf('before-previous'))
  })

  it('are warned of when they have no new row', async () => {
    const bars = someBars(60)
    const codesOf = async (from: number, to: number) => {
      const files = [bars.slice(0, 40), bars.slice(from, to)].map((part) => barsFile(part))
      return (await enrichSequence(files)).map(({ quality }) => quality.warnings.map(({ code }) => code))
    }
    assert.deepEqual(await codesOf(0, 40), [[], ['no-new-rows']])
    assert.deepEqual(await codesOf(0, 41), [[], []])
    assert.deepEqual(await codesOf(0, 0), [[], []])
  })

  it('state their own number for that of the kept row, which is in another file', async () => {
    const bars = someBars(60)
    const first = await enrichFile(barsFile(bars.slice(0, 40)), { carry: true })
    const input = barsFile([...bars.slice(30), ...bars.slice(50, 55)])
    const result = await enrichParquet(input, { after: first.output })
    const pieces: Uint8Array[] = []
    for await (const piece of result.droppedBytes()) pieces.push(piece.slice())
    const dropped = await readRows(concatBytes(pieces))
    result.close()
    assert.deepEqual(
      dropped.map(({ dropped_row, kept_row }) => [Number(dropped_row), Number(kept_row)]),
      [...Array.from({ length: 10 }, (_, i) => [i, i]), ...Array.from({ length: 5 }, (_, i) => [30 + i, 20 + i])],
    )
  })
})

describe('other readers', () => {
  it('see the rows and no state', async () => {
    const files = [someBars(60).slice(0, 40), someBars(60).slice(40)].map((bars) => barsFile(bars))
    const [, carried] = await enrichSequence(files)
    const alone = await enrichFile(files[1]!, {})
    const name = path.join(scratch, 'carried.parquet')
    writeFileSync(name, carried!.output)
    const [row] = await duckDbRows(`SELECT count(*) AS rows, count(st_trend_segment) AS numbered FROM '${name}'`)
    assert.deepEqual([Number(row!.rows), Number(row!.numbered)], [20, 20])
    const { state } = carried!
    const footerOf = (bytes: Uint8Array) => Buffer.from(bytes).readUInt32LE(bytes.length - 8)
    const grown = footerOf(carried!.output) - footerOf(alone.output)
    assert.ok(grown > 0 && grown < 400, `${grown} bytes`)
    const before = carried!.output.length - footerOf(carried!.output) - 8
    assert.deepEqual(carried!.output.subarray(before - state!.length, before), state)
  })
})
