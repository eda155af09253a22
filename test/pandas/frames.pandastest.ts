import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { appendColumns } from '../../functions/append.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { enrichBytes, gathered, readMetadata, temporaryFolder } from '../parquet-files.ts'
import { runPython } from '../readme/python.ts'

const FRAMES = fileURLToPath(new URL('./frames.py', import.meta.url))
const folder = temporaryFolder()
const inputs = path.join(folder, 'inputs')
mkdirSync(inputs)
await runPython([FRAMES, 'write', inputs], { folder })
const files = readdirSync(inputs)

const stockstats = { definition: 'stockstats', period: 14, multiplier: 3 } as const
/** Has no value on the first rows. */
const tradingview = { definition: 'tradingview', period: 5, multiplier: 2 } as const

interface Comparison {
  readonly file: string
  readonly engine: string
  readonly problem: string | null
}

async function compare(
  name: string,
  outputs: ReadonlyMap<string, Uint8Array>,
  command: 'compare' | 'compare-appended' = 'compare',
): Promise<void> {
  const enriched = path.join(folder, name)
  mkdirSync(enriched)
  for (const [file, bytes] of outputs) writeFileSync(path.join(enriched, file), bytes)
  const printed = await runPython([FRAMES, command, inputs, enriched], { folder })
  const comparisons = printed
    .trim()
    .split('\n')
    .map((line): Comparison => JSON.parse(line))
  assert.equal(comparisons.length, 2 * files.length)
  assert.deepEqual(
    comparisons.filter(({ problem }) => problem !== null),
    [],
  )
}

async function enrichedOf(settings: Partial<EnrichSettings>, inputOf: (file: string) => Uint8Array) {
  const outputs = new Map<string, Uint8Array>()
  for (const file of files) outputs.set(file, (await enrichBytes(inputOf(file), settings)).output)
  return outputs
}

const read = (file: string) => new Uint8Array(readFileSync(path.join(inputs, file)))

describe('an enriched file of pandas, opened by pandas with both engines,', () => {
  it('is tested with files of all kinds', () => assert.ok(files.length > 60, `${files.length} files`))

  it('has the columns, index, types and values of the input, and the new columns', async () => {
    await compare('values', await enrichedOf({ supertrends: [stockstats] }, read))
  })

  it('has nullable integers where integers have nulls', async () => {
    await compare('nulls', await enrichedOf({ supertrends: [tradingview] }, read))
  })

  it('has its columns replaced when it is enriched again', async () => {
    const once = await enrichedOf({ supertrends: [stockstats] }, read)
    await compare('again', await enrichedOf({ supertrends: [tradingview] }, (file) => once.get(file)!))
  })
})

describe('a file of pandas with appended columns, opened by pandas with both engines,', () => {
  it('has the columns, index, types and values of the input, and the new columns', async () => {
    const outputs = new Map<string, Uint8Array>()
    for (const file of files) {
      const input = read(file)
      const rows = Array.from({ length: Number((await readMetadata(input)).num_rows) }, (_, row) => row)
      const { bytes } = await appendColumns(input, [
        { name: 'middle', values: Float64Array.from(rows, (row) => row / 2) },
        { name: 'is_even', type: 'boolean', values: rows.map((row) => (row % 3 === 0 ? null : row % 2 === 0)) },
      ])
      outputs.set(file, await gathered(bytes()))
    }
    await compare('appended', outputs, 'compare-appended')
  })
})
