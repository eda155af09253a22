/** Measures whole processes in turn (A B A B ...), so that a noisy machine is noisy for all of them. */
import { execFileSync, spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { NAME, packed, projectWith } from '../package/tarball.ts'
import { packageVersion } from '../package-version.ts'

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
  readonly cpuMs: number
  readonly peakMemoryMiB: number
  /** The first program's time over this one's, in each round. */
  readonly ratios: readonly number[]
}

const ROUNDS = 5

/** After a warm-up of each. @returns one for each program, the first one's ratios being 1 */
export function compare(
  programs: readonly Program[],
  processors: 1 | 2,
  { by = 'wallMs' as 'wallMs' | 'cpuMs', warmUp = true } = {},
): Compared[] {
  if (warmUp) for (const program of programs) run(program, processors)
  const runs = Array.from({ length: ROUNDS }, () => programs.map((program) => run(program, processors)))
  return programs.map(({ name }, i) => ({
    name,
    wallMs: median(runs.map((round) => round[i]!.wallMs)),
    cpuMs: median(runs.map((round) => round[i]!.cpuMs)),
    peakMemoryMiB: Math.max(...runs.map((round) => round[i]!.peakMemoryMiB)),
    ratios: runs.map((round) => round[0]![by] / round[i]![by]),
  }))
}

let installed: string | undefined

/** The command as users have it: packed, and installed in another folder. */
function installedCommand(): string {
  installed ??= path.join(projectWith(packed()), 'node_modules', NAME, 'bin/cli.js')
  return installed
}

/**
 * Nothing is read back: by default it is for one file of 20, chosen by its bytes, which would be compared with others.
 * @param options of the command
 */
export function enrich(input: string, output: string, ...options: string[]): Program {
  const command = [installedCommand(), 'enrich', input, output, '--json', '--conflicts', 'drop', '--read-back', 'off']
  return { name: 'ours', args: ['--import', script('./say-cpu-time.js'), ...command, ...options] }
}

/** The same call, whose new columns another reader reads before the file is published. */
export function readingBack({ args, ...program }: Program): Program {
  return { ...program, args: args.with(args.indexOf('--read-back') + 1, 'on') }
}

export const duckDb = (what: 'copy' | 'dedupe', input: string, output: string, threads: 1 | 2): Program => ({
  name: what === 'copy' ? `DuckDB ${packageVersion('@duckdb/node-api')} COPY` : 'DuckDB DISTINCT ON',
  args: [script('./duckdb.ts'), what, input, output, String(threads)],
})

/** The newest DuckDB, which comes first to Python. */
export const newestDuckDb = (python: string, input: string, output: string, threads: 1 | 2): Program => ({
  name: `DuckDB ${pythonPackage(python, 'duckdb')} COPY`,
  command: python,
  args: [script('./duckdb_copy.py'), input, output, String(threads)],
})

export function pythonPackage(python: string, name: string): string {
  const print = `from importlib.metadata import version; print(version('${name}'))`
  return execFileSync(python, ['-c', print], { encoding: 'utf8' }).trim()
}
