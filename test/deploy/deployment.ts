/** The real app, deployed by the real CDK command line into an emulated account. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import type { S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { POLL_MS } from '../../bin/operator/queue-drained.ts'
import { newS3Client } from '../../functions/storage/s3-client.ts'
import { type EnvironmentName, stackNameOf } from '../../lib/environments.ts'
import { temporaryFolder } from '../parquet-files.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { startGateway } from './gateway.ts'
import { type FunctionConfiguration, type LambdaHost, startLambdaHost } from './lambda-host.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NODE = process.execPath
const CDK = path.join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk')
/** Forty times what it takes: it took more than ten times as long on a machine with twelve programs for each processor. */
const CDK_LIMIT_MS = 600_000
const SHORT_PAUSES = new URL('short-pauses.js', import.meta.url).href
const ACCOUNT = '000000000000'
const REGION = 'us-east-1'
/** The emulator refuses a template with one of them. */
const UNKNOWN_TYPES = ['AWS::CloudWatch::CompositeAlarm', 'AWS::Logs::QueryDefinition']

export interface Account {
  readonly emulator: Emulator
  /** What an operator's command needs in its environment: it takes the emulator for AWS, and does not wait long for it. */
  readonly operator: Readonly<Record<string, string>>
  readonly host: LambdaHost
  readonly s3: S3Client
  readonly sqs: SQSClient
  readonly cloudFormation: CloudFormationClient
  /** Has a line for each request that a function makes, and a process that has loaded `record-calls.js`. */
  readonly callsFile: string
  /** @returns what the CDK command line printed, here and below */
  bootstrap(): Promise<string>
  deploy(environment: EnvironmentName): Promise<string>
  destroy(environment: EnvironmentName): Promise<string>
  outputs(environment: EnvironmentName): Promise<Readonly<Record<string, string>>>
  stop(): Promise<void>
}

interface Asset {
  readonly functionName: string
  readonly folder: string
}

/**
 * An account with nothing in it, whose functions will run in `host` once they are deployed.
 * @param options names of optional settings in test/lib/synthesised.ts, which are added to the row `local`
 */
export async function newAccount(
  environments: readonly EnvironmentName[],
  options: readonly string[] = [],
): Promise<Account> {
  const folder = temporaryFolder()
  const assets = (
    await Promise.all(environments.map((name) => synthesize(name, path.join(folder, name), options)))
  ).flat()
  const host = await startLambdaHost()
  const proxies = Object.fromEntries(assets.map(({ functionName }) => [functionName, host.url]))
  const emulator = await startEmulator({ folder, proxies }).catch(async (error) => {
    await host.stop()
    throw error
  })
  const { endpoint } = emulator
  const gateway = await startGateway(endpoint)
  // what is refused there, and nothing that the functions do often
  const refusing = ['SFN', 'CLOUDWATCH'].map((service) => [`AWS_ENDPOINT_URL_${service}`, gateway.endpoint])
  const environment = { ...emulator.environment, ...Object.fromEntries(refusing) }
  const callsFile = path.join(folder, 'calls')
  host.environment = { ...environment, RECORDED_CALLS: callsFile }
  for (const asset of assets) {
    host.serve(asset.functionName, asset.folder, async () => {
      const answer = await fetch(`${endpoint}/2015-03-31/functions/${asset.functionName}/configuration`)
      return (await answer.json()) as FunctionConfiguration
    })
  }
  const client = { endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
  // without the limits of the function's client: 200 uploads at once wait for a connection for seconds on a busy machine
  const s3 = newS3Client({ ...client, forcePathStyle: true, requestHandler: {} })
  const sqs = new SQSClient(client)
  const cloudFormation = new CloudFormationClient(client)
  const stopping = new AbortController()
  const cdk = (...args: string[]) => runCdk(args, environment, stopping.signal)
  return {
    emulator: { ...emulator, environment },
    operator: { ...environment, NODE_OPTIONS: `--import=${SHORT_PAUSES}`, LONG_PAUSE_MS: String(POLL_MS) },
    host,
    s3,
    sqs,
    cloudFormation,
    callsFile,
    // in a folder of its own: of two command lines that write to one, the second fails
    bootstrap: () => cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`, '-o', path.join(folder, 'bootstrap')),
    deploy: (name) => cdk('deploy', '--require-approval', 'never', '-a', path.join(folder, name)),
    destroy: (name) => cdk('destroy', '--force', '-a', path.join(folder, name)),
    outputs: async (name) => {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackNameOf(name) }))
      return Object.fromEntries((Stacks?.[0]?.Outputs ?? []).map((each) => [each.OutputKey, each.OutputValue]))
    },
    stop: async () => {
      // without an emulator, a command under way would try again for a minute
      stopping.abort()
      for (const client of [s3, sqs, cloudFormation]) client.destroy()
      await gateway.stop()
      await emulator.stop()
      await host.stop()
    },
  }
}

async function runCdk(
  args: string[],
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string> {
  const env = { ...process.env, ...environment, CI: 'true' }
  const options = { cwd: ROOT, env, timeout: CDK_LIMIT_MS, maxBuffer: 2 ** 26, ...(signal && { signal }) }
  try {
    const { stdout, stderr } = await promisify(execFile)(NODE, [CDK, ...args], options)
    return stdout + stderr
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`cdk ${args.join(' ')} failed: ${stdout}${stderr}`, { cause: error })
  }
}

/** Where the code of each function is and what the emulator will call it, both known before anything is deployed. */
async function synthesize(name: EnvironmentName, folder: string, options: readonly string[]): Promise<Asset[]> {
  mkdirSync(folder)
  const app = options.length > 0 ? ['-a', `"${NODE}" test/deploy/app-with-options.ts`, '-c', `options=${options}`] : []
  await runCdk(['synth', '--quiet', ...app, '-c', `environment=${name}`, '-o', folder], {})
  const stack = stackNameOf(name)
  const file = path.join(folder, `${stack}.template.json`)
  const template: Template = JSON.parse(readFileSync(file, 'utf8'))
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (UNKNOWN_TYPES.includes(resource.Type)) delete template.Resources[id]
    if (resource.Type === 'AWS::CloudWatch::Alarm') withoutExpression(resource.Properties!)
  }
  writeFileSync(file, JSON.stringify(template))
  const assets: Asset[] = []
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    const asset = Properties?.Code?.S3Key?.replace(/\.zip$/, '')
    if (Type !== 'AWS::Lambda::Function' || asset === undefined) continue
    const hash = createHash('sha256').update(`${stack}:${id}`).digest('hex').slice(0, 13).toUpperCase()
    const functionName = Properties?.FunctionName ?? `${stack}-${id}-${hash}`
    assets.push({ functionName, folder: path.join(folder, `asset.${asset}`) })
  }
  return assets
}

/** The emulator refuses an alarm of an expression: here it looks at the metric that the expression fills. */
function withoutExpression(alarm: Record<string, unknown>): void {
  const { Metrics } = alarm as { readonly Metrics?: readonly Filled[] }
  const filled = Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat
  if (!filled) return
  const { Metric, Stat, Period } = filled
  Object.assign(alarm, Metric, { Statistic: Stat, Period })
  delete alarm.Metrics
}

interface Filled {
  readonly MetricStat?: { readonly Metric: object; readonly Stat: string; readonly Period: number }
}

interface Template {
  readonly Resources: Record<
    string,
    {
      readonly Type: string
      readonly Properties?: Record<string, unknown> & {
        readonly FunctionName?: string
        readonly Code?: { readonly S3Key?: string }
      }
    }
  >
}
