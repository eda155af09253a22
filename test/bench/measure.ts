/** Measures whole processes in turn (A B A B ...), so that a noisy machine is noisy for all of them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Run {
  readonly wallMs: number
  /** Processor time; NaN for programs that do not report it. */
  readonly cpuMs: number
  readonly peakMemoryMiB: number
}

export interface Program {
  readonly name: string
  readonly args: readonly string[]
  readonly command?: string
}

export const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

const canPin = spawnSync('taskset', ['--version']).status === 0

/** @param processors how many it may use; all of them on systems without a way to limit it */
export function run({ command = process.execPath, args }: Program, processors: 1 | 2): Run {
  const pinned = canPin ? ['taskset', '-c', processors === 1 ? '0' : '0,1'] : []
  const [file, ...rest] = [...pinned, command, ...args]
  const started = performance.now()
  const stdout = execFileSync(file!, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const wallMs = performance.now() - started
  const { peakMemoryMiB, cpuMs = Number.NaN } = Object.assign(
    {},
    ...stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  return { wallMs, cpuMs, peakMemoryMiB }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

export interface Compared {
  readonly name: string
  readonly wallMs: number
  readonly peakMemoryMiB: number
  /** The first program's wall time over this one's: the median of the ratios of the rounds. */
  readonly ratio: number
}

/** @returns one for each program, the first one's ratio being 1 */
export function compare(programs: readonly Program[], processors: 1 | 2, rounds: number): Compared[] {
  for (const program of programs) run(program, processors)
  return compareRounds(programs, processors, rounds)
}

/** For programs that take minutes: once each, without a warm-up. */
export function compareOnce(programs: readonly Program[], processors: 1 | 2): Compared[] {
  return compareRounds(programs, processors, 1)
}

function compareRounds(programs: readonly Program[], processors: 1 | 2, rounds: number): Compared[] {
  const runs = Array.from({ length: rounds }, () => programs.map((program) => run(program, processors)))
  return programs.map(({ name }, i) => ({
    name,
    wallMs: median(runs.map((round) => round[i]!.wallMs)),
    peakMemoryMiB: Math.max(...runs.map((round) => round[i]!.peakMemoryMiB)),
    ratio: median(runs.map((round) => round[0]!.wallMs / round[i]!.wallMs)),
  }))
}

export const enrich = (input: string, output: string): Program => ({
  name: 'ours',
  args: [
    '--max-semi-space-size=1',
    '--import',
    script('../../bin/compile-cache.js'),
    '--import',
    script('./say-cpu-time.js'),
    script('../../bin/parquet-supertrend.ts'),
    'enrich',
    input,
    output,
    '--json',
    '--conflicts',
    'drop',
  ],
})

export const duckDb = (what: 'copy' | 'dedupe', input: string, output: string, threads: 1 | 2): Program => ({
  name: what === 'copy' ? 'DuckDB COPY' : 'DuckDB DISTINCT ON',
  args: [script('./duckdb.ts'), what, input, output, String(threads)],
})
