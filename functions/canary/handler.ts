/**
 * The canary: uploads a small known file, and fails unless the enriched file appears with the bytes that the engine gives.
 * A schedule calls it; its errors mean that uploaded files are not enriched.
 */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import * as z from 'zod'
import { enrich } from '../enrich/enrich.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import { parseSettings } from '../lambda/function-settings.ts'
import { CANARY_VARIABLES } from '../shared/names.ts'
import { PARQUET_CONTENT_TYPE, putObject } from '../storage/publish-object.ts'
import { newS3Client, type S3Port, statusOf } from '../storage/s3-client.ts'

const NAME = 'canary/bars.parquet'
const POLL_MS = 1_000
const MARGIN_MS = 5_000
const MEMORY_MIB = 512

export interface CanaryDependencies {
  readonly s3: S3Port
  readonly bucket: string
  readonly inputPrefix: string
  readonly outputPrefix: string
  readonly settings: EnrichSettings
  readonly bars: Uint8Array
}

export function createCanary({ s3, bucket, inputPrefix, outputPrefix, settings, bars }: CanaryDependencies) {
  const [input, output] = [`${inputPrefix}${NAME}`, `${outputPrefix}${NAME}`]
  const remove = (Key: string) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
  return middy<unknown, { readonly waitedMs: number }>({ timeoutEarlyInMillis: 0 }).handler(
    async (_event: unknown, context: Context) => {
      const expected = await outputOf(bars, settings)
      // an output that an earlier canary left would count as the answer
      await remove(output)
      const dropped = performance.now()
      await putObject(s3, { bucket, key: input, contentType: PARQUET_CONTENT_TYPE }, bars)
      try {
        while (context.getRemainingTimeInMillis() > MARGIN_MS) {
          const answer = await objectAt(s3, bucket, output)
          if (answer) {
            if (Buffer.compare(answer, expected) !== 0)
              throw new Error(`s3://${bucket}/${output} is not what is expected`)
            return { waitedMs: Math.round(performance.now() - dropped) }
          }
          await setTimeout(POLL_MS)
        }
        const waited = Math.round((performance.now() - dropped) / 1000)
        throw new Error(`s3://${bucket}/${input} was not enriched within ${waited} s`)
      } finally {
        await Promise.all([remove(input), remove(output)])
      }
    },
  )
}

async function outputOf(bars: Uint8Array, settings: EnrichSettings): Promise<Uint8Array> {
  const source = { byteLength: bars.length, slice: async (start: number, end: number) => bars.subarray(start, end) }
  const enriched = await enrich(source, settings)
  const parts: Uint8Array[] = enriched.layout === 'appended' ? [bars] : []
  for await (const part of enriched.bytes()) parts.push(part.slice())
  enriched.close()
  return Buffer.concat(parts)
}

async function objectAt(s3: S3Port, Bucket: string, Key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return await Body!.transformToByteArray()
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
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
  const { inputPrefix, outputPrefix, enrich } = parseSettings(JSON.parse(environment[settings]!), MEMORY_MIB)
  const bars = new Uint8Array(readFileSync(new URL('./bars.parquet', import.meta.url)))
  return { s3: newS3Client(), bucket: environment[bucket]!, inputPrefix, outputPrefix, settings: enrich, bars }
}
