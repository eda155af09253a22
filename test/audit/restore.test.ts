import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { restore } from '../../functions/audit/restore.ts'
import {
  barsFile,
  duckDbRun,
  enrichAndKeep,
  gathered,
  memorySource,
  readMetadata,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'

const scratch = temporaryFolder()
const bars = someBars(400)
const input = barsFile(bars, { rowGroupSize: 150 })
const NOTE = 'parquet-supertrend'

async function restored(enriched: Uint8Array, dropped?: Uint8Array) {
  const { pieces, ...rest } = await restore(memorySource(enriched), dropped && memorySource(dropped), 2 ** 30)
  return { ...rest, file: await gathered(pieces()) }
}

/** The file as DuckDB writes its rows again, with the note that the function had made: what a program does that keeps notes. */
async function rewritten(enriched: Uint8Array, options: string): Promise<Uint8Array> {
  const { key_value_metadata } = await readMetadata(enriched)
  const note = key_value_metadata!.find(({ key }) => key === NOTE)!.value!
  const [from, to] = ['enriched', 'rewritten'].map((name) => path.join(scratch, `${name}.parquet`))
  writeFileSync(from!, enriched)
  const kept = `KV_METADATA {'${NOTE}': '${note.replaceAll("'", "''")}'}`
  await duckDbRun(`COPY (SELECT * FROM '${from}') TO '${to}' (FORMAT parquet, ${options}, ${kept})`)
  return new Uint8Array(readFileSync(to!))
}

describe('restore', () => {
  it('gives every byte of the original, and says how many rows it has', async () => {
    const { output } = await enrichAndKeep(input)
    const { file, ...found } = await restored(output)
    assert.deepEqual(found, { bytes: 'same', byteLength: input.length, rows: 400, rowsDropped: 0, warnings: [] })
    assert.ok(Buffer.from(input).equals(file))
  })

  it('gives the pages of the last of two runs', async () => {
    const first = await enrichAndKeep(input)
    const again = await enrichAndKeep(first.output, {
      supertrends: [{ definition: 'tradingview', period: 5, multiplier: 2 }],
    })
    const once = (await restored(again.output)).file
    assert.ok(Buffer.from(first.output).equals(once))
    assert.ok(Buffer.from(input).equals((await restored(once)).file))
  })

  it('takes the empty file of dropped rows, and none of another run', async () => {
    const { output, dropped } = await enrichAndKeep(input)
    assert.ok(Buffer.from(input).equals((await restored(output, dropped)).file))
    const other = await enrichAndKeep(barsFile([...bars, ...bars.slice(-3)]))
    await assert.rejects(restored(output, other.dropped), { code: 'not-enriched' })
  })

  it('names the rows that are not in the file, and where they may be', async () => {
    const { output } = await enrichAndKeep(barsFile([...bars, ...bars.slice(-3)]))
    await assert.rejects(restored(output), { code: 'not-enriched', message: /^3 rows were removed .*--dropped/ })
  })

  it('lists each warning once', async () => {
    const asZero = bars.map((bar, i) => (i === 9 ? { ...bar, open: 0, high: 0, low: 0, close: 0 } : bar))
    const { output } = await enrichAndKeep(barsFile(asZero))
    const { warnings } = await restored(output)
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['zero-prices'],
    )
  })

  for (const [what, options] of Object.entries({
    larger: 'COMPRESSION uncompressed',
    smaller: 'COMPRESSION zstd',
  })) {
    it(`refuses a file that was rewritten with its note, and is ${what} now`, async () => {
      const { output } = await enrichAndKeep(input)
      const other = await rewritten(output, options)
      assert.equal(
        other.length > input.length,
        what === 'larger',
        `${other.length} bytes, the original ${input.length}`,
      )
      await assert.rejects(restored(other), { code: 'not-enriched', message: /^the file was rewritten after/ })
    })
  }

  it('refuses a file in which the footer of the original is overwritten, and one that never was enriched', async () => {
    const { output } = await enrichAndKeep(input)
    const damaged = output.slice().fill(0, input.length - 8, input.length)
    await assert.rejects(restored(damaged), { code: 'not-enriched', message: /^the file was rewritten after/ })
    await assert.rejects(restored(input), { code: 'not-enriched', message: /nothing to restore/ })
  })

  it('refuses a file that begins with another original of the same length', async () => {
    const { output } = await enrichAndKeep(input)
    // row groups of other sizes; readers ignore bytes between the pages and the footer
    const other = Buffer.from(barsFile(bars, { rowGroupSize: 151 }))
    const footerAt = other.length - 8 - other.readUInt32LE(other.length - 8)
    const room = Buffer.alloc(input.length - other.length)
    const original = Buffer.concat([other.subarray(0, footerAt), room, other.subarray(footerAt)])
    const joined = Buffer.concat([original, output.subarray(input.length)])
    await assert.rejects(restored(new Uint8Array(joined)), { code: 'not-enriched', message: /^the file was rewritten/ })
  })
})
