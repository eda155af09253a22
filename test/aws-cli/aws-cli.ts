/** The AWS CLI, loaded once for many commands: the start of Python and of the CLI is three quarters of a short command. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../parquet-files.ts'

export interface AwsCli {
  /** A program and its first arguments, after which come those of `aws`. */
  readonly command: readonly [program: string, ...args: string[]]
  stop(): Promise<void>
}

const inFolder = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** @param python of an environment that has the package awscli */
export async function startAwsCli(python: string): Promise<AwsCli> {
  const socket = path.join(temporaryFolder(), 'aws')
  const server = spawn(python, [inFolder('server.py'), socket], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  const isReady = await Promise.race([once(server.stdout, 'data'), ended.then(() => undefined)])
  if (!isReady) throw new Error('the AWS CLI does not start')
  return {
    // without what an environment adds to Python, for a start within 20 ms
    command: [python, '-I', '-S', inFolder('command.py'), socket],
    stop: async () => {
      server.stdin.end()
      await ended
    },
  }
}
