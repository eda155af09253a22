/** `npm run status -- --environment NAME`: prints queues, dead letters, refused files, alarms and backfills. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { SFNClient } from '@aws-sdk/client-sfn'
import { newLambdaClient } from '../functions/storage/invoke-function.ts'
import { runCommand } from './cli/run-command.ts'
import { operationOn } from './operator/operated.ts'
import { operatorOptions } from './operator/operator-options.ts'
import { printStatus } from './operator/status.ts'

const USAGE =
  'npm run status -- --environment NAME     prints queues, dead letters, refused files, alarms and backfills'

await runCommand(async () => {
  const values = operatorOptions(USAGE, { environment: { type: 'string' } })
  if (!values) return
  const { operated, deployment } = await operationOn(values.environment)
  const clients = { cloudWatch: new CloudWatchClient(), lambda: newLambdaClient(), sfn: new SFNClient() }
  if (!(await printStatus(operated, deployment, clients))) process.exitCode = 1
})
