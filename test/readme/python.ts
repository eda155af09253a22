/** Runs the Python that PYTHON names, with the packages of requirements.txt: .ci/run makes one. Without it tests are skipped. */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { EmbeddedAws } from '../../bin/local/embedded-aws.ts'

const python = process.env.PYTHON
/** A program of pyarrow that fails while it writes to S3 never ends. The limit is far above the 10 s that Spark takes. */
const HANG_MS = 600_000

/** The reason why a test that needs these modules is skipped, or false. */
export function lacks(...modules: readonly string[]): string | false {
  if (!python) return 'PYTHON names no Python'
  const find = 'import sys; from importlib.util import find_spec; print(*[m for m in sys.argv[1:] if not find_spec(m)])'
  const { status, stdout } = spawnSync(python, ['-c', find, ...modules], { encoding: 'utf8' })
  if (status !== 0) return `${python} does not start`
  return stdout.trim() !== '' && `${python} has no ${stdout.trim()}`
}

export interface PythonOptions {
  readonly folder: string
  /** The server that answers for AWS. */
  readonly aws?: Pick<EmbeddedAws, 'endpoint'>
  readonly variables?: Readonly<Record<string, string>>
}

/** @returns its standard output */
export async function runPython(args: readonly string[], { folder, aws, variables }: PythonOptions): Promise<string> {
  // without the AWS account of the person who runs the tests
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  const env = { ...Object.fromEntries(own), ...(aws && connectionTo(aws)), ...variables }
  const limit = { timeout: HANG_MS, killSignal: 'SIGKILL' } as const
  return (await promisify(execFile)(python!, args, { cwd: folder, env, ...limit })).stdout
}

function connectionTo(aws: Pick<EmbeddedAws, 'endpoint'>): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    // polars needs this to connect without TLS
    AWS_ALLOW_HTTP: 'true',
  }
}
