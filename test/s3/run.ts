/** `npm run test:s3`: the tests that want a real S3 server, which is built once and kept; `-- --build` builds it only. Needs Go. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const PACKAGE = 'github.com/versity/versitygw/cmd/versitygw'
const VERSION = 'v1.8.0'

/** Builds the server unless it is there; takes about 3 minutes. */
function server(): string {
  const folder = path.resolve(process.env.TOOLS_FOLDER ?? path.join(os.homedir(), '.cache', 'parquet-supertrend'))
  const program = path.join(folder, `versitygw-${VERSION}`, 'versitygw')
  if (existsSync(program)) return program
  mkdirSync(path.dirname(program), { recursive: true })
  console.log(`building ${PACKAGE}@${VERSION}`)
  const env = { ...process.env, GOBIN: path.dirname(program) }
  const { status, error } = spawnSync('go', ['install', `${PACKAGE}@${VERSION}`], { env, stdio: 'inherit' })
  if (status !== 0) throw new Error('versitygw cannot be built; is Go installed?', { cause: error })
  return program
}

const env = { ...process.env, VERSITYGW: server() }
if (!process.argv.includes('--build')) {
  const files = globSync('test/**/*.s3test.ts')
  const { status } = spawnSync(process.execPath, ['--test', ...files], { env, stdio: 'inherit' })
  process.exitCode = status ?? 1
}
