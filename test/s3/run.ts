/** `npm run test:s3`: the tests that want real S3 servers, which are built once and kept; `-- --build` builds them only. Needs Go. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

interface GoProgram {
  readonly module: string
  readonly version: string
  readonly package: string
}

/** By the variable that tells the tests where the program is. */
const SERVERS: Readonly<Record<string, GoProgram>> = {
  /** About 3 minutes. */
  VERSITYGW: { module: 'github.com/versity/versitygw', version: 'v1.8.0', package: 'cmd/versitygw' },
  /** Release 4.53, about 5 minutes: its tags are not of the form that Go takes for versions. */
  SEAWEEDFS: {
    module: 'github.com/seaweedfs/seaweedfs',
    version: 'v0.0.0-20261109003541-7506e5f91cd6',
    package: 'weed',
  },
}

/** Builds the program unless it is there. @returns its path */
function built({ module, version, package: name }: GoProgram): string {
  const root = path.resolve(process.env.TOOLS_FOLDER ?? path.join(os.homedir(), '.cache', 'parquet-supertrend'))
  const folder = path.join(root, `${path.basename(module)}-${version}`)
  const program = path.join(folder, path.basename(name))
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  console.log(`building ${module}/${name}@${version}`)
  // in a module of its own: `go install` refuses a program whose module replaces another one
  if (!existsSync(path.join(folder, 'go.mod'))) go(folder, 'mod', 'init', 'server')
  go(folder, 'mod', 'edit', `-require=${module}@${version}`)
  go(folder, 'build', '-mod=mod', '-o', program, `${module}/${name}`)
  return program
}

function go(cwd: string, ...options: string[]): void {
  const { status, error } = spawnSync('go', options, { cwd, stdio: 'inherit' })
  if (status !== 0) throw new Error(`go ${options.join(' ')} failed; is Go installed?`, { cause: error })
}

const programs = Object.fromEntries(Object.entries(SERVERS).map(([variable, program]) => [variable, built(program)]))
if (!process.argv.includes('--build')) {
  const files = globSync('test/**/*.s3test.ts')
  const env = { ...process.env, ...programs }
  const { status } = spawnSync(process.execPath, ['--test', ...files], { env, stdio: 'inherit' })
  process.exitCode = status ?? 1
}
