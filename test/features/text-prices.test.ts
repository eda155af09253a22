import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import {
  type Bar,
  barsFile,
  enrichBytes,
  NEW_COLUMNS,
  readRows,
  runCli,
  runProgram,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const [input, output] = [at('text.parquet'), at('out.parquet')]
const PRICES = ['open', 'high', 'low', 'close', 'volume'] as const

/** The bars with all prices as text. */
function textFile(
  bars: readonly Bar[],
  textOf: (value: number, row: number, name: string) => string = String,
): Uint8Array {
  const prices = PRICES.map((name) => ({
    name,
    type: 'STRING' as const,
    nullable: true,
    data: bars.map((bar, row) => (bar[name] === null ? null : textOf(bar[name], row, name))),
  }))
  const datetime = { name: 'datetime', type: 'TIMESTAMP' as const, data: bars.map(({ time }) => new Date(time)) }
  return new Uint8Array(parquetWriteBuffer({ columnData: [datetime, ...prices], rowGroupSize: 300, pageSize: 2000 }))
}

const newValues = async (bytes: Uint8Array) =>
  (await readRows(bytes)).map((row) => NEW_COLUMNS.map((name) => row[name]))

describe('prices that are text', () => {
  const bars = someBars(1000).map((bar, i) => (i % 50 === 7 ? { ...bar, close: null } : bar))
  const overlapping = [...bars, ...bars.slice(900), { ...bars[999]!, close: 1 }]

  before(() => writeFileSync(input, textFile(bars)))

  it('are refused with a remedy', async () => {
    const { code, stderr } = await runCli(input, output)
    assert.equal(code, 2)
    assert.match(
      stderr,
      /the high column "high" \(text\) is not numeric; .*--cast-prices \(in the function: castPrices: true\)/,
    )
    assert.match(stderr, /df\["high"\] = pandas\.to_numeric\(df\["high"\]\)/)
  })

  it('give the values of numbers where they are to be cast', async () => {
    for (const rows of [bars, overlapping]) {
      const expected = await enrichBytes(barsFile(rows, { rowGroupSize: 300 }))
      const cast = await enrichBytes(textFile(rows), { castPrices: true })
      assert.deepEqual(await newValues(cast.output), await newValues(expected.output))
      assert.deepEqual(cast.quality, expected.quality)
      assert.equal(typeof (await readRows(cast.output))[0]!.close, 'string')
    }
  })

  it('are the same number however it is written, and no value where they are blank', async () => {
    const styles = [String, (x: number) => ` +${x}e0 `, (x: number) => `${x}0`.replace(/^(\d+)0$/, '$1.0')]
    const styled = textFile(overlapping, (value, row) => styles[row % 3]!(value))
    const expected = await enrichBytes(barsFile(overlapping))
    const cast = await enrichBytes(styled, { castPrices: true })
    assert.deepEqual(await newValues(cast.output), await newValues(expected.output))
    assert.deepEqual(cast.quality, expected.quality)
    const blank = textFile(bars, (value, row) => (row === 500 ? '  ' : String(value)))
    assert.equal((await enrichBytes(blank, { castPrices: true })).quality.rowsWithoutPrice, 21)
  })

  for (const text of [
    '1,234.5',
    '$12',
    '12 3',
    'nan',
    'N/A',
    '0x10',
    '1_000',
    '1e',
    '.',
    '-',
    '∞',
    `${'1'.repeat(200_000)}x`,
  ]) {
    it(`are refused with the row where one is no number: ${text.slice(0, 20)}`, async () => {
      const bytes = textFile(bars, (value, row) => (row === 777 ? text : String(value)))
      await assert.rejects(enrichBytes(bytes, { castPrices: true }), ({ code, message }: Error & { code: string }) => {
        assert.equal(code, 'columns')
        assert.match(message, /the price column "\w+" holds ".+" in row 777 \(the first is row 0\), which is no number/)
        return message.length < 400
      })
    })
  }

  it('are refused with the row where an open price that is compared is no number', async () => {
    const bytes = textFile(overlapping, (value, row, name) => (name === 'open' && row === 950 ? 'x' : String(value)))
    await assert.rejects(enrichBytes(bytes, { castPrices: true }), /the price column "open" holds "x" in row 950 /)
  })

  it('are said to be cast in the file, so that it can be verified and drawn', async () => {
    const { code, stdout } = await runCli(input, output, '--cast-prices', '--json')
    assert.equal(code, 0)
    assert.equal(JSON.parse(stdout).rowsWithoutPrice, 20)
    const note = JSON.parse((await runProgram('inspect', output, '--cast-prices', '--json')).stdout).note
    assert.equal(note.settings.castPrices, true)
    assert.equal((await runProgram('verify', input, output)).code, 0)
    const chart = await runProgram('chart', output, '--cast-prices', '--out', at('chart.html'), '--json')
    assert.equal(JSON.parse(chart.stdout).bars, 1000)
  })

  it('are a setting of the function, which changes nothing of files with numbers', async () => {
    assert.equal(parseSettings({}, 512).enrich.castPrices, false)
    assert.equal(parseSettings({ castPrices: true }, 512).enrich.castPrices, true)
    const [plain, cast] = [await enrichBytes(barsFile(bars)), await enrichBytes(barsFile(bars), { castPrices: true })]
    assert.deepEqual(await newValues(plain.output), await newValues(cast.output))
  })
})
