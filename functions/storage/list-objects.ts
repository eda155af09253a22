/** Lists the objects under a prefix in the order of S3: by the bytes of their keys in UTF-8. */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import type { ObjectAddress, S3Port } from './s3-client.ts'

export interface ListedObject {
  readonly key: string
  /** Without quotes. */
  readonly eTag: string
  /** Bytes. */
  readonly size: number
  /** S3 states whole seconds; other servers may state fractions. */
  readonly lastModified: Date
}

export interface Listing {
  readonly bucket: string
  readonly prefix: string
  /** Only keys after this one; it need not exist. */
  readonly startAfter?: string | undefined
  /** At most so many at a time; undefined: 1000, the maximum of S3. */
  readonly maxKeys?: number | undefined
}

/** @returns up to 1000 objects, without asking for more; `isLast` says whether there are none after them */
export async function listPage(
  s3: S3Port,
  { bucket, prefix, startAfter, maxKeys }: Listing,
  signal?: AbortSignal,
): Promise<{ readonly objects: readonly ListedObject[]; readonly isLast: boolean }> {
  const range = { Bucket: bucket, Prefix: prefix, StartAfter: startAfter, MaxKeys: maxKeys }
  const input = { ...range, EncodingType: 'url' as const }
  const page = await s3.send(new ListObjectsV2Command(input), { ...(signal && { abortSignal: signal }) })
  const objects = (page.Contents ?? []).map((object) => listed(object, page.EncodingType === 'url'))
  return { objects, isLast: !page.IsTruncated }
}

/** @yields up to 1000 objects at a time; S3 is asked for the next ones while they are read */
export async function* listObjects(
  s3: S3Port,
  { bucket, prefix, startAfter }: Listing,
  signal?: AbortSignal,
): AsyncGenerator<readonly ListedObject[], undefined> {
  const request = (ContinuationToken?: string) => {
    // encoded, because XML has no form for control characters, and a key may contain them
    const input = { Bucket: bucket, Prefix: prefix, StartAfter: startAfter, ContinuationToken, EncodingType: 'url' }
    const answer = s3.send(new ListObjectsV2Command(input as typeof input & { EncodingType: 'url' }), {
      ...(signal && { abortSignal: signal }),
    })
    // an awaited answer reports its failure; this handles the failure of an answer that the reader never asked for
    answer.catch(() => {})
    return answer
  }
  for (let next: Promise<ListObjectsV2CommandOutput> | undefined = request(); next; ) {
    const answer: ListObjectsV2CommandOutput = await next
    next = answer.IsTruncated ? request(answer.NextContinuationToken) : undefined
    yield (answer.Contents ?? []).map((object) => listed(object, answer.EncodingType === 'url'))
  }
  return undefined
}

/**
 * Describes an object whose HEAD S3 does not answer: a listing needs no permission for the object and no key of its encryption.
 * @returns undefined when there is no such object
 */
export async function listObject(
  s3: S3Port,
  { bucket, key }: ObjectAddress,
  signal?: AbortSignal,
): Promise<ListedObject | undefined> {
  // S3 lists the key itself before all longer keys that begin with it
  const { value: objects = [] } = await listObjects(s3, { bucket, prefix: key }, signal).next()
  return objects.find((object) => object.key === key)
}

type ListedContent = NonNullable<ListObjectsV2CommandOutput['Contents']>[number]

function listed({ Key, ETag, Size, LastModified }: ListedContent, isEncoded: boolean): ListedObject {
  if (Key === undefined || ETag === undefined || LastModified === undefined) {
    throw new Error(`S3 listed ${Key ?? 'an object without a key'} without ETag or time`)
  }
  const key = isEncoded ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key
  return { key, eTag: ETag.replaceAll('"', ''), size: Size ?? 0, lastModified: LastModified }
}
