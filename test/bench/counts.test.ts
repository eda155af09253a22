/** Finds regressions of speed by counts that do not depend on the machine; test/features/bytes-added.test.ts counts bytes. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { enrich } from '../../functions/enrich/enrich.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, SETTINGS, someBars } from '../parquet-files.ts'
import { allocationsOf, CallCounter, callsIn } from './counts.ts'

const GROUP_ROWS = 15_000
const bars = someBars(200_000)

/** From a source that allocates nothing. */
async function enrichOf(input: Uint8Array): Promise<void> {
  const source = {
    byteLength: input.length,
    slice: async (start: number, end: number) => input.subarray(start, end),
  }
  const enriched = await enrich(source, { ...SETTINGS, conflicts: 'drop' })
  for await (const _ of enriched.bytes());
  enriched.close()
}

describe('large allocations', () => {
  const LARGE_BYTES = 64 * 1024

  it('are as many for eight row groups as for four: memory is used again', async () => {
    const allocated = async (rows: number) => {
      const input = barsFile(bars.slice(0, rows), { rowGroupSize: GROUP_ROWS })
      return allocationsOf(LARGE_BYTES, () => enrichOf(input))
    }
    const [four, eight] = [await allocated(4 * GROUP_ROWS), await allocated(8 * GROUP_ROWS)]
    assert.ok(four.count > 0 && four.count <= 20, `${four.count} for four row groups`)
    assert.ok(eight.count <= four.count + 2, `${four.count}, then ${eight.count} for eight row groups`)
    assert.ok(eight.bytes <= 1.2 * four.bytes, `${four.bytes} bytes, then ${eight.bytes}`)
  })
})

describe('the requests for a file', () => {
  it('read two ranges of each row group and three of the footer at most, and most of the file is never sent', async () => {
    const input = barsFile(bars, { codec: 'UNCOMPRESSED', rowGroupSize: bars.length / 2 })
    const bucket = new FakeBucket()
    const { handler, files } = lambdaOn(bucket)
    await handler(sqsEvent([s3Event(bucket.name, bucket.upload('incoming/bars.parquet', input))]))
    const [file] = files
    assert.ok(file?.outcome === 'enriched', JSON.stringify(file))
    const names = bucket.requests.map(({ name }) => name)
    const gets = names.filter((name) => name === 'GetObject').length
    assert.ok(gets <= 3 + 2 * 2, `${gets} GET requests for two row groups`)
    assert.ok(names.length - gets <= 8, `the requests are ${names}`)
    assert.ok(file.bytesRead <= 0.75 * input.length, `${file.bytesRead} of ${input.length} bytes were read`)
    assert.ok(file.bytesWritten <= 0.06 * input.length, `${file.bytesWritten} of ${input.length} bytes were sent`)
  })
})

describe('the calls of functions', () => {
  const counter = new CallCounter()
  after(() => counter.stop())

  it('are a few for each row in the computation, and for each page elsewhere', async () => {
    const rows = 4 * GROUP_ROWS
    const input = barsFile(bars.slice(0, rows), { rowGroupSize: GROUP_ROWS })
    const calls = await counter.callsOf(() => enrichOf(input))
    for (const [folder, today, most] of [
      // for each bar: its range, its state, and two looks at its prices
      ['market', 4.02, 4.1],
      ['enrich', 0.02, 0.03],
      ['parquet/read', 0.023, 0.032],
      ['parquet/write', 0.03, 0.042],
      ['parquet/compression', 0.23, 0.3],
      ['parquet', 1.26, 1.6],
    ] as const) {
      const perRow = callsIn(calls, folder) / rows
      assert.ok(perRow > 0 && perRow <= most, `${folder}: ${perRow} calls a row; ${today} when this was written`)
    }
  })

  const folder = fileURLToPath(new URL('../golden/writers', import.meta.url))
  const callsFor = async (name: string) => {
    const input = new Uint8Array(readFileSync(path.join(folder, name)))
    return counter.callsOf(() => enrichOf(input))
  }

  it('of the decoders of reference files are as many as before at most', async () => {
    for (const [name, today] of [
      ['duckdb', 1643],
      ['fastparquet', 2513],
      ['polars', 3245],
      ['pyarrow-snappy-pages-v1', 3615],
      ['pyarrow-snappy-pages-v2', 3907],
    ] as const) {
      const count = callsIn(await callsFor(`${name}.parquet`), 'parquet/read')
      assert.ok(count > 0 && count <= 1.1 * today, `${name}: ${count} calls; ${today} when this was written`)
    }
  })

  it('go to parquet-wasm only for encodings, types and compressions that few files have', async () => {
    const isRare = /lz4|v2-zstd|page-index-pages|types-pages/
    const names = globSync('*.parquet', { cwd: folder }).filter((name) => !isRare.test(name))
    assert.ok(names.length > 15, `${names.length} files`)
    for (const name of names) assert.equal(callsIn(await callsFor(name), 'parquet/wasm'), 0, name)
    assert.ok(callsIn(await callsFor('pyarrow-lz4-pages-v1.parquet'), 'parquet/wasm') > 0, 'the others are counted')
  })
})
