/** An AWS account on this machine: one MiniStack process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.ts'
import { pythonTools } from './tools.ts'

export interface Emulator {
  readonly endpoint: string
  /** What a process needs in its environment to take the emulator for AWS. */
  readonly environment: Readonly<Record<string, string>>
  /** Ends it and starts it again with what it had stored. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** It takes 2 s, and more than ten times as long on a busy machine. */
const START_MS = 120_000
const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

export interface EmulatorProps {
  /** Where it keeps its state and writes its log. */
  readonly folder: string
  /** Function names, and where their invocations are sent. */
  readonly proxies: Readonly<Record<string, string>>
}

export async function startEmulator({ folder, proxies }: EmulatorProps): Promise<Emulator> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
  const log = openSync(path.join(folder, 'emulator.log'), 'a')
  const start = async () => {
    const server = spawn(path.join(pythonTools(), 'ministack'), [], {
      cwd: folder,
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        ...environment,
        BIND_HOST: '127.0.0.1',
        // in the URLs that it gives out
        MINISTACK_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        PERSIST_STATE: '1',
        STATE_DIR: path.join(folder, 'state'),
        S3_PERSIST: '1',
        S3_DATA_DIR: path.join(folder, 's3'),
        PATH: `${path.join(NODE_MODULES, '.bin')}${path.delimiter}${process.env.PATH}`,
        // the functions of custom resources import the SDK that Lambda would bring
        NODE_PATH: NODE_MODULES,
        ...Object.fromEntries(Object.entries(proxies).map(([name, url]) => [`MINISTACK_LAMBDA_PROXY_${name}`, url])),
      },
    })
    await ready(endpoint, server)
    return server
  }
  let server = await start()
  return {
    endpoint,
    environment,
    restart: async () => {
      await ended(server, 'SIGTERM')
      server = await start()
    },
    stop: () => ended(server, 'SIGKILL'),
  }
}

async function ready(endpoint: string, server: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + START_MS
  for (;;) {
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined)
    if (answer?.ok) return
    if (server.exitCode !== null || Date.now() > giveUpAt) {
      server.kill()
      throw new Error('the emulator does not answer; its log is in its folder')
    }
    await setTimeout(50)
  }
}

async function ended(server: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exit = new Promise((resolve) => server.once('exit', resolve))
  server.kill(signal)
  await exit
}
