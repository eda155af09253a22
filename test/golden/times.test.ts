import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chartData } from '../../functions/chart/chart-data.ts'
import { verify } from '../../functions/audit/verify.ts'
import { duckDbRun, enrichBytes, memorySource, SETTINGS, temporaryFolder } from '../parquet-files.ts'

interface Expected {
  readonly timeColumns?: readonly string[]
  readonly first: string
  readonly last: string
  readonly rows: number
  readonly duplicates?: number
  readonly gaps?: number
  readonly warnings?: readonly string[]
  /** What the message says; then there is nothing else. */
  readonly refused?: string
}

/** Small files, with the times that pandas reads from them (times/generate.py) or that are known. */
const folder = fileURLToPath(new URL('./times/', import.meta.url))
const scratch = temporaryFolder()
const cases: Record<string, Expected> = JSON.parse(readFileSync(path.join(folder, 'times.json'), 'utf8'))
const bytesOf = (name: string) => new Uint8Array(readFileSync(path.join(folder, `${name}.parquet`)))

/** A date stands for its midnight. */
const instant = (text: string | null) => new Date(text?.includes('T') ? `${text}Z` : `${text}`).toISOString()

describe('times are those that pandas reads', () => {
  for (const [name, { timeColumns, first, last, rows, duplicates = 0, gaps, warnings = [], refused }] of Object.entries(
    cases,
  )) {
    const choices = [timeColumns, timeColumns?.toReversed()].slice(0, timeColumns ? 2 : 1)
    for (const time of choices) {
      const settings = time ? { columns: { time } } : {}
      if (refused !== undefined) {
        it(`${name} is refused`, () =>
          assert.rejects(enrichBytes(bytesOf(name), settings), { message: RegExp(refused) }))
        continue
      }
      it(`${name}${time ? ` ${time.join(' and ')}` : ''}`, async () => {
        const { quality, columns } = await enrichBytes(bytesOf(name), settings)
        assert.deepEqual([quality.firstTime, quality.lastTime].map(instant), [first, last].map(instant))
        assert.deepEqual([quality.rowsWritten, quality.duplicatesDropped], [rows, duplicates])
        if (gaps !== undefined) assert.equal(quality.gaps, gaps)
        assert.deepEqual(
          quality.warnings.map(({ code }) => code),
          warnings,
        )
        // which of the two is the day does not depend on the order in which they are named
        if (timeColumns) assert.deepEqual([columns.time, columns.timeOfDay], timeColumns)
      })
    }
  }

  it('are expected for every file', () => {
    const files = readdirSync(folder).flatMap((name) => (name.endsWith('.parquet') ? [path.parse(name).name] : []))
    assert.deepEqual(files.sort(), Object.keys(cases).sort())
  })

  it('are the same in the chart, which computes them again from the note in the file', async () => {
    for (const name of ['binance-ms-then-us', 'iex-date-and-minute', 'period-M-2024', 'float-epoch']) {
      const { timeColumns: time, first, last } = cases[name]!
      const columns = time ? { time } : {}
      const { output } = await enrichBytes(bytesOf(name), { columns })
      const chart = await chartData(memorySource(output), { ...SETTINGS, columns }, { title: name, points: 100 })
      const { range } = chart.series[0]!
      assert.deepEqual(
        [range.from, range.to],
        [first, last].map((text) => Date.parse(`${text}Z`)),
      )
      const spool = () => assert.fail('the bytes are the same')
      const { holds, bytes } = await verify(memorySource(bytesOf(name)), memorySource(output), 2 ** 28, spool)
      assert.deepEqual([holds, bytes], [true, 'same'])
    }
  })

  it('are read correctly when the unit changes far into a file, in time order or not', async () => {
    const rows = 200_000
    const file = path.join(scratch, 'late.parquet')
    for (const order of ['i', '-i', 'hash(i)']) {
      await duckDbRun(`COPY (SELECT CASE WHEN i < 150000 THEN 1735689600000 + i * 60000 ELSE 1735689600000000 + i * 60000000 END
        AS open_time, 12.0 AS high, 9.0 AS low, 11.0 AS close FROM range(${rows}) t(i) ORDER BY ${order})
        TO '${file}' (FORMAT parquet)`)
      const { quality } = await enrichBytes(new Uint8Array(readFileSync(file)))
      const { rowsWritten, gaps, stepSeconds, firstTime, lastTime, warnings } = quality
      assert.deepEqual([rowsWritten, gaps, stepSeconds], [rows, 0, 60])
      assert.deepEqual([firstTime, lastTime], ['2025-01-01T00:00:00', '2025-05-19T21:19:00'])
      assert.match(warnings[0]!.message, /milliseconds in 150000 rows and microseconds in 50000 rows/)
    }
  })

  it('are refused when there is only a time of day', async () => {
    await assert.rejects(enrichBytes(bytesOf('date-and-time-of-day-as-integers'), { columns: { time: 'time' } }), {
      code: 'time',
      message: /"time" holds 93000 in row 0 .*no point in time; .*--time-column DAY --time-column TIME/,
    })
    await assert.rejects(enrichBytes(bytesOf('iex-date-and-minute'), { columns: { time: 'minute' } }), {
      code: 'time',
      message: /"minute" holds "09:30" in row 0 .*then "09:31".*--time-format/,
    })
  })
})
