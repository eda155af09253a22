/** Virtual environments of Python, made once and kept. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @param name of the environment, for people who look into the folder
 * @returns the Python that has what the file lists
 */
export function pythonWith(requirements: URL, name: string): string {
  const list = fileURLToPath(requirements)
  const hash = createHash('sha256').update(readFileSync(list)).digest('hex').slice(0, 12)
  const tools = path.resolve(process.env.TOOLS_FOLDER ?? path.join(os.homedir(), '.cache', 'parquet-supertrend'))
  const folder = path.join(tools, `${name}-${hash}`)
  const [program, complete] = [path.join(folder, 'bin', 'python'), path.join(folder, 'complete')]
  if (existsSync(complete)) return program
  const run = (command: string, ...args: string[]) => {
    const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
    if (status !== 0) throw new Error(`${list} cannot be installed; is Python 3 there?`, { cause: error })
  }
  run('python3', '-m', 'venv', folder)
  run(program, '-m', 'pip', 'install', '--quiet', '-r', list)
  writeFileSync(complete, '')
  return program
}
