/** `npm run redrive -- --environment NAME`: sends the dead letters back to the function, and follows until they are. */
import { setTimeout } from 'node:timers/promises'
import { ListMessageMoveTasksCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs'
import { runCommand } from './cli/run-command.ts'
import { deploymentOf } from './operator/deployment.ts'
import { operatorOptions } from './operator/operator-options.ts'

const POLL_MS = 2_000

const USAGE = 'npm run redrive -- --environment NAME     the dead letters once more'

await runCommand(async () => {
  const values = operatorOptions(USAGE, { environment: { type: 'string' } })
  if (!values) return
  const { deadLetterQueueArn: SourceArn } = await deploymentOf(values.environment)
  const sqs = new SQSClient()
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))
  for (;;) {
    const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 }))
    const task = Results?.[0]
    console.log(`${task?.Status?.toLowerCase()}: ${task?.ApproximateNumberOfMessagesMoved ?? 0} messages moved`)
    if (task?.Status !== 'RUNNING') {
      if (task?.Status !== 'COMPLETED') throw new Error(`the move ended: ${task?.FailureReason}`)
      return
    }
    await setTimeout(POLL_MS)
  }
})
