/** Enriches mutated files: `npm run fuzz -- [--runs 2000] [--first 1]`. Ends with 1 unless each is enriched correctly or refused. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Step } from './fuzz-worker.ts'
import { mutant } from './mutants.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '2000' }, first: { type: 'string', default: '1' } },
})
const WORKERS = 2
/** Each process ends after so many seeds, because the other readers leak memory. */
const SEEDS_PER_PROCESS = 500
/** Processor time, so that a busy machine fails no mutant. */
const LIMIT_CPU_MS = 10_000
const LIMIT_MIB = 256
/** A process that is silent for this long hangs. */
const HANG_MS = 300_000

const first = Number(values.first)
const end = first + Number(values.runs)
const worker = fileURLToPath(new URL('./fuzz-worker.ts', import.meta.url))
const answers = new Map<string, number>()
const failures: string[] = []
let slowestMs = 0
let largestMiB = 0
let readerCrashes = 0
let nextSeed = first

function fail(seed: number, why: string): void {
  const { base, mutations } = mutant(seed)
  failures.push(`seed ${seed} (${base}; ${mutations.join(', ')}): ${why}`)
  console.error(failures.at(-1))
}

function take(step: Step): void {
  if (step.step === 'failed') fail(step.seed, step.why)
  if (step.step !== 'done') return
  answers.set(step.answer, (answers.get(step.answer) ?? 0) + 1)
  slowestMs = Math.max(slowestMs, step.cpuMs)
  largestMiB = Math.max(largestMiB, step.memoryMiB)
  if (step.cpuMs > LIMIT_CPU_MS) fail(step.seed, `it took ${step.cpuMs} ms of processor time`)
  if (step.memoryMiB > LIMIT_MIB) fail(step.seed, `it took ${step.memoryMiB} MiB`)
}

/** @returns the seed to go on with */
async function runProcess(from: number, to: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [worker, String(from), String(to - from)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let last: Step = { seed: from, step: 'enrich' }
  let hang = setTimeout(() => child.kill('SIGKILL'), HANG_MS)
  for await (const line of createInterface({ input: child.stdout! })) {
    clearTimeout(hang)
    hang = setTimeout(() => child.kill('SIGKILL'), HANG_MS)
    last = JSON.parse(line)
    take(last)
  }
  clearTimeout(hang)
  if (last.step === 'done' || last.step === 'failed') return last.seed + 1
  // a crash of another reader on a damaged column is no failure of this program
  if (last.step === 'verify') readerCrashes++
  else fail(last.seed, 'the process crashed or hung')
  return last.seed + 1
}

async function run(): Promise<void> {
  while (nextSeed < end) {
    const from = nextSeed
    nextSeed = Math.min(end, from + SEEDS_PER_PROCESS)
    const to = nextSeed
    for (let seed = from; seed < to; ) seed = await runProcess(seed, to)
  }
}

await Promise.all(Array.from({ length: WORKERS }, run))
const counts = [...answers].sort(([, a], [, b]) => b - a).map(([answer, count]) => `${count} ${answer}`)
console.log(
  `${values.runs} mutants from seed ${first}: ${counts.join(', ')}; at most ${slowestMs} ms of processor time and ${largestMiB} MiB; ${readerCrashes} times another reader crashed`,
)
console.log(`${failures.length} failures`)
process.exitCode = failures.length > 0 ? 1 : 0
