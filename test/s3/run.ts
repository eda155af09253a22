/** `npm run test:s3`: the tests that want real S3 servers, which are built once and kept; `-- --build` builds them only. Needs Go. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

interface GoProgram {
  readonly module: string
  readonly version: string
  /** Its folder within the module. */
  readonly package: string
}

/** By the variable that tells the tests where the program is. */
const SERVERS: Readonly<Record<string, GoProgram>> = {
  /** About 3 minutes. */
  VERSITYGW: { module: 'github.com/versity/versitygw', version: 'v1.8.0', package: 'cmd/versitygw' },
  /** The last state of the project, about 4 minutes: the tags of its releases are not of the form that Go takes for versions. */
  MINIO: { module: 'github.com/minio/minio', version: 'v0.0.0-20260212201848-7aac2a2c5b7c', package: '.' },
}

/** Builds the program unless it is there. @returns its path */
function built({ module, version, package: folderOfMain }: GoProgram): string {
  const name = path.posix.join(module, folderOfMain)
  const root = path.resolve(process.env.TOOLS_FOLDER ?? path.join(os.homedir(), '.cache', 'parquet-supertrend'))
  const folder = path.join(root, `${path.basename(module)}-${version}`)
  const program = path.join(folder, path.basename(name))
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  console.log(`building ${name}@${version}`)
  // in a module of its own: `go install` refuses a program whose module replaces another one
  if (!existsSync(path.join(folder, 'go.mod'))) go(folder, 'mod', 'init', 'server')
  go(folder, 'mod', 'edit', `-require=${module}@${version}`)
  go(folder, 'build', '-mod=mod', '-o', program, name)
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
  const { status } = spawnSync(process.execPath, ['--import', './test/compile-cache.js', '--test', ...files], {
    env,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}
