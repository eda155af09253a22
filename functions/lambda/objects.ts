/** The objects of one key in the bucket: the input, and those that the function writes for it. */

import { listObjects } from '../storage/list-objects.ts'
import { headObject } from '../storage/object-source.ts'
import { deleteObject } from '../storage/publish-object.ts'
import { type ObjectAddress, type S3Object, statusOf } from '../storage/s3-client.ts'
import { ownObject } from './identity.ts'
import type { Keys } from './keys.ts'
import type { Found, Work } from './work.ts'

export async function find(work: Work, what: keyof Keys): Promise<Found | undefined> {
  const head = await headObject(work.s3, addressOf(work, what), work.signal)
  return head && { eTag: head.eTag, own: ownObject(head) }
}

/** Deletes an object of ours if it is still the one that was found. Objects of others are never deleted. */
export async function remove(work: Work, what: keyof Keys, { eTag, own }: Found): Promise<void> {
  if (own) await removeOwn(work, what, eTag)
}

/** Deletes an object that this delivery wrote, if it is still that one. */
export async function removeOwn(work: Work, what: keyof Keys, eTag: string): Promise<void> {
  await deleteObject(work.s3, addressOf(work, what), eTag, work.signal)
}

/** @throws Error for an object that the settings do not ask for */
export function addressOf({ bucket, keys }: Work, what: keyof Keys) {
  const key = keys[what]
  if (key === undefined) throw new Error(`there is no key for the ${what}`)
  return { bucket, key }
}

/** @returns the object that the key holds now; undefined for none */
export async function findSource(work: Work): Promise<S3Object | undefined> {
  const input = addressOf(work, 'input')
  try {
    const head = await headObject(work.s3, input, work.signal)
    return head && { ...input, ...head }
  } catch (error) {
    if (statusOf(error) !== 403) throw error
    // without the right to use its KMS key not even a HEAD is answered; a report needs to know which object it is about
    return listedSource(work, input)
  }
}

async function listedSource({ s3, signal }: Work, { bucket, key }: ObjectAddress): Promise<S3Object | undefined> {
  for await (const page of listObjects(s3, { bucket, prefix: key }, signal)) {
    const listed = page.find((object) => object.key === key)
    // the key itself comes first among those that begin with it
    return listed && { bucket, ...listed }
  }
  return undefined
}

/** Whether the key still holds the object that was looked at. */
export async function isCurrent(work: Work, { eTag, versionId }: S3Object): Promise<boolean> {
  const source = await findSource(work)
  return source?.eTag === eTag && source.versionId === versionId
}
