import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { readNote } from '../../functions/audit/read-note.ts'
import { readFooter } from '../../functions/parquet/format/footer.ts'
import { barsFile, enrichBytes, memorySource, readMetadata, someBars } from '../parquet-files.ts'

async function noteOf(bytes: Uint8Array) {
  const { key_value_metadata: metadata } = await readMetadata(bytes)
  return JSON.parse(metadata!.find(({ key }) => key === 'parquet-supertrend')!.value!)
}

it('the note of an enriched file has its warnings, if there are any', async () => {
  const bars = someBars(60)
  for (const rows of [bars.map((bar) => ({ ...bar, high: 1 })), [...bars, { ...bars[3]!, close: 1 }]]) {
    const { output, quality } = await enrichBytes(barsFile(rows))
    assert.equal(quality.warnings.length, 1)
    assert.deepEqual((await noteOf(output)).warnings, quality.warnings)
    assert.deepEqual(readNote(await readFooter(memorySource(output), 2 ** 30))!.warnings, quality.warnings)
  }
  assert.ok(!('warnings' in (await noteOf((await enrichBytes(barsFile(bars))).output))))
})

it('a warning in a note is safe to print, whoever wrote it', async () => {
  const { output } = await enrichBytes(barsFile(someBars(60).map((bar) => ({ ...bar, high: 1 }))))
  const text = Buffer.from(output).toString('latin1').replace('"message":"the high ', '"message":"\\u001b[2J')
  const { warnings } = readNote(await readFooter(memorySource(Buffer.from(text, 'latin1')), 2 ** 30))!
  assert.match(warnings[0]!.message, /^\\u\{1b\}\[2J/)
})

it('each field of a note is explained', async () => {
  const docs = readFileSync(new URL('../../docs/file-format.md', import.meta.url), 'utf8')
  const [explained] = docs.split('\n## Metadata\n')[1]!.split('\n## ')
  const bars = someBars(60)
  const { output } = await enrichBytes(barsFile([...bars, { ...bars[3]!, close: 1 }]))
  const names = Object.keys(await noteOf(output))
  assert.ok(names.includes('warnings') && names.includes('duplicatesAt'))
  for (const name of names) assert.ok(explained!.includes(`\`${name}\``), name)
})
