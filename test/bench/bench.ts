/**
 * Measures the figures of docs/performance.md, each one within this run: `npm run bench [-- --rows N] [--only NAME,...] [--real FOLDER] [--write]`.
 *
 * Against engines: whole processes in turn (A B A B ...) after a warm-up of each, pinned to processors where `taskset` can,
 * as the median of the ratios of the rounds. PYTHON names a Python that has pyarrow, for the sizes;
 * FOLDER has real files as `npm run test:real` wants them. `--write` puts the tables into docs/performance.md.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { replaceSection } from '../readme/sections.ts'
import { addedBytes, realFiles } from './added-bytes.ts'
import { bundledFunction, coldStartMs, invoke, LINK_BYTES_PER_MS, MB_PER_CPU } from './lambda.ts'
import { type BarsFile, type Duplicates, makeBars } from './make-bars.ts'
import { type Compared, compare, compareOnce, duckDb, enrich, median, run, script } from './measure.ts'
import { smallestCapMiB } from './memory-cap.ts'
import { pythonPeers } from './peers.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    only: { type: 'string', default: 'size,engines,peers,floor,memory,duplicates,function,cost' },
    write: { type: 'boolean', default: false },
    real: { type: 'string' },
  },
})
const ROUNDS = 5
const rows = Number(values.rows)
const sections = new Set(values.only.split(','))
const scratch = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-bench-'))
const at = (name: string) => path.join(scratch, name)
const lines: string[] = []

function say(line = ''): void {
  console.log(line)
  lines.push(line)
}

function verdictOf(value: number, target: number): string {
  return `${value.toFixed(2)} (${verdict(Number(value.toFixed(2)), target)})`
}

function verdict(value: number, target: number): string {
  return value <= target ? `at most ${target}: reached` : `at most ${target}: **missed**`
}

async function made(name: string, file: BarsFile): Promise<string> {
  await makeBars(at(name), file)
  return at(name)
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`

function row(name: string, [ours, theirs]: readonly Compared[], target?: number): void {
  const ratio = theirs!.ratio
  say(
    `| ${name} | ${seconds(ours!.wallMs)}, ${ours!.peakMemoryMiB} MiB | ${theirs!.name}: ${seconds(theirs!.wallMs)}, ${theirs!.peakMemoryMiB} MiB | ${ratio.toFixed(2)} | ${target === undefined ? '' : verdict(Number(ratio.toFixed(2)), target)} |`,
  )
}

async function size(): Promise<void> {
  const python = process.env.PYTHON
  if (!python) {
    say('Not measured: PYTHON names no Python.')
    return
  }
  say('| file | compression | bytes added | pyarrow, the same columns | ratio | target |')
  say('|---|---|---|---|---|---|')
  const compared = (name: string, input: string) => {
    const { rows, bytes, others, compression, pyarrow } = addedBytes(input, at('out.parquet'), python)
    const ratio = Number((bytes / others).toFixed(2))
    say(
      `| ${rows.toLocaleString('en-US')} rows, ${name} | ${compression} | ${bytes.toLocaleString('en-US')} | pyarrow ${pyarrow}: ${others.toLocaleString('en-US')} | ${ratio} | ${verdict(ratio, 1)} |`,
    )
  }
  compared('one series', await made('size.parquet', { rows: 1_000_000 }))
  for (const series of [3, 500]) {
    compared(`${series} series that alternate`, await made('size.parquet', { rows: 1_000_000, series }))
  }
  for (const file of values.real ? realFiles(values.real) : []) compared(`real: ${path.basename(file)}`, file)
}

async function engines(): Promise<void> {
  say('| file | parquet-supertrend | other program | ratio | target |')
  say('|---|---|---|---|---|')
  const out = at('out.parquet')
  const copy = async (name: string, file: BarsFile, processors: 1 | 2, target?: number) => {
    const input = await made('engines.parquet', file)
    row(name, compare([enrich(input, out), duckDb('copy', input, out, processors)], processors, ROUNDS), target)
  }
  const million = `${rows / 1e6} M rows`
  await copy('35,000 rows', { rows: 35_000 }, 1)
  await copy('1 M rows', { rows: 1_000_000 }, 1)
  await copy(`${million}, one processor`, { rows }, 1, 0.6)
  await copy(`${million}, two`, { rows }, 2)
  await copy(`${million}, one row group`, { rows, rowGroupRows: rows }, 1)
  await copy(`${million}, ZSTD`, { rows, codec: 'zstd' }, 1)
  await copy(`${rows / 5e6} M rows, 90 columns`, { rows: rows / 5, columns: 90 }, 1, 0.15)
  const input = await made('engines.parquet', { rows, duplicates: { kind: 'overlap', share: 0.01 } })
  row(`${million}, 1 % duplicates`, compare([enrich(input, out), duckDb('dedupe', input, out, 1)], 1, ROUNDS), 0.7)
}

async function peers(): Promise<void> {
  const program = pythonPeers()
  if (!program) {
    say('Not measured: they need Python 3.10 or 3.11 and what `test/bench/peers/requirements.txt` lists.')
    return
  }
  say(
    'Each one reads the bars, removes rows with the same datetime and writes the file again. All except polars compute Supertrend.',
  )
  say()
  say('| rows | parquet-supertrend | other program | ratio | target |')
  say('|---|---|---|---|---|')
  const out = at('out.parquet')
  for (const [count, names] of [
    [1_000_000, ['stockstats', 'pandas-ta', 'polars', 'polars-numba', 'pyarrow-numba']],
    [rows, ['pandas-ta', 'polars', 'polars-numba', 'pyarrow-numba']],
  ] as const) {
    const input = await made('peers.parquet', { rows: count, duplicates: { kind: 'overlap', share: 0.01 } })
    for (const name of names) {
      const isSlow = name === 'stockstats'
      const programs = [enrich(input, out), program(name, input, out)]
      const compared = isSlow ? compareOnce(programs, 2) : compare(programs, 2, 3)
      row(`${count / 1e6} M, 1 % duplicates`, compared, isSlow ? 0.04 : undefined)
      if (!isSlow) continue
      const [ours, theirs] = compared.map(({ peakMemoryMiB }) => peakMemoryMiB) as [number, number]
      memoryOfOriginal = `Memory compared with stockstats: ${(ours / theirs).toFixed(2)} (${verdict(Number((ours / theirs).toFixed(2)), 0.2)}).`
    }
  }
  say()
  say(memoryOfOriginal)
}

let memoryOfOriginal = ''

async function floor(): Promise<void> {
  const input = await made('floor.parquet', { rows })
  const stdout = execFileSync(process.execPath, ['--max-semi-space-size=1', script('./floor.ts'), input], {
    encoding: 'utf8',
  })
  const { floorMs, allMs, ratio } = JSON.parse(stdout)
  say(
    `Enriching ${rows / 1e6} M rows without copying the body takes ${Math.round(allMs)} ms. Decoding the four needed columns and encoding the four new ones alone takes ${Math.round(floorMs)} ms. Ratio: ${ratio.toFixed(2)} (${verdict(Number(ratio.toFixed(2)), 1.4)}).`,
  )
}

async function memory(): Promise<void> {
  say('| rows | peak memory | smallest memory limit that completes |')
  say('|---|---|---|')
  for (const count of [35_000, 1_000_000, 5_000_000, 20_000_000, 100_000_000]) {
    const input = await made('memory.parquet', { rows: count })
    const program = enrich(input, at('out.parquet'))
    const { peakMemoryMiB } = run(program, 2)
    // a search takes five runs
    const cap = count > 20_000_000 ? undefined : smallestCapMiB(program)
    say(
      `| ${count.toLocaleString('en-US')} | ${peakMemoryMiB} MiB | ${cap === undefined ? 'not measured' : `${cap} MiB`} |`,
    )
  }
  say()
  say(`Targets: a peak of 150 MB, flat; 20 M rows under 128 MB.`)
}

async function duplicates(): Promise<void> {
  say(
    `Each file has ${rows / 1e6} M rows and is compared with a file of as many rows without duplicates, on one processor.`,
  )
  say()
  say('| file | time, memory | without duplicates | ratio | target |')
  say('|---|---|---|---|---|')
  const clean = await made('clean.parquet', { rows })
  const beside = async (name: string, duplicates: Duplicates) => {
    const input = await made('duplicates.parquet', { rows, duplicates })
    const programs = [enrich(input, at('out.parquet')), { ...enrich(clean, at('out.parquet')), name: 'no duplicates' }]
    row(name, compare(programs, 1, ROUNDS), 2.5)
  }
  await beside('one time in all rows', { kind: 'times', times: 1, agree: true })
  await beside(`the last bar ${(rows / 10).toLocaleString('en-US')} times more`, {
    kind: 'last bar',
    copies: rows / 10,
  })
  await beside('an overlap of 10 %', { kind: 'overlap', share: 0.1 })
  await beside('10 % at random', { kind: 'at random', share: 0.1 })
  await beside('descending, 10 % twice', { kind: 'descending', share: 0.1 })
  say()
  say(
    '| different times | copies | processor time for a quarter, half and all of the rows | exponent of the growth | target |',
  )
  say('|---|---|---|---|---|')
  for (const times of [1, 5, 100, 10_000]) {
    for (const agree of [true, false]) await growth(times, agree)
  }
}

/** How the time grows with the number of copies of some times. */
async function growth(times: number, agree: boolean): Promise<void> {
  const ms: number[] = []
  for (const count of [rows / 4, rows / 2, rows]) {
    const input = await made('growth.parquet', { rows: count, duplicates: { kind: 'times', times, agree } })
    const program = enrich(input, at('out.parquet'))
    ms.push(median([1, 2, 3].map(() => run(program, 1).cpuMs)))
  }
  const exponent = Math.log2(ms.at(-1)! / ms[0]!) / 2
  say(
    `| ${times.toLocaleString('en-US')} | ${agree ? 'agree' : 'conflict'} | ${ms.map(seconds).join(', ')} | ${exponent.toFixed(2)} | ${verdict(Number(exponent.toFixed(2)), 1.1)} |`,
  )
}

async function lambda(): Promise<void> {
  const { file, bytes } = bundledFunction(at('bundle'))
  const cold = await coldStartMs(file, 9)
  mkdirSync(at('empty'))
  writeFileSync(at('empty/index.mjs'), 'export const handler = () => {}')
  const empty = await coldStartMs(at('empty/index.mjs'), 9)
  const ratios = [`Start / start of an empty handler: ${verdictOf(cold / empty, 2.2)}.`]
  say(
    `Bundle ${(bytes / 1e6).toFixed(1)} MB (${verdict(bytes / 1e6, 7)}). From the start of the process to its request for the first event: ${Math.round(cold)} ms (${verdict(cold, 150)}).`,
  )
  say()
  say(
    '| file (warm function; S3 with 20 ms latency and 80 MB/s) | time | processor time | peak memory | requests | downloaded | uploaded |',
  )
  say('|---|---|---|---|---|---|---|')
  for (const count of [35_000, 5_000_000]) {
    const input = await made('function.parquet', { rows: count })
    const { size } = statSync(input)
    const cost = (await invoke(file, input, { memoryMB: MB_PER_CPU, rounds: count > 1e6 ? 3 : 30 }))!
    const { requests, bytesDown, bytesUp } = cost.traffic
    const asked = Object.entries(requests).map(([name, count]) => `${count} ${name}`)
    if (count > 1e6) {
      const commandMs = median([1, 2, 3].map(() => run(enrich(input, at('out.parquet')), 1).cpuMs))
      ratios.push(
        `Time of the large file / time of its bytes alone: ${verdictOf(cost.wallMs / (bytesDown / LINK_BYTES_PER_MS), 1.5)}.`,
        `Processor time / that of the command line: ${verdictOf(cost.cpuMs / commandMs, 1.2)}.`,
        `GET requests: ${verdictOf(requests.GetObject ?? 0, 60)}.`,
      )
    }
    say(
      `| ${count.toLocaleString('en-US')} rows | ${Math.round(cost.wallMs)} ms | ${cost.cpuMs.toFixed(0)} ms | ${cost.peakMemoryMiB} MiB | ${asked.join(', ')} | ${(bytesDown / size).toFixed(2)} of its size | ${(bytesUp / size).toFixed(2)} |`,
    )
  }
  say()
  for (const ratio of ratios) say(`- ${ratio}`)
  say()
  say(
    'Targets: 12 ms of processor time for 35,000 rows; for a large file, 0.75 of its size downloaded and 0.06 uploaded.',
  )
}

/** https://aws.amazon.com/lambda/pricing/ and https://aws.amazon.com/s3/pricing/, us-east-1, arm64, on 2026-11-24. */
const PRICE = { gbSecond: 0.0000133334, invocation: 0.0000002, get: 0.0000004, put: 0.000005 }
const PUTS = ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'UploadPartCopy', 'CompleteMultipartUpload']

async function cost(): Promise<void> {
  const { file } = bundledFunction(at('bundle'))
  say('| memory | 35,000 rows: time, GB-s, cost of a million files | 5 M rows: time, GB-s, cost of a thousand files |')
  say('|---|---|---|')
  const small = await made('small.parquet', { rows: 35_000 })
  const large = await made('large.parquet', { rows: 5_000_000 })
  for (const memoryMB of [256, 512, 1024, MB_PER_CPU]) {
    const cells: string[] = []
    for (const [input, files, rounds] of [
      [small, 1e6, 10],
      [large, 1e3, 1],
    ] as const) {
      const processors = memoryMB / MB_PER_CPU
      const measured = await invoke(file, input, { memoryMB, rounds, processors })
      if (!measured) {
        cells.push('not measured: no cgroup')
        continue
      }
      const gbSeconds = (measured.wallMs / 1000) * (memoryMB / 1024)
      const requests = Object.entries(measured.traffic.requests).reduce(
        (sum, [name, count]) => sum + count * (PUTS.includes(name) ? PRICE.put : PRICE.get),
        0,
      )
      const dollars = files * (gbSeconds * PRICE.gbSecond + PRICE.invocation + requests)
      cells.push(`${Math.round(measured.wallMs)} ms, ${gbSeconds.toFixed(3)}, $${dollars.toFixed(2)}`)
    }
    say(`| ${memoryMB} MB | ${cells.join(' | ')} |`)
  }
}

const SECTIONS = {
  size: ['Bytes added, compared with pyarrow', size],
  engines: ['Compared with DuckDB, which computes no indicator', engines],
  peers: ['Compared with Python programs, on two processors', peers],
  floor: ['Compared with the floor', floor],
  memory: ['Memory', memory],
  duplicates: ['Files with many duplicates', duplicates],
  function: ['The function', lambda],
  cost: ['Cost', cost],
} as const

try {
  const machine = `${os.cpus()[0]?.model.trim()}, ${os.cpus().length} processors, Node ${process.version}`
  say(`Measured on ${new Date().toISOString().slice(0, 10)}, ${machine}.`)
  for (const [name, [title, measure]] of Object.entries(SECTIONS)) {
    if (!sections.has(name)) continue
    say()
    say(`### ${title}`)
    say()
    await measure()
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

if (values.write) {
  const page = script('../../docs/performance.md')
  writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), 'npm run bench -- --write', lines.join('\n')))
}
process.exit()
