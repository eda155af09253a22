/** What is deployed under the name of an environment, as its stack says. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { RefusedError } from '../../functions/shared/errors.ts'
import { ENVIRONMENT_NAMES, type Environment, environmentNamed, stackNameOf } from '../../lib/environments.ts'

export interface Deployment {
  readonly stackName: string
  readonly environment: Environment
  readonly bucket: string
  readonly failurePrefix: string
  readonly arrivalsQueueUrl: string
  readonly deadLetterQueueUrl: string
  readonly deadLetterQueueArn: string
  readonly backfillArn: string
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
  const outputs = new Map(Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))
  const output = (name: string): string => {
    const value = outputs.get(name)
    if (value === undefined) throw new RefusedError('settings', `${stackName} has no output ${name}; deploy it again`)
    return value
  }
  return {
    stackName,
    environment: known.environment,
    bucket: output('BucketName'),
    failurePrefix: output('FailurePrefix'),
    arrivalsQueueUrl: output('ArrivalsQueueUrl'),
    deadLetterQueueUrl: output('DeadLetterQueueUrl'),
    deadLetterQueueArn: output('DeadLetterQueueArn'),
    backfillArn: output('BackfillArn'),
  }
}
