/**
 * What Lambda does around a function and the emulator does not: execution environments that are kept and reused, each a
 * process of its own over the Runtime API, with the function's memory and time as hard limits, and Lambda's own report
 * of each invocation in the log.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const RUNTIME_CLIENT = fileURLToPath(new URL('runtime-client.js', import.meta.url))
const MEMORY_POLL_MS = 5
const PAGE_BYTES = 4096

/** A function as its stack deployed it. */
export interface FunctionConfiguration {
  readonly Handler: string
  readonly MemorySize: number
  readonly Timeout: number
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> }
}

export interface PlatformReport {
  readonly requestId: string
  readonly status: 'success' | 'error' | 'timeout' | 'failure'
  readonly errorType?: string
  readonly metrics: {
    readonly durationMs: number
    readonly memorySizeMB: number
    readonly maxMemoryUsedMB: number
  }
}

interface Invocation {
  readonly requestId: string
  readonly arn: string
  readonly deadlineMs: number
  readonly event: string
  readonly answer: (status: PlatformReport['status'], body: string, errorType?: string) => void
}

interface ExecutionEnvironment {
  readonly id: string
  readonly process: ChildProcess
  readonly memorySizeMB: number
  peakBytes: number
  /** Set while the runtime waits for an invocation. */
  take: ((invocation: Invocation) => void) | undefined
  current: Invocation | undefined
  killedFor: string | undefined
}

export interface LambdaHost {
  readonly url: string
  /** Every line of the functions' logs, Lambda's own included. */
  readonly log: string[]
  readonly reports: PlatformReport[]
  /** Says where the code of a function is and where its configuration can be asked for. */
  serve(functionName: string, codeFolder: string, configuration: () => Promise<FunctionConfiguration>): void
  /** Processes that run a function now. */
  running(): number[]
  /** Ends the execution environments, so that the next invocation sees a new configuration. */
  recycle(): void
  /** What a function gets as its environment beside its own variables. */
  environment: Readonly<Record<string, string>>
  /** A cap below what the function was given; undefined: none. */
  memoryCapMB: number | undefined
  /** Whether a runtime that starts is stopped at once, so that it runs out of time. */
  isFrozen: boolean
  stop(): Promise<void>
}

export async function startLambdaHost(): Promise<LambdaHost> {
  const functions = new Map<string, { folder: string; configuration: () => Promise<FunctionConfiguration> }>()
  const environments = new Map<string, ExecutionEnvironment>()
  const idle = new Map<string, ExecutionEnvironment[]>()
  /** Invocations whose runtime is still starting, by execution environment. */
  const waitingFor = new Map<string, Invocation>()
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const host: LambdaHost = {
    url: `http://${address}/invoke`,
    log: [],
    reports: [],
    environment: {},
    memoryCapMB: undefined,
    isFrozen: false,
    serve: (name, folder, configuration) => {
      functions.set(name, { folder, configuration })
    },
    running: () => [...environments.values()].flatMap(({ current, process }) => (current ? [process.pid!] : [])),
    recycle: () => {
      for (const { process } of [...idle.values()].flat()) process.kill('SIGKILL')
      idle.clear()
    },
    stop: async () => {
      for (const { process } of environments.values()) process.kill('SIGKILL')
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return host

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? ''
    if (url === '/invoke') return invoke(request, response)
    const [, id, rest = ''] = /^\/([^/]+)\/2018-06-01\/runtime\/(.*)$/.exec(url) ?? []
    const environment = environments.get(id ?? '')
    if (!environment) {
      response.writeHead(404).end()
      return
    }
    if (rest === 'invocation/next') {
      environment.take = (invocation) => {
        environment.take = undefined
        environment.current = invocation
        response.writeHead(200, {
          'lambda-runtime-aws-request-id': invocation.requestId,
          'lambda-runtime-deadline-ms': invocation.deadlineMs,
          'lambda-runtime-invoked-function-arn': invocation.arn,
        })
        response.end(invocation.event)
      }
      const waiting = waitingFor.get(environment.id)
      if (waiting) {
        waitingFor.delete(environment.id)
        environment.take(waiting)
      }
      return
    }
    const body = await bodyOf(request)
    response.writeHead(202).end()
    const invocation = environment.current
    environment.current = undefined
    const isError = rest.endsWith('error')
    const errorType = isError ? JSON.parse(body).errorType : undefined
    invocation?.answer(isError ? 'error' : 'success', body, errorType)
  }

  async function invoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = String(request.headers['x-amzn-lambda-function-name'])
    const event = await bodyOf(request)
    const known = functions.get(name)
    if (!known) throw new Error(`no function ${name} is served here`)
    const configuration = await known.configuration()
    const requestId = String(request.headers['x-amzn-lambda-request-id'] ?? randomUUID())
    const started = Date.now()
    const deadlineMs = started + configuration.Timeout * 1000
    const environment = idle.get(name)?.pop() ?? start(name, known.folder, configuration)
    environment.peakBytes = 0
    const watch = setInterval(() => {
      const cap = Math.min(host.memoryCapMB ?? Number.POSITIVE_INFINITY, environment.memorySizeMB) * 2 ** 20
      environment.peakBytes = Math.max(environment.peakBytes, residentBytes(environment.process.pid!))
      if (environment.peakBytes > cap) kill(environment, 'Runtime.OutOfMemory')
      else if (Date.now() > deadlineMs) kill(environment, 'Sandbox.Timedout')
    }, MEMORY_POLL_MS)
    const invocation: Invocation = {
      requestId,
      arn: String(request.headers['x-amzn-lambda-function-arn'] ?? ''),
      deadlineMs,
      event,
      answer: (status, body, errorType) => {
        clearInterval(watch)
        const report: PlatformReport = {
          requestId,
          status,
          ...(errorType === undefined ? {} : { errorType }),
          metrics: {
            durationMs: Date.now() - started,
            memorySizeMB: configuration.MemorySize,
            maxMemoryUsedMB: Math.ceil(environment.peakBytes / 2 ** 20),
          },
        }
        host.reports.push(report)
        host.log.push(JSON.stringify({ time: new Date().toISOString(), type: 'platform.report', record: report }))
        if (status === 'success' || status === 'error') idle.set(name, [...(idle.get(name) ?? []), environment])
        // the emulator takes another status than 200 for the function's error
        response.writeHead(status === 'success' ? 200 : 500, { 'content-type': 'application/json' }).end(body)
      },
    }
    if (environment.take) environment.take(invocation)
    else {
      environment.current = invocation
      waitingFor.set(environment.id, invocation)
    }
  }

  function start(name: string, folder: string, configuration: FunctionConfiguration): ExecutionEnvironment {
    const id = randomUUID()
    const child = spawn(process.execPath, [...heapLimits(configuration.MemorySize), RUNTIME_CLIENT], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        ...configuration.Environment?.Variables,
        ...host.environment,
        AWS_LAMBDA_RUNTIME_API: `${address}/${id}`,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.MemorySize),
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_LOG_FORMAT: 'JSON',
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: configuration.Handler,
      },
    })
    if (host.isFrozen) child.kill('SIGSTOP')
    for (const output of [child.stdout, child.stderr]) createInterface(output).on('line', (line) => host.log.push(line))
    const environment: ExecutionEnvironment = {
      id,
      process: child,
      memorySizeMB: configuration.MemorySize,
      peakBytes: 0,
      take: undefined,
      current: undefined,
      killedFor: undefined,
    }
    environments.set(id, environment)
    child.once('exit', () => {
      environments.delete(id)
      waitingFor.delete(id)
      idle.set(
        name,
        (idle.get(name) ?? []).filter((other) => other !== environment),
      )
      const errorType = environment.killedFor ?? 'Runtime.ExitError'
      const body = JSON.stringify({ errorType, errorMessage: `the runtime of ${name} ended: ${errorType}` })
      environment.current?.answer(errorType === 'Sandbox.Timedout' ? 'timeout' : 'failure', body, errorType)
    })
    return environment
  }
}

/**
 * Lambda's own runtime starts Node so: a tenth of the memory is for new objects. Without limits, V8 takes the memory of the
 * machine for its own, and begins to collect old objects too late.
 */
function heapLimits(memorySizeMB: number): string[] {
  const newSpaceMB = Math.floor(memorySizeMB / 10)
  const semiSpaceMB = Math.floor(newSpaceMB / 2)
  return [`--max-semi-space-size=${semiSpaceMB}`, `--max-old-space-size=${memorySizeMB - newSpaceMB}`]
}

function kill(environment: ExecutionEnvironment, why: string): void {
  environment.killedFor = why
  environment.process.kill('SIGKILL')
}

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'ascii').split(' ')[1]) * PAGE_BYTES
  } catch {
    return 0
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}
