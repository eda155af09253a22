/** `npm run redrive -- --environment NAME`: sends dead letters or refused files again, and prints the outcomes. */
import { RefusedError } from '../functions/shared/errors.ts'
import { runCommand } from './cli/run-command.ts'
import { operationOn } from './operator/operated.ts'
import { operatorOptions } from './operator/operator-options.ts'
import { redriveAll, redriveRefused } from './operator/redrive.ts'
import { TARGET_OPTIONS } from './operator/target.ts'

const USAGE = `npm run redrive -- --environment NAME [--refused [--code CODE] [--bucket BUCKET]]
sends the dead letters again; with --refused the files that have a report, or those with one code,
of a source bucket of the pipeline if --bucket names one`

await runCommand(async () => {
  const values = operatorOptions(USAGE, {
    ...TARGET_OPTIONS,
    bucket: { type: 'string' },
    refused: { type: 'boolean' },
    code: { type: 'string' },
  })
  if (!values) return
  const isRefused = values.refused || values.code !== undefined
  if (values.bucket !== undefined && !isRefused) {
    throw new RefusedError('settings', '--bucket is for --refused; the dead letters are those of all buckets')
  }
  const { operated, deployment } = await operationOn(values, values.bucket)
  const failed = isRefused ? await redriveRefused(operated, values.code) : await redriveAll(operated, deployment)
  if (failed > 0) process.exitCode = 1
})
