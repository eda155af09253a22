/** A bucket of a real server: what is uploaded to it, and whether its keys end as their current objects require. */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { OBJECT_METADATA } from '../../../functions/shared/names.ts'
import { statusOf } from '../../../functions/storage/s3-client.ts'
import { s3Event } from '../../fakes/lambda.ts'
import { MIN_PART_BYTES } from '../contract/requests.ts'
import type { Content } from './contents.ts'

export interface MarketBucket {
  readonly name: string
  readonly isVersioned: boolean
  readonly s3: S3Client
}

/** Where the function writes for `incoming/NAME`, with the settings of these tests. */
export const keysFor = (name: string) => ({
  input: `incoming/${name}`,
  output: `enriched/${name}`,
  report: `failed/${name}.json`,
  chart: `charts/${name}.html`,
  dropped: `dropped/${name}`,
})

interface Stored {
  readonly eTag: string
  readonly versionId: string | undefined
}

/** @returns the event that S3 would send */
export async function upload(bucket: MarketBucket, name: string, content: Content) {
  const [Bucket, Key] = [bucket.name, keysFor(name).input]
  const { ETag, VersionId } = content.isInParts
    ? await uploadInParts(bucket, Key, content.bytes)
    : await bucket.s3.send(new PutObjectCommand({ Bucket, Key, Body: content.bytes }))
  const eTag = ETag!.replaceAll('"', '')
  return s3Event(Bucket, { key: Key, eTag, size: content.bytes.length, sequencer: '01', versionId: VersionId })
}

async function uploadInParts({ s3, name: Bucket }: MarketBucket, Key: string, bytes: Uint8Array) {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const bodies = [bytes.subarray(0, MIN_PART_BYTES), bytes.subarray(MIN_PART_BYTES)]
  const Parts = await Promise.all(
    bodies.map(async (Body, i) => {
      const part = { Bucket, Key, UploadId, PartNumber: i + 1 }
      const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body }))
      return { PartNumber: part.PartNumber, ETag }
    }),
  )
  return s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
}

/** @returns undefined when there is no such object */
export async function objectAt({ s3, name: Bucket }: MarketBucket, Key: string) {
  try {
    const { Body, Metadata = {} } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return { bytes: await Body!.transformToByteArray(), metadata: Metadata }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

/** The right report beside an older output that it does not mention. */
export const UNNAMED = 'an output that the report does not name'

type StoredObject = NonNullable<Awaited<ReturnType<typeof objectAt>>>

/**
 * What is wrong with a key whose current object has this content; empty when all is right.
 * @param hasSecondaries whether the settings ask for a chart and a file of the removed rows
 */
export async function wrongsOf(
  bucket: MarketBucket,
  name: string,
  content: Content,
  hasSecondaries = false,
): Promise<string[]> {
  const keys = keysFor(name)
  const head = await bucket.s3.send(new HeadObjectCommand({ Bucket: bucket.name, Key: keys.input }))
  const current = { eTag: head.ETag!.replaceAll('"', ''), versionId: head.VersionId }
  const [output, report, chart, dropped] = await Promise.all(
    [keys.output, keys.report, keys.chart, keys.dropped].map((key) => objectAt(bucket, key)),
  )
  const wrongs =
    content.enriched === undefined
      ? wrongsOfRefused(current, report, output)
      : wrongsOfEnriched(current, content.enriched, report, output)
  if (!hasSecondaries || !output) return wrongs
  // they belong to the output, which of a refused object is an older one
  const source = sourceOf(output)
  if (!chart) wrongs.push('no chart')
  else if (sourceOf(chart) !== source) wrongs.push('a chart of another object')
  const hasDropped = output.metadata[OBJECT_METADATA.duplicatesDropped] !== '0'
  if (!dropped === hasDropped) wrongs.push(hasDropped ? 'no removed rows' : 'removed rows of another object')
  else if (dropped && sourceOf(dropped) !== source) wrongs.push('removed rows of another object')
  return wrongs
}

function wrongsOfEnriched(current: Stored, enriched: Uint8Array, report?: StoredObject, output?: StoredObject) {
  const wrongs: string[] = []
  if (report) wrongs.push('a report')
  if (!output) wrongs.push('no output')
  else {
    if (Buffer.compare(output.bytes, enriched) !== 0) wrongs.push('the output of another object')
    if (sourceOf(output) !== sourceName(current)) wrongs.push('an output that names another object')
  }
  return wrongs
}

function wrongsOfRefused(current: Stored, report?: StoredObject, output?: StoredObject) {
  if (!report) return ['no report']
  if (sourceOf(report) !== sourceName(current)) return ['a report about another object']
  const { publishedFrom } = JSON.parse(Buffer.from(report.bytes).toString())
  const named = publishedFrom && sourceName(publishedFrom)
  if (output && named === undefined) return [UNNAMED]
  return named === (output && sourceOf(output)) ? [] : ['a report that names another output']
}

function sourceOf({ metadata }: StoredObject): string {
  const [eTag, versionId] = [metadata[OBJECT_METADATA.sourceETag]!, metadata[OBJECT_METADATA.sourceVersion]]
  return sourceName({ eTag, versionId })
}

function sourceName({ eTag, versionId }: Stored): string {
  return versionId === undefined ? eTag : `${eTag} ${versionId}`
}
