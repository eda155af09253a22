/** `npm run backfill -- --environment NAME --prefix incoming/2024/`: enriches files that were uploaded before it was deployed. */
import { SFNClient } from '@aws-sdk/client-sfn'
import { runCommand } from './cli/run-command.ts'
import { describeEstimate, emptinessOf, estimateOf, runBackfill } from './operator/backfill.ts'
import { operationOn } from './operator/operated.ts'
import { operatorOptions, prefixWithin } from './operator/operator-options.ts'
import { TARGET_OPTIONS } from './operator/target.ts'

const USAGE = `npm run backfill -- --environment NAME [--bucket BUCKET] [--prefix PREFIX] [--again] [--yes]
enriches the files that were uploaded under PREFIX before; --again also those with a right output; without --yes it only counts and estimates;
--bucket names a source bucket of the pipeline`

await runCommand(async () => {
  const values = operatorOptions(USAGE, {
    ...TARGET_OPTIONS,
    bucket: { type: 'string' },
    prefix: { type: 'string' },
    again: { type: 'boolean' },
    yes: { type: 'boolean' },
  })
  if (!values) return
  const { operated, deployment, deployed } = await operationOn(values, values.bucket)
  const prefix = prefixWithin(values.prefix, operated.settings.inputPrefix)
  const { memoryMiB } = deployed
  const estimate = await estimateOf(operated, prefix, { memoryMiB, concurrency: deployment.repairsConcurrency })
  console.log(`s3://${operated.bucket}/${prefix}: ${describeEstimate(estimate)}`)
  const problem = emptinessOf(estimate)
  if (problem !== undefined) {
    console.error(problem)
    process.exitCode = 1
    return
  }
  if (!values.yes) {
    console.log('nothing is started yet; say --yes to start')
    return
  }
  const { again = false } = values
  const { bucket: resultsBucket, backfillArn: stateMachineArn } = deployment
  const run = { prefix, again, isNew: estimate.isNew, stateMachineArn, resultsBucket }
  if ((await runBackfill(operated, new SFNClient(), run)) > 0) process.exitCode = 1
})
