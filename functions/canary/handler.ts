/**
 * The canary: uploads a small known file, and fails unless the function writes its enriched file, byte for byte as the
 * engine makes it. A schedule calls it. Its metric counts successes, so that an alarm also reports a canary that does
 * not run.
 */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import * as z from 'zod'
import { enrichedBytes } from '../enrich/enriched-bytes.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import { parseSettings } from '../lambda/function-settings.ts'
import { settingsFor } from '../lambda/keys.ts'
import { CANARY_METRIC, CANARY_PREFIXES, CANARY_VARIABLES, METRIC_NAMESPACE } from '../shared/names.ts'
import { readCurrentObject } from '../storage/object-source.ts'
import { deleteAnyObject, PARQUET_CONTENT_TYPE, putObject } from '../storage/publish-object.ts'
import { newS3Client, type S3Port } from '../storage/s3-client.ts'

const NAME = 'bars.parquet'
const CANARY_POLL_MS = 1_000
const CANARY_MARGIN_MS = 5_000
const CANARY_MEMORY_MIB = 512

export interface CanaryDependencies {
  readonly s3: S3Port
  readonly bucket: string
  readonly settings: EnrichSettings
  readonly bars: Uint8Array
  /** Counts a success. */
  succeeded(): void
}

export function createCanary({ s3, bucket, settings, bars, succeeded }: CanaryDependencies) {
  const [input, output] = [`${CANARY_PREFIXES.input}${NAME}`, `${CANARY_PREFIXES.output}${NAME}`]
  const remove = (key: string) => deleteAnyObject(s3, { bucket, key })
  return middy<unknown, { readonly waitedMs: number }>({ timeoutEarlyInMillis: 0 }).handler(
    async (_event: unknown, context: Context) => {
      const expected = await enrichedBytes(bars, settings)
      // an earlier output would look like the answer to this upload
      await remove(output)
      const uploaded = performance.now()
      await putObject(s3, { bucket, key: input, contentType: PARQUET_CONTENT_TYPE }, bars)
      try {
        while (context.getRemainingTimeInMillis() > CANARY_MARGIN_MS) {
          const answer = await readCurrentObject(s3, { bucket, key: output })
          if (answer) {
            if (Buffer.compare(answer, expected) !== 0)
              throw new Error(`s3://${bucket}/${output} is not what is expected`)
            succeeded()
            return { waitedMs: Math.round(performance.now() - uploaded) }
          }
          await setTimeout(CANARY_POLL_MS)
        }
        const waited = Math.round((performance.now() - uploaded) / 1000)
        throw new Error(`s3://${bucket}/${input} was not enriched within ${waited} s`)
      } finally {
        await Promise.all([remove(input), remove(output)])
      }
    },
  )
}

let lambda: ReturnType<typeof createCanary> | undefined

/** The function's entry point, set up at the first event, so that importing this module needs no environment. */
export function handler(event: unknown, context: Context) {
  lambda ??= createCanary(fromEnvironment())
  return lambda(event, context)
}

function fromEnvironment(): CanaryDependencies {
  const { bucket, settings } = CANARY_VARIABLES
  const environment = z.object({ [bucket]: z.string().min(1), [settings]: z.string() }).parse(process.env)
  const { enrich } = settingsFor(
    parseSettings(JSON.parse(environment[settings]!), CANARY_MEMORY_MIB),
    CANARY_PREFIXES.input,
  )
  const bars = new Uint8Array(readFileSync(new URL('./bars.parquet', import.meta.url)))
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE })
  const succeeded = () => {
    metrics.addMetric(CANARY_METRIC, MetricUnit.Count, 1)
    metrics.publishStoredMetrics()
  }
  return { s3: newS3Client(), bucket: environment[bucket]!, settings: enrich, bars, succeeded }
}
