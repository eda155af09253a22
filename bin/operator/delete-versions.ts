/** Deletes everything below a prefix, in a bucket with versions each of them and each delete marker. */
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3'
import type { S3Port } from '../../functions/storage/s3-client.ts'

export interface Prefix {
  readonly bucket: string
  readonly prefix: string
}

/** @returns how many were deleted */
export async function deleteVersions(s3: S3Port, { bucket: Bucket, prefix: Prefix }: Prefix): Promise<number> {
  let deleted = 0
  let [KeyMarker, VersionIdMarker]: (string | undefined)[] = []
  do {
    const list = new ListObjectVersionsCommand({ Bucket, Prefix, KeyMarker, VersionIdMarker })
    const page: ListObjectVersionsCommandOutput = await s3.send(list)
    for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
      // a server may answer more than it was asked for
      if (!Key?.startsWith(Prefix)) throw new Error(`S3 listed ${Key} below ${Prefix}; nothing else is deleted`)
      await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))
      deleted++
    }
    ;[KeyMarker, VersionIdMarker] = page.IsTruncated ? [page.NextKeyMarker, page.NextVersionIdMarker] : []
  } while (KeyMarker !== undefined)
  return deleted
}
