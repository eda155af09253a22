/** Finds the deployed resources of an environment, from the outputs of its stack and the configuration of its function. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { type FunctionSettings, parseSettings } from '../../functions/lambda/function-settings.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { FUNCTION_VARIABLES } from '../../functions/shared/names.ts'
import { type LambdaPort, newLambdaClient } from '../../functions/storage/invoke-function.ts'
import { ENVIRONMENT_NAMES, type Environment, environmentNamed, stackNameOf } from '../../lib/environments.ts'

export interface Deployment {
  /** Of the environment. */
  readonly name: string
  readonly stackName: string
  /** The row in `lib/environments.ts`; the deployed stack may be older. */
  readonly environment: Environment
  readonly bucket: string
  readonly arrivalsQueueUrl: string
  readonly repairsQueueUrl: string
  readonly deadLetterQueueUrl: string
  /** Of files that continue each other; undefined: there are none. */
  readonly sequencesQueueUrl?: string | undefined
  readonly sequencesFailedQueueUrl?: string | undefined
  readonly backfillArn: string
  /** With the alias of the version that takes the messages. */
  readonly functionName: string
  /** All outputs of the stack; an older one has fewer. */
  readonly outputs: ReadonlyMap<string, string>
}

/** @throws RefusedError when there is no such environment or it is not deployed */
export async function deploymentOf(environmentName: string | undefined): Promise<Deployment> {
  if (environmentName === undefined) {
    throw new RefusedError('settings', `--environment is missing; allowed are ${ENVIRONMENT_NAMES.join(', ')}`)
  }
  let known: ReturnType<typeof environmentNamed>
  try {
    known = environmentNamed(environmentName)
  } catch (error) {
    throw new RefusedError('settings', `--environment: ${error instanceof Error ? error.message : error}`)
  }
  const stackName = stackNameOf(known.name)
  const cloudFormation = new CloudFormationClient()
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName })).catch((error) => {
    if (error instanceof Error && error.name === 'ValidationError') {
      throw new RefusedError('settings', `${stackName} is not deployed here; check account and region`)
    }
    if (error instanceof Error && error.message === 'Region is missing') {
      throw new RefusedError('settings', 'no region is set; set AWS_REGION', { cause: error })
    }
    throw error
  })
  const all = Stacks?.[0]?.Outputs ?? []
  const outputs = new Map(all.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
  const output = (name: string): string => {
    const value = outputs.get(name)
    if (value === undefined) throw new RefusedError('settings', `${stackName} has no output ${name}; deploy it again`)
    return value
  }
  return {
    name: known.name,
    stackName,
    environment: known.environment,
    bucket: output('BucketName'),
    arrivalsQueueUrl: output('ArrivalsQueueUrl'),
    repairsQueueUrl: output('RepairsQueueUrl'),
    deadLetterQueueUrl: output('DeadLetterQueueUrl'),
    sequencesQueueUrl: outputs.get('SequencesQueueUrl'),
    sequencesFailedQueueUrl: outputs.get('SequencesFailedQueueUrl'),
    backfillArn: output('BackfillArn'),
    functionName: output('FunctionName'),
    outputs,
  }
}

export interface DeployedFunction {
  /** Further buckets whose files it enriches. */
  readonly sourceBuckets: readonly string[]
  readonly settings: FunctionSettings
  readonly memoryMiB: number
  readonly timeoutMs: number
}

/** Reads the settings of the deployed function. Those in this folder may be newer: then all files would look outdated. */
export async function deployedFunction(
  { functionName }: Pick<Deployment, 'functionName'>,
  lambda: LambdaPort = newLambdaClient(),
): Promise<DeployedFunction> {
  const { Environment, MemorySize, Timeout } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  )
  const settings = Environment?.Variables?.[FUNCTION_VARIABLES.settings]
  if (settings === undefined || MemorySize === undefined || Timeout === undefined) {
    throw new Error(`Lambda does not say the settings, memory and timeout of ${functionName}`)
  }
  const names = Environment?.Variables?.[FUNCTION_VARIABLES.sourceBuckets] ?? ''
  return {
    sourceBuckets: names.split(',').filter((name) => name !== ''),
    settings: parseSettings(JSON.parse(settings), MemorySize),
    memoryMiB: MemorySize,
    timeoutMs: Timeout * 1000,
  }
}
