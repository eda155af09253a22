/**
 * Measures what the README claims, each figure as a ratio within this run: `npm run bench [-- ROWS]`.
 *
 * Whole processes, one after the other in turn (A B A B ...), pinned to one processor where `taskset` can, after a warm-up
 * of each. DuckDB's COPY computes nothing: it reads the same file and writes it again.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeBars } from './make-bars.ts'

const RUNS = 7
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const scratch = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-bench-'))
const at = (name: string) => path.join(scratch, name)
const canPin = spawnSync('taskset', ['--version']).status === 0

interface Run {
  readonly wallMs: number
  readonly peakMemoryMiB: number
}

function run(args: readonly string[]): Run {
  const [command, ...rest] = canPin ? ['taskset', '-c', '0', process.execPath, ...args] : [process.execPath, ...args]
  const started = performance.now()
  const stdout = execFileSync(command!, rest, { encoding: 'utf8' })
  return { wallMs: performance.now() - started, peakMemoryMiB: JSON.parse(stdout).peakMemoryMiB }
}

const ours = (input: string) =>
  run([
    '--import',
    script('../../bin/compile-cache.js'),
    script('../../bin/enrich.ts'),
    input,
    at('ours.parquet'),
    '--json',
  ])
const duckDb = (input: string) => run([script('duckdb-copy.ts'), input, at('duckdb.parquet')])

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function figure(name: string, value: number, target: number, unit: string): void {
  const verdict = value <= target ? 'reached' : `missed by ${Math.round((value / target - 1) * 100)} %`
  console.log(`  ${name}: ${value.toFixed(unit === 'x' ? 2 : 0)} ${unit} (target ${target} ${unit}, ${verdict})`)
}

function compare(name: string, input: string): void {
  console.log(`${name}, ${(statSync(input).size / 1e6).toFixed(0)} MB`)
  const runs: [Run, Run][] = []
  ours(input)
  duckDb(input)
  for (let i = 0; i < RUNS; i++) runs.push([ours(input), duckDb(input)])
  const wall = (index: 0 | 1) => median(runs.map((pair) => pair[index].wallMs))
  const peak = (index: 0 | 1) => Math.max(...runs.map((pair) => pair[index].peakMemoryMiB))
  console.log(
    `  ours ${wall(0).toFixed(0)} ms, ${peak(0)} MiB; DuckDB COPY, one thread, ${wall(1).toFixed(0)} ms, ${peak(1)} MiB`,
  )
  figure('wall time against DuckDB COPY', median(runs.map(([a, b]) => a.wallMs / b.wallMs)), 0.9, 'x')
  figure('peak memory', peak(0), 180, 'MiB')
}

const rows = Number(process.argv[2] ?? 5_000_000)
console.log(
  `${os.cpus()[0]?.model.trim()}, ${os.cpus().length} processors, Node ${process.version}${canPin ? ', pinned to one' : ''}`,
)
try {
  makeBars(at('groups.parquet'), rows, 100_000)
  compare(`${rows} rows x 6 columns in row groups of 100,000`, at('groups.parquet'))
  makeBars(at('one.parquet'), rows, rows)
  compare(`${rows} rows x 6 columns in one row group`, at('one.parquet'))
  makeBars(at('small.parquet'), 35_000, 100_000)
  console.log('35,000 rows x 6 columns')
  ours(at('small.parquet'))
  const small = Array.from({ length: RUNS }, () => ours(at('small.parquet')))
  figure('wall time of the whole process', median(small.map((run) => run.wallMs)), 250, 'ms')
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
