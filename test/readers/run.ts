/**
 * `npm run test:readers`: readers x writers x codecs x page versions x page indexes x rows x layouts. Each input is enriched,
 * read by each reader, and compared with the input and with values that an independent program has computed; filters on old
 * and new columns have to find the same rows. Columns of `appendColumns`, doubles and booleans are read in some of the files.
 * Fails on every problem that is not a known limit. Needs Python.
 *
 * `-- --write` brings the table in docs/file-format.md up to date.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { packageVersion } from '../package-version.ts'
import { temporaryFolder } from '../parquet-files.ts'
import { pythonWith } from '../python-environment.ts'
import { replaceSection } from '../readme/sections.ts'
import { enrichAll, expectedOf, makeBars, rowsOf, writeInputs } from './files.ts'
import { surprises } from './known-limits.ts'
import { addMoreColumns } from './more-columns.ts'
import { NODE_READERS, type Reading, readInNode } from './node-readers.ts'
import { SECTION, tableOf, type Versions, withoutVersions } from './table.ts'

const python = pythonWith(new URL('./requirements.txt', import.meta.url), 'readers')
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

async function run(...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(python, args, { cwd: folder, maxBuffer: 2 ** 28 })
  return stdout.trim().split('\n')
}

const folder = temporaryFolder()
const inputs = path.join(folder, 'inputs')
mkdirSync(inputs)
const [bars, rows] = [makeBars(), rowsOf()]
const expected = expectedOf(bars, rows)
writeFileSync(path.join(folder, 'bars.json'), JSON.stringify({ bars, rows }))
writeFileSync(path.join(folder, 'expected.json'), JSON.stringify(expected))
writeInputs(bars, rows, inputs)
await run(script('inputs.py'), 'bars.json', inputs)
const names = await enrichAll(inputs, path.join(folder, 'outputs'))

// one process for each processor, but for this one
const workers = Math.max(1, os.availableParallelism() - 1)
const shares = Array.from({ length: workers }, (_, i) => names.filter((_, n) => n % workers === i))
const [inNode, ...inPython] = await Promise.all([
  readInNode(folder, names, expected),
  ...shares.map((share) => run(script('outputs.py'), folder, 'expected.json', ...share)),
])
const readings = [...inNode, ...inPython.flatMap((lines) => lines.slice(1).map((line): Reading => JSON.parse(line)))]

const ofPython: Versions = JSON.parse(inPython[0]![0]!)
const inNodeVersions = NODE_READERS.map(({ name, packages }) => [
  name,
  packages.map((each) => `${each} ${packageVersion(each)}`),
])
const readers: Versions = { ...ofPython, ...Object.fromEntries(inNodeVersions) }
const writers: Versions = {
  pyarrow: ofPython.pyarrow!,
  polars: ofPython.polars!,
  duckdb: ofPython['DuckDB in Python']!,
  fastparquet: ofPython['pandas, through fastparquet']!.slice(-1),
  'hyparquet-writer': [`hyparquet-writer ${packageVersion('hyparquet-writer')}`],
}
const found = surprises(readings)
writeFileSync(path.join(folder, 'more.json'), JSON.stringify(await addMoreColumns(folder, names)))
// it imports outputs.py, and is to leave no compiled file beside it
const ofMoreColumns = (await run('-B', script('more_columns.py'), folder, 'more.json')).map(
  (line): Reading => JSON.parse(line),
)
for (const { file, reader, problem } of ofMoreColumns)
  if (problem !== null) found.push(`${reader} on ${file}: ${problem}`)
const docs = new URL('../../docs/file-format.md', import.meta.url)
const text = readFileSync(docs, 'utf8')
const written = replaceSection(text, SECTION, tableOf(readings, readers, writers))
if (process.argv.includes('--write')) {
  if (found.length === 0) writeFileSync(docs, written)
} else if (withoutVersions(written) !== withoutVersions(text)) {
  found.push('the table in docs/file-format.md is another one: npm run test:readers -- --write')
}
const unread = readings.filter(({ problem }) => problem !== null).length
console.log(
  `${names.length} files, ${readings.length} readings and ${ofMoreColumns.length} of more columns, ${unread} of them known limits or failures`,
)
for (const surprise of found.slice(0, 40)) console.error(surprise)
if (found.length > 40) console.error(`and ${found.length - 40} more`)
// as the runner of tests says it, for .ci/run
console.log(
  `ℹ pass ${readings.length - unread + ofMoreColumns.filter(({ problem }) => problem === null).length}\nℹ fail ${found.length}`,
)
process.exitCode = found.length > 0 ? 1 : 0
