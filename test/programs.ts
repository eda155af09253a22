/** Runs the programs of `bin`, as users do, but most of them in one process. */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Call, CallResult } from './program-host.ts'
import { quickOrThorough } from './thorough.ts'

export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `enrich` as users do, without npm. */
export function runCli(...args: string[]): Promise<CliResult> {
  return runProgram('enrich', ...args)
}

/** Runs the command line as users do, without npm. */
export function runProgram(...args: string[]): Promise<CliResult> {
  return runProgramIn({}, ...args)
}

/** @param environment variables added to those of this process */
export function runProgramIn(environment: Record<string, string>, ...args: string[]): Promise<CliResult> {
  return quickOrThorough(callScript, startScript)('parquet-supertrend', { ...process.env, ...environment }, args)
}

/** Runs `enrich` in a process of its own, whose memory is that of one run. */
export function startCli(...args: string[]): Promise<CliResult> {
  return startScript('parquet-supertrend', process.env, ['enrich', ...args])
}

/** Runs `enrich` in the process that has run others. */
export function callCli(...args: string[]): Promise<CliResult> {
  return callScript('parquet-supertrend', process.env, ['enrich', ...args])
}

/** @param name of a script of `bin` */
function startScript(name: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<CliResult> {
  const cache = new URL('../bin/start.js', import.meta.url).href
  const script = fileURLToPath(new URL(`../bin/${name}.ts`, import.meta.url))
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', cache, script, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
}

interface Host {
  readonly child: ChildProcess
  /** Rejects when the process ends, which it does not before this one. */
  readonly ended: Promise<never>
}

let host: Host | undefined
let last: Promise<unknown> = Promise.resolve()

/**
 * Runs a script in a process that has run others: the start of a process takes 0.2 s of processor time, ten times what a small
 * file takes.
 */
export function callScript(
  name: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  cwd?: string,
): Promise<CliResult> {
  const result = last.then(() => call({ name, env, args, cwd }))
  last = result.catch(() => {})
  return result
}

async function call(about: Call): Promise<CliResult> {
  host ??= startHost()
  const { child, ended } = host
  for (const kept of [child, child.channel]) kept?.ref()
  child.send(about)
  const [result] = (await Promise.race([once(child, 'message'), ended])) as [CallResult]
  for (const kept of [child, child.channel]) kept?.unref()
  return result
}

function startHost(): Host {
  const child = fork(new URL('./program-host.ts', import.meta.url), {
    execArgv: ['--import', new URL('../bin/start.js', import.meta.url).href],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process of the programs ended with ${code ?? signal}`)
  })
  return { child, ended }
}
