/** What the deployment tests need beside npm: the emulator and the AWS CLI in a virtual environment of its own, made once and kept. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const PACKAGES = ['ministack==1.5.33', 'hypercorn>=0.18', 'boto3', 'awscli']

/** @returns the folder of the environment's programs. Needs Python 3.10 or later; takes about 20 seconds once. */
export function pythonTools(): string {
  const folder = path.resolve(process.env.TOOLS_FOLDER ?? path.join(os.homedir(), '.cache', 'parquet-supertrend'))
  const digest = createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 12)
  const environment = path.join(folder, `emulator-${digest}`)
  const programs = path.join(environment, 'bin')
  if (existsSync(path.join(programs, 'ministack'))) return programs
  run('python3', ['-m', 'venv', environment])
  try {
    run(path.join(programs, 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...PACKAGES])
  } catch (error) {
    // half an environment would be taken for a whole one
    rmSync(environment, { recursive: true })
    throw error
  }
  return programs
}

/** @returns the Python that has the emulator and the AWS CLI */
export const pythonOfTools = () => path.join(pythonTools(), 'python')

function run(program: string, args: string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', timeout: 300_000 })
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed; is Python 3.10 or later there?`, { cause: error })
}
