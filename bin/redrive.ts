/** `npm run redrive -- --environment NAME`: sends dead letters or refused files again, and prints the outcomes. */
import { runCommand } from './cli/run-command.ts'
import { operationOn } from './operator/operated.ts'
import { operatorOptions } from './operator/operator-options.ts'
import { redriveLetters, redriveRefused } from './operator/redrive.ts'

const USAGE = `npm run redrive -- --environment NAME [--refused [--code CODE]]
sends the dead letters again; with --refused the files that have a report, or those with one code`

await runCommand(async () => {
  const values = operatorOptions(USAGE, {
    environment: { type: 'string' },
    refused: { type: 'boolean' },
    code: { type: 'string' },
  })
  if (!values) return
  const { operated, deployment } = await operationOn(values.environment)
  const failed =
    values.refused || values.code !== undefined
      ? await redriveRefused(operated, values.code)
      : await redriveLetters(operated, deployment.deadLetterQueueUrl, () => true)
  if (failed > 0) process.exitCode = 1
})
