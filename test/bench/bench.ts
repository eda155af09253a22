/**
 * Measures the figures of docs/performance.md, each one within this run: `npm run bench [-- --rows N] [--only NAME,...] [--real FOLDER] [--write]`.
 *
 * Against other programs: whole processes in turn (A B A B ...) after a warm-up of each, pinned to processors where `taskset`
 * can, as the median of the ratios of five rounds, all of which are printed. Python 3 is needed for some rows, and installs
 * what they compare with. FOLDER has real files as `npm run test:real` wants them. `--write` puts the tables into
 * docs/performance.md, with `--only` those of these sections.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { replaceSection, sectionOf } from '../readme/sections.ts'
import { newBenchContext } from './bench-context.ts'
import { script } from './measure.ts'
import { cost } from './sections/cost.ts'
import { duplicates } from './sections/duplicates.ts'
import { engines } from './sections/engines.ts'
import { floor } from './sections/floor.ts'
import { theFunction } from './sections/function.ts'
import { memory } from './sections/memory.ts'
import { parameterSets } from './sections/parameter-sets.ts'
import { peers } from './sections/peers.ts'
import { size } from './sections/size.ts'
import { unusualColumns } from './sections/unusual-columns.ts'
import { withSections } from './written-sections.ts'

const SECTIONS = {
  size: ['Bytes added, compared with pyarrow', size],
  engines: ['Compared with DuckDB, which computes no indicator', engines],
  unusual: ['Unusual columns', unusualColumns],
  sets: ['Several parameter sets', parameterSets],
  peers: ['Compared with Python programs, on two processors', peers],
  floor: ['Compared with the floor', floor],
  memory: ['Memory', memory],
  duplicates: ['Files with many duplicates', duplicates],
  function: ['The function', theFunction],
  cost: ['Cost', cost],
} as const

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    only: { type: 'string', default: Object.keys(SECTIONS).join(',') },
    write: { type: 'boolean', default: false },
    real: { type: 'string' },
  },
})

const scratch = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-bench-'))
const texts = new Map<string, string>()
const machine = `${os.cpus()[0]?.model.trim()}, ${os.cpus().length} processors, Node ${process.version}`
const measured = `Measured on ${new Date().toISOString().slice(0, 10)}, ${machine}.`
const wanted = values.only.split(',')
const isWhole = Object.keys(SECTIONS).every((name) => wanted.includes(name))
try {
  console.log(measured)
  const lines: string[] = []
  const bench = newBenchContext({ rows: Number(values.rows), realFolder: values.real }, scratch, lines)
  for (const [name, [title, measure]] of Object.entries(SECTIONS)) {
    if (!wanted.includes(name)) continue
    console.log(`\n### ${title}\n`)
    const started = performance.now()
    await measure(bench)
    console.error(`${name}: ${Math.round((performance.now() - started) / 1000)} s`)
    texts.set(title, [...(isWhole ? [] : [measured, '']), ...lines.splice(0)].join('\n'))
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

if (values.write) {
  const [page, name] = [script('../../docs/performance.md'), 'npm run bench -- --write']
  const text = readFileSync(page, 'utf8')
  const before = isWhole ? measured : sectionOf(text, name)
  writeFileSync(page, replaceSection(text, name, withSections(before, texts)))
}
process.exit()
