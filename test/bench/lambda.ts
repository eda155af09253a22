/** Measures start, time, processor time and traffic of the deployed function on an S3 with a latency of 20 ms and 80 MB/s. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { bundle } from '../../lib/bundle.ts'
import type { Invocation } from './function-process.ts'
import { script } from './measure.ts'
import type { Traffic } from './slow-s3.ts'

/** The memory in MB that comes with one vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MB_PER_CPU = 1769

/** Of the S3 that `slow-s3.ts` stands in for. */
export const LINK_BYTES_PER_MS = 80_000

export function bundledFunction(folder: string): { readonly file: string; readonly bytes: number } {
  mkdirSync(folder, { recursive: true })
  bundle('lambda', folder)
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0)
  return { file: path.join(folder, 'index.mjs'), bytes }
}

function variables(port: number, memoryMB: number): Record<string, string> {
  const queue = `http://127.0.0.1:${port}/queue`
  return {
    PATH: process.env.PATH ?? '',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    // an address of digits: the client then puts the bucket into the path
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMB),
    POWERTOOLS_DEV: 'false',
    POWERTOOLS_LOG_LEVEL: 'INFO',
    SETTINGS: '{}',
    ARRIVALS_QUEUE_URL: queue,
    REPAIRS_QUEUE_URL: queue,
    DEAD_LETTER_QUEUE_URL: queue,
  }
}

/** From the start of the process until it asks for its first invocation. */
export async function startMs(bundleFile: string): Promise<number> {
  const asked = Promise.withResolvers<void>()
  const server = createServer(() => asked.resolve())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const started = performance.now()
  const child = spawn(process.execPath, [script('../deploy/runtime-client.js')], {
    env: {
      ...variables(port, 512),
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      LAMBDA_TASK_ROOT: path.dirname(bundleFile),
      _HANDLER: 'index.handler',
    },
    stdio: 'inherit',
  })
  await asked.promise
  const ms = performance.now() - started
  child.kill('SIGKILL')
  server.closeAllConnections()
  server.close()
  return ms
}

export interface Cost extends Omit<Invocation, 'answer'> {
  readonly traffic: Traffic
}

/** A function that has had three invocations. */
export interface WarmFunction {
  /** One file, from its event to the answer. */
  invoke(): Promise<Cost>
  /** Ends it. @returns what it has logged, of all its invocations */
  end(): Promise<Logged>
}

export interface Logged {
  readonly invocations: number
  readonly lines: number
  readonly bytes: number
}

export interface WarmOptions {
  readonly memoryMB: number
  /** Left out: no limit. */
  readonly processors?: number
}

const WARM_UP = 3

/** @returns undefined where a limit is asked for and no cgroup can be made */
export async function warmFunction(
  bundleFile: string,
  input: string,
  { memoryMB, processors }: WarmOptions,
): Promise<WarmFunction | undefined> {
  const s3 = fork(script('./slow-s3.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = (await once(s3, 'message')) as [number]
  const url = `http://127.0.0.1:${port}/bucket/incoming/bars.parquet`
  await fetch(url, { method: 'PUT', headers: { 'x-bench-file': input } })
  const lambda = fork(script('./function-process.ts'), [bundleFile], {
    env: variables(port, memoryMB),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const logged = { invocations: 0, lines: 0, bytes: 0 }
  lambda.stdout!.on('data', (chunk: Buffer) => {
    logged.bytes += chunk.length
    for (const byte of chunk) if (byte === NEW_LINE) logged.lines++
  })
  await once(lambda, 'message')
  const limit = processors === undefined ? undefined : limitProcessor(lambda, processors)
  const invoke = async () => {
    await ask(s3, 'requests')
    lambda.send(uploadEvent(statSync(input).size))
    const [{ answer, ...cost }] = (await once(lambda, 'message')) as [Invocation]
    const { files } = answer as { files: readonly { outcome: string }[] }
    if (files[0]?.outcome !== 'enriched') throw new Error(`the function answered ${JSON.stringify(answer)}`)
    logged.invocations++
    return { ...cost, traffic: await ask(s3, 'requests') }
  }
  const end = async () => {
    const gone = Promise.all([once(lambda, 'exit'), once(lambda.stdout!, 'close')])
    lambda.disconnect()
    s3.disconnect()
    await gone
    limit?.()
    return logged
  }
  if (processors !== undefined && !limit) {
    await end()
    return undefined
  }
  for (let i = 0; i < WARM_UP; i++) await invoke()
  return { invoke, end }
}

const NEW_LINE = 10

function uploadEvent(size: number): object {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: {
          bucket: { name: 'bucket' },
          object: { key: 'incoming/bars.parquet', eTag: 'bench', size, sequencer: '1' },
        },
      },
    ],
  }
}

async function ask(s3: ChildProcess, what: string): Promise<Traffic> {
  s3.send(what)
  const [traffic] = (await once(s3, 'message')) as [Traffic]
  return traffic
}

const CPU_GROUPS = '/sys/fs/cgroup/cpu'
const PERIOD_US = 20_000

/** Limits the processor as Lambda does, to a share of every period. @returns a function that ends the limit, undefined where a cgroup cannot be made */
function limitProcessor({ pid }: ChildProcess, processors: number): (() => void) | undefined {
  const group = path.join(CPU_GROUPS, `parquet-supertrend-bench-${process.pid}`)
  try {
    mkdirSync(group)
    writeFileSync(path.join(group, 'cpu.cfs_period_us'), String(PERIOD_US))
    writeFileSync(path.join(group, 'cpu.cfs_quota_us'), String(Math.round(PERIOD_US * processors)))
    writeFileSync(path.join(group, 'cgroup.procs'), String(pid))
    return () => rmdirSync(group)
  } catch {
    return undefined
  }
}
