/** The objects that the function writes for one input, as they are found in the bucket. */
import { headObject } from '../storage/object-source.ts'
import { deleteObject } from '../storage/publish-object.ts'
import { type OwnObject, ownObject } from './identity.ts'
import type { Keys } from './keys.ts'
import type { Work } from './reconcile.ts'

/** An object at one of our keys. */
export interface Found {
  readonly eTag: string
  /** Undefined: somebody else wrote it. */
  readonly own: OwnObject | undefined
}

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
