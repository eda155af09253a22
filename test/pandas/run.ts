/** `npm run test:pandas`: the tests that want pandas with its two engines, which are installed once and kept. Needs Python. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** A virtual environment with what is in requirements.txt. */
function python(): string {
  const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url))
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const tools = path.resolve(process.env.TOOLS_FOLDER ?? path.join(os.homedir(), '.cache', 'parquet-supertrend'))
  const folder = path.join(tools, `pandas-${hash}`)
  const [program, complete] = [path.join(folder, 'bin', 'python'), path.join(folder, 'complete')]
  if (existsSync(complete)) return program
  const run = (command: string, ...args: string[]) => {
    const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
    if (status !== 0) throw new Error('pandas cannot be installed; is Python 3 there?', { cause: error })
  }
  run('python3', '-m', 'venv', folder)
  run(program, '-m', 'pip', 'install', '--quiet', '-r', requirements)
  writeFileSync(complete, '')
  return program
}

const env = { ...process.env, PYTHON: python() }
const files = globSync('test/**/*.pandastest.ts')
const { status } = spawnSync(process.execPath, ['--test', ...files], { env, stdio: 'inherit' })
process.exitCode = status ?? 1
