/** Notices that sequences are advanced, of which each has one message at a time, however many files it has. */

import type { Audited } from '../../functions/bucket-audit/judge-key.ts'
import { listObjects } from '../../functions/storage/list-objects.ts'

/** @returns a question: whether any sequence has come further since it was asked last, or since the beginning */
export async function sequenceWatch(audited: Audited): Promise<() => Promise<boolean>> {
  let last = await lastProgress(audited)
  return async () => {
    const before = last
    last = await lastProgress(audited)
    return last > before
  }
}

/** When the function last said how far a sequence is complete, in milliseconds since 1970; 0: never. */
async function lastProgress({ s3, bucket, settings, signal }: Audited): Promise<number> {
  const prefix = settings.carry?.prefix
  let latest = 0
  if (prefix === undefined) return latest
  for await (const objects of listObjects(s3, { bucket, prefix }, signal)) {
    for (const { lastModified } of objects) latest = Math.max(latest, lastModified.getTime())
  }
  return latest
}
