/** `npm run smoke -- --environment NAME`: after a deployment, does what a user and an operator do, and cleans up. */
import { runCommand } from './cli/run-command.ts'
import { operationOn } from './operator/operated.ts'
import { operatorOptions } from './operator/operator-options.ts'
import { smoke } from './operator/smoke.ts'
import { TARGET_OPTIONS } from './operator/target.ts'

const USAGE = `npm run smoke -- --environment NAME
uploads a good and a broken file below the input prefix, checks the enriched file and the report, redrives a dead letter,
and deletes all of it; exit code 0 if everything went well, 1 if not`

await runCommand(async () => {
  const values = operatorOptions(USAGE, { ...TARGET_OPTIONS })
  if (!values) return
  const { operated, deployment } = await operationOn(values)
  const ending = new AbortController()
  // the uploaded files are deleted all the same
  process.once('SIGINT', () => ending.abort(new Error('stopped by Ctrl-C')))
  const { deadLetterQueueUrl } = deployment
  const isWell = await smoke(operated, { deadLetterQueueUrl, giveUpMs: operated.drain.stuckMs, signal: ending.signal })
  if (!isWell) process.exitCode = 1
})
