/** Describes objects without reading them. */
import { type GetObjectCommandOutput, HeadObjectCommand } from '@aws-sdk/client-s3'
import { type ObjectAddress, type S3Port, statusOf } from './s3-client.ts'

export interface ObjectHead {
  readonly eTag: string
  readonly size: number
  readonly versionId: string | undefined
  readonly lastModified: Date | undefined
  readonly metadata: Readonly<Record<string, string>>
}

/** @returns undefined when there is no such object */
export async function headObject(
  s3: S3Port,
  { bucket, key }: ObjectAddress,
  signal?: AbortSignal,
): Promise<ObjectHead | undefined> {
  try {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key })
    const answer = await s3.send(command, signal && { abortSignal: signal })
    return { ...describedBy(answer, { bucket, key }), metadata: answer.Metadata ?? {} }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

type Headers = Pick<GetObjectCommandOutput, 'ETag' | 'ContentLength' | 'VersionId' | 'LastModified'>

/** @throws Error when the answer lacks what every answer of S3 has */
export function describedBy({ ETag, ContentLength, VersionId, LastModified }: Headers, { key }: ObjectAddress) {
  if (ETag === undefined || ContentLength === undefined) throw new Error(`S3 described ${key} without ETag or length`)
  // a bucket whose versioning was suspended answers "null"
  const versionId = VersionId === 'null' ? undefined : VersionId
  return { eTag: ETag.replaceAll('"', ''), size: ContentLength, versionId, lastModified: LastModified }
}
