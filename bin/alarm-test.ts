/** `npm run alarm-test -- --environment NAME`: rings one alarm, so that a person sees its mail arrive. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { RefusedError } from '../functions/shared/errors.ts'
import { TESTED_ALARMS } from '../functions/shared/names.ts'
import { runCommand } from './cli/run-command.ts'
import { testAlarm } from './operator/alarm-test.ts'
import { deploymentOf } from './operator/deployment.ts'
import { operatorOptions } from './operator/operator-options.ts'
import { TARGET_OPTIONS } from './operator/target.ts'

const USAGE = `npm run alarm-test -- --environment NAME [--severity page|ticket]
rings one alarm of the severity, which is page where it is not said; waits until CloudWatch has reached the topic and the
alarm has returned; exit code 0 if both happened, 1 if not, 2 if the alarm cannot be tested`

await runCommand(async () => {
  const values = operatorOptions(USAGE, {
    ...TARGET_OPTIONS,
    severity: { type: 'string' },
  })
  if (!values) return
  const { severity = 'page' } = values
  if (severity !== 'page' && severity !== 'ticket') {
    const allowed = Object.keys(TESTED_ALARMS).join(' and ')
    throw new RefusedError('settings', `--severity is "${severity}"; allowed are ${allowed}`)
  }
  const deployment = await deploymentOf(values)
  const print = (line: string) => console.log(line)
  if (!(await testAlarm(deployment, { cloudWatch: new CloudWatchClient(), severity, print }))) process.exitCode = 1
})
