/** Programs of Python as peers, where Python is: their libraries live in an environment of their own. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Program, script } from './measure.ts'

export type Peer = 'stockstats' | 'pandas-ta' | 'polars' | 'polars-numba' | 'pyarrow-numba'

/** @returns undefined, having said why, when there is no Python or the libraries cannot be had */
export function pythonPeers(): ((peer: Peer, input: string, output: string) => Program) | undefined {
  const requirements = script('./peers/requirements.txt')
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const environment = path.join(os.homedir(), '.cache/parquet-supertrend', `peers-${digest}`)
  const python = path.join(environment, 'bin/python')
  const done = path.join(environment, 'complete')
  if (!existsSync(done)) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]
    const isMade =
      spawnSync('python3', ['-m', 'venv', environment]).status === 0 &&
      spawnSync(python, pip, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0 &&
      spawnSync('touch', [done]).status === 0
    if (!isMade) {
      rmSync(environment, { recursive: true, force: true })
      return undefined
    }
  }
  return (peer, input, output) => ({
    name: peer,
    command: python,
    args: [script('./peers/peers.py'), peer, input, output],
  })
}
