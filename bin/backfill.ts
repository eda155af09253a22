/** `npm run backfill -- --environment NAME --prefix incoming/2024/`: enriches what was dropped before. */

import { setTimeout } from 'node:timers/promises'
import { paginateListObjectsV2 } from '@aws-sdk/client-s3'
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { RefusedError } from '../functions/shared/errors.ts'
import { BACKFILL_RESULTS_PREFIX, PARQUET_SUFFIXES } from '../functions/shared/names.ts'
import { newS3Client } from '../functions/storage/s3-client.ts'
import { runCommand } from './cli/run-command.ts'
import { deploymentOf } from './operator/deployment.ts'
import { estimateBackfill } from './operator/estimate.ts'
import { operatorOptions } from './operator/operator-options.ts'

const POLL_MS = 5_000

const USAGE = `npm run backfill -- --environment NAME [--prefix PREFIX] [--yes]
what was dropped under PREFIX before; without --yes only what it would take`

await runCommand(async () => {
  const values = operatorOptions(USAGE, {
    environment: { type: 'string' },
    prefix: { type: 'string' },
    yes: { type: 'boolean' },
  })
  if (!values) return
  const deployment = await deploymentOf(values.environment)
  const { bucket, environment } = deployment
  const inputPrefix = environment.settings.inputPrefix ?? 'incoming/'
  const prefix = values.prefix ?? inputPrefix
  if (!prefix.startsWith(inputPrefix)) {
    throw new RefusedError('settings', `--prefix is "${prefix}"; allowed is one that begins with "${inputPrefix}"`)
  }
  const sizes: number[] = []
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: newS3Client() },
    { Bucket: bucket, Prefix: prefix },
  )) {
    for (const { Key, Size } of Contents)
      if (PARQUET_SUFFIXES.some((suffix) => Key?.toLowerCase().endsWith(suffix))) sizes.push(Size ?? 0)
  }
  const { memory, maxConcurrency } = environment
  const { files, bytes, seconds, dollars } = estimateBackfill(sizes, memory.toMebibytes(), maxConcurrency)
  console.log(
    `${files} files, ${(bytes / 1e9).toFixed(2)} GB under s3://${bucket}/${prefix}: about ${Math.ceil(seconds / 60)} minutes and ${dollars.toFixed(2)} dollars if none is enriched yet`,
  )
  if (!values.yes) {
    console.log('nothing is started yet; say --yes to start')
    return
  }
  const stepFunctions = new SFNClient()
  const start = new StartExecutionCommand({
    stateMachineArn: deployment.backfillArn,
    input: JSON.stringify({ prefix }),
  })
  const { executionArn } = await stepFunctions.send(start)
  console.log(`started ${executionArn}; results: s3://${bucket}/${BACKFILL_RESULTS_PREFIX}`)
  for (;;) {
    const { status, cause } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }))
    if (status !== 'RUNNING') {
      console.log(`${status?.toLowerCase()}${cause ? `: ${cause}` : ''}`)
      if (status !== 'SUCCEEDED') process.exitCode = 1
      return
    }
    await setTimeout(POLL_MS)
  }
})
