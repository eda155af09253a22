/** The objects of one key in the bucket: the input, and those that the function writes for it. */
import { headObject } from '../storage/object-source.ts'
import { deleteObject } from '../storage/publish-object.ts'
import type { S3Object } from '../storage/s3-client.ts'
import { ownObject } from './identity.ts'
import type { Keys } from './keys.ts'
import type { Found, Work } from './work.ts'

export async function find(work: Work, what: keyof Keys): Promise<Found | undefined> {
  const head = await headObject(work.s3, addressOf(work, what), work.signal)
  return head && { eTag: head.eTag, own: ownObject(head) }
}

/** Deletes an object of ours if it is still the one that was found. Objects of others are never deleted. */
export async function remove(work: Work, what: keyof Keys, { eTag, own }: Found): Promise<void> {
  if (own) await deleteObject(work.s3, addressOf(work, what), eTag, work.signal)
}

/** @throws Error for an object that the settings do not ask for */
export function addressOf({ bucket, keys }: Work, what: keyof Keys) {
  const key = keys[what]
  if (key === undefined) throw new Error(`there is no key for the ${what}`)
  return { bucket, key }
}

/** Whether the key still holds the object that was looked at. */
export async function isCurrent(work: Work, { eTag, versionId }: S3Object): Promise<boolean> {
  const head = await headObject(work.s3, addressOf(work, 'input'), work.signal)
  return head?.eTag === eTag && head.versionId === versionId
}
