import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import {
  barsFile,
  duckDbRows,
  duckDbRun,
  enrichBytes,
  NEW_COLUMNS,
  readMetadata,
  readRows,
  runCli,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'
import { referenceRows } from '../reference.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const defaults = { definition: 'stockstats', period: 14, multiplier: 3 } as const

/** Checks that the output has the rows and values of the slow reference. */
async function assertEnriched(bars: ReturnType<typeof someBars>, input: Uint8Array) {
  const result = await enrichBytes(input)
  const rows = await readRows(result.output)
  const expected = referenceRows(
    bars.map((bar) => ({ ...bar, series: bar.symbol })),
    defaults,
  )
  assert.deepEqual(
    rows.map((row) => [row.close, ...NEW_COLUMNS.map((column) => row[column] ?? null)]),
    expected.map(({ row, upper, lower, orientation, segment }) => [
      bars[row]!.close,
      upper,
      lower,
      orientation,
      segment,
    ]),
  )
  return result
}

describe('files at the edges', () => {
  it('one row is enough', async () => {
    await assertEnriched(someBars(1), barsFile(someBars(1)))
  })

  it('fewer rows than the period leave the tradingview columns null', async () => {
    const supertrends = [{ definition: 'tradingview', period: 14, multiplier: 3 }] as const
    const { output, quality } = await enrichBytes(barsFile(someBars(13)), { supertrends })
    assert.equal(quality.rowsWithoutPrice, 0)
    for (const row of await readRows(output))
      assert.deepEqual(
        NEW_COLUMNS.map((c) => row[c] ?? null),
        [null, null, null, null],
      )
  })

  it('a page for every row, with and without duplicates', async () => {
    const bars = someBars(200)
    const repeated = [...bars, ...bars.slice(150)]
    await assertEnriched(bars, barsFile(bars, { pageSize: 1 }))
    await assertEnriched(repeated, barsFile(repeated, { pageSize: 1 }))
  })

  it('a row group for every row, with and without duplicates', async () => {
    const bars = someBars(150)
    const repeated = [...bars, ...bars.slice(100)]
    await assertEnriched(bars, barsFile(bars, { rowGroupSize: 1 }))
    const { output } = await assertEnriched(repeated, barsFile(repeated, { rowGroupSize: 1 }))
    // row groups that lost all their rows are gone
    assert.equal((await readMetadata(output)).row_groups.length, 150)
  })

  it('a file that was enriched before gets its columns replaced, at the end and only once', async () => {
    const once = await enrichBytes(barsFile(someBars(100)))
    const supertrends = [{ definition: 'tradingview', period: 5, multiplier: 1 }] as const
    const twice = await enrichBytes(once.output, { supertrends })
    const direct = await enrichBytes(barsFile(someBars(100)), { supertrends })
    assert.deepEqual(await readRows(twice.output), await readRows(direct.output))
    const { schema, key_value_metadata } = await readMetadata(twice.output)
    assert.deepEqual(
      schema.slice(-4).map((element) => element.name),
      NEW_COLUMNS,
    )
    assert.equal(schema.length, 1 + 6 + 4)
    const notes = key_value_metadata?.filter((pair) => pair.key === 'parquet-supertrend')
    assert.equal(notes?.length, 1)
    assert.equal(JSON.parse(notes![0]!.value!).settings.definition, 'tradingview')
    assert.equal(JSON.parse(notes![0]!.value!).sourceBytes, once.output.length)
  })

  it('columns with the new names are replaced too when they come before the prices and in a sort order', async () => {
    await duckDbRun(
      `COPY (SELECT i AS st_trend_segment, {'a': i} AS supertrend_ub, 1700000000 + i AS ts, 2.0 AS high, 1.0 AS low, 1.5 AS close
       FROM range(20) t(i)) TO '${at('before.parquet')}' (FORMAT parquet)`,
    )
    const { output } = await enrichBytes(new Uint8Array(readFileSync(at('before.parquet'))))
    writeFileSync(at('replaced.parquet'), output)
    const columns = await duckDbRows(`DESCRIBE SELECT * FROM '${at('replaced.parquet')}'`)
    assert.deepEqual(
      columns.map((column) => column.column_name),
      ['ts', 'high', 'low', 'close', ...NEW_COLUMNS],
    )
    const [sums] = await duckDbRows(
      `SELECT sum(ts - 1700000000)::INT AS ts, sum(st_trend_segment)::INT AS n FROM '${at('replaced.parquet')}'`,
    )
    assert.deepEqual(sums, { ts: 190, n: 20 })
  })

  it('names that need quoting and names of JavaScript properties have no effect', async () => {
    await duckDbRun(
      `COPY (SELECT 1700000000 + i AS ts, 2.0 AS high, 1.0 AS low, 1.5 AS close, i AS "__proto__", i AS "a ""b"", c.d", i AS "é 😀"
       FROM (SELECT i % 7 AS i FROM range(20) t(i))) TO '${at('names.parquet')}' (FORMAT parquet)`,
    )
    const { output, quality } = await enrichBytes(new Uint8Array(readFileSync(at('names.parquet'))))
    assert.equal(quality.rowsWritten, 7)
    writeFileSync(at('names-out.parquet'), output)
    assert.deepEqual(
      await duckDbRows(`SELECT * EXCLUDE (${NEW_COLUMNS}) FROM '${at('names-out.parquet')}'`),
      await duckDbRows(`SELECT * FROM '${at('names.parquet')}' LIMIT 7`),
    )
  })

  it('reads only the needed ones of 90 columns', async () => {
    const extra = Array.from({ length: 84 }, (_, i) => `random() AS x${i}`).join(', ')
    await duckDbRun(
      `COPY (SELECT 1700000000 + i AS ts, 2.0 AS open, 2.0 + random() AS high, 1.0 AS low, 1.5 AS close, i AS volume, ${extra}
       FROM range(20000) t(i)) TO '${at('wide.parquet')}' (FORMAT parquet)`,
    )
    const { code, stdout } = await runCli(at('wide.parquet'), at('wide-out.parquet'), '--json')
    assert.equal(code, 0)
    const size = readFileSync(at('wide.parquet')).length
    const { bytesRead } = JSON.parse(stdout)
    assert.ok(bytesRead < 0.06 * size, `${bytesRead} of ${size} bytes were read`)
  })

  it('a row group that loses rows has correct statistics and encodings, and no stale page index', async () => {
    const bars = someBars(100)
    const repeated = [...bars.slice(0, 60), ...bars.slice(50)]
    const withNulls = repeated.map((bar, row) => (row === 65 || row === 3 ? { ...bar, volume: null } : bar))
    const { output } = await enrichBytes(barsFile(withNulls, { rowGroupSize: 55 }))
    const { row_groups } = await readMetadata(output)
    assert.deepEqual(
      row_groups.map((group) => Number(group.num_rows)),
      [55, 45],
    )
    const volume = row_groups[1]!.columns[5]!
    // row 65 was one of the duplicates
    assert.equal(Number(volume.meta_data!.statistics!.null_count), 0)
    assert.equal(volume.meta_data!.statistics!.is_max_value_exact, false)
    assert.equal(Number(volume.meta_data!.num_values), 45)
    assert.ok(volume.meta_data!.encodings.includes('PLAIN'))
    assert.equal(volume.offset_index_offset, undefined)
    const untouched = row_groups[0]!.columns[5]!.meta_data!.statistics!
    assert.equal(Number(untouched.null_count), 1)
    assert.notEqual(untouched.is_max_value_exact, false)
  })

  it('a time that is repeated 20,000 times costs no more than a clean file', async () => {
    const clean = someBars(20_200)
    const repeated = [
      ...clean.slice(0, 100),
      ...clean.slice(0, 20_000).map((bar) => ({ ...bar, time: clean[5]!.time })),
      ...clean.slice(100, 200),
    ]
    writeFileSync(at('clean.parquet'), barsFile(clean))
    writeFileSync(at('repeated.parquet'), barsFile(repeated))
    const report = async (name: string) => JSON.parse((await runCli(at(name), at(`${name}.out`), '--json')).stdout)
    const ofClean = await report('clean.parquet')
    const ofRepeated = await report('repeated.parquet')
    assert.equal(ofRepeated.rowsWritten, 200)
    assert.equal(ofRepeated.duplicatesDropped, 20_000)
    // compacting and comparing take some MiB more; a merge on time, the problem behind this project, makes 400,000,000 rows
    assert.ok(
      ofRepeated.peakMemoryMiB < ofClean.peakMemoryMiB + 40,
      `${ofRepeated.peakMemoryMiB} MiB, clean ${ofClean.peakMemoryMiB}`,
    )
  })

  it('gives the same bytes in another time zone and locale', async () => {
    const bars = someBars(50)
    writeFileSync(at('here.parquet'), barsFile(bars))
    const script = new URL('../../bin/parquet-supertrend.ts', import.meta.url).pathname
    const run = (output: string, env: Record<string, string>) =>
      execFileSync(process.execPath, [script, 'enrich', at('here.parquet'), at(output)], {
        env: { ...process.env, ...env },
      })
    run('utc.parquet', { TZ: 'UTC' })
    run('far.parquet', { TZ: 'Pacific/Auckland', LC_ALL: 'de_DE.UTF-8' })
    assert.deepEqual(readFileSync(at('far.parquet')), readFileSync(at('utc.parquet')))
  })
})
