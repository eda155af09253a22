/** Collects for an operator's command the bucket, the settings and the queues of a deployment. */
import { RefusedError } from '../../functions/shared/errors.ts'
import { newSqsClient } from '../../functions/storage/message-queue.ts'
import { newS3Client } from '../../functions/storage/s3-client.ts'
import { type DeployedFunction, type Deployment, deployedFunction, deploymentOf } from './deployment.ts'
import type { Operated } from './look-again.ts'
import type { OperatedTarget } from './target.ts'

/** If the function is killed, its message comes again a minute after the timeout. */
const VISIBILITY_MARGIN_MS = 120_000

export interface Operation {
  readonly deployment: Deployment
  readonly deployed: DeployedFunction
  readonly operated: Operated
}

/**
 * @param bucket one of the source buckets; undefined: the bucket of the stack
 * @throws RefusedError when there is no such environment, stack or bucket, or it is not deployed
 */
export async function operationOn(target: OperatedTarget, bucket?: string): Promise<Operation> {
  const deployment = await deploymentOf(target)
  const deployed = await deployedFunction(deployment)
  const { sourceBuckets } = deployed
  const buckets = [deployment.bucket, ...sourceBuckets]
  if (bucket !== undefined && !buckets.includes(bucket)) {
    throw new RefusedError('settings', `--bucket is "${bucket}"; allowed are ${buckets.join(', ')}`)
  }
  const operated = {
    s3: newS3Client(),
    sqs: newSqsClient(),
    bucket: bucket ?? deployment.bucket,
    buckets,
    settings: deployed.settings,
    timeoutSeconds: deployed.timeoutMs / 1000,
    repairsQueueUrl: deployment.repairsQueueUrl,
    sequencesQueueUrl: deployment.sequencesQueueUrl,
    print: (line: string) => console.log(line),
    now: Date.now,
    drain: {
      stuckMs: deployed.timeoutMs + VISIBILITY_MARGIN_MS,
      onCount: (messages: number) => console.error(`${messages} messages wait or are worked on`),
    },
  }
  return { deployment, deployed, operated }
}
