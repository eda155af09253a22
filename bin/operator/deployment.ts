/** Finds the deployed resources of a pipeline, from the outputs of its stack and the configuration of its function. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { type FunctionSettings, parseSettings } from '../../functions/lambda/function-settings.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { FUNCTION_VARIABLES } from '../../functions/shared/names.ts'
import { type LambdaPort, newLambdaClient } from '../../functions/storage/invoke-function.ts'
import { outputsOf, pipelineIn } from './pipeline-outputs.ts'
import { type OperatedTarget, targetOf } from './target.ts'

export interface Deployment {
  /** Undefined: the stack is not one of lib/environments.ts. */
  readonly environment: string | undefined
  /** The options of a command that name it, such as `--environment prod`. */
  readonly options: string
  readonly stackName: string
  /** Begins the names of what is deployed. */
  readonly pipelineName: string
  readonly repairsConcurrency: number
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
  /** All outputs of the pipeline, without its id; an older one has fewer. */
  readonly outputs: ReadonlyMap<string, string>
}

/** @throws RefusedError when there is no such environment, stack or pipeline, or it is not deployed */
export async function deploymentOf(target: OperatedTarget): Promise<Deployment> {
  const { stackName, pipeline, options } = await targetOf(target)
  const all = await stackOutputs(stackName)
  const outputs = outputsOf(all, pipelineIn(stackName, all, pipeline))
  const output = (name: string): string => {
    const value = outputs.get(name)
    if (value === undefined) throw new RefusedError('settings', `${stackName} has no output ${name}; deploy it again`)
    return value
  }
  return {
    environment: target.environment,
    options,
    stackName,
    pipelineName: output('PipelineName'),
    repairsConcurrency: Number(output('RepairsConcurrency')),
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

/** @throws RefusedError when the stack is not deployed */
async function stackOutputs(stackName: string): Promise<ReadonlyMap<string, string>> {
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
  return new Map(all.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
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
