/** `npm run status -- --environment NAME`: prints queues, dead letters, refused files, alarms and backfills. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { SFNClient } from '@aws-sdk/client-sfn'
import { newLambdaClient } from '../functions/storage/invoke-function.ts'
import { runCommand } from './cli/run-command.ts'
import { deploymentOf } from './operator/deployment.ts'
import { shellVariables } from './operator/names.ts'
import { operationOn } from './operator/operated.ts'
import { operatorOptions } from './operator/operator-options.ts'
import { printStatus } from './operator/status.ts'
import { TARGET_OPTIONS } from './operator/target.ts'

const USAGE = `npm run status -- --environment NAME [--names]
prints queues, dead letters, refused files, alarms and backfills, and commands to copy; --names prints only the names of
what is deployed, as variables of a shell that the commands of docs/runbook.md use`

await runCommand(async () => {
  const values = operatorOptions(USAGE, { ...TARGET_OPTIONS, names: { type: 'boolean' } })
  if (!values) return
  if (values.names) {
    for (const line of shellVariables(await deploymentOf(values), Date.now())) console.log(line)
    return
  }
  const { operated, deployment } = await operationOn(values)
  const clients = { cloudWatch: new CloudWatchClient(), lambda: newLambdaClient(), sfn: new SFNClient() }
  if (!(await printStatus(operated, deployment, clients))) process.exitCode = 1
})
