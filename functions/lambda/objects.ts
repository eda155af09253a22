/** Finds and deletes the objects of one key: the input, and the objects that the function writes for it. */
import { listObject } from '../storage/list-objects.ts'
import { headObject } from '../storage/object-head.ts'
import { deleteObject } from '../storage/publish-object.ts'
import { type S3Object, type S3Port, statusOf } from '../storage/s3-client.ts'
import { isDenial, lacksCustomerKey, reasonOfBadRequest } from '../storage/source-errors.ts'
import { ownObject } from './identity.ts'
import type { Keys } from './keys.ts'
import type { Found, Work } from './work.ts'

/** The bucket to look into. */
export interface Place {
  readonly s3: S3Port
  readonly bucket: string
  readonly signal?: AbortSignal | undefined
}

export async function find(work: Work, what: keyof Keys): Promise<Found | undefined> {
  return findWritten(work, addressOf(work, what).key)
}

/** @param key a key at which the function writes */
export async function findWritten({ s3, bucket, signal }: Place, key: string): Promise<Found | undefined> {
  try {
    const head = await headObject(s3, { bucket, key }, signal)
    return head && { eTag: head.eTag, lastModified: head.lastModified, own: ownObject(head) }
  } catch (error) {
    const reason = await reasonOf(error, { s3, bucket, signal }, key)
    if (!lacksCustomerKey(reason)) throw reason
    // the function never encrypts with a key of an uploader (SSE-C), so another program wrote the object
    const listed = await listObject(s3, { bucket, key }, signal)
    return listed && { eTag: listed.eTag, lastModified: listed.lastModified, own: undefined }
  }
}

/** @returns the failure of a HEAD, or what S3 says of it when it only answered 400 */
async function reasonOf(failure: unknown, { s3, bucket, signal }: Place, key: string): Promise<Error> {
  if (!(failure instanceof Error)) throw failure
  if (statusOf(failure) !== 400) return failure
  return (await reasonOfBadRequest(s3, { bucket, key }, signal)) ?? failure
}

/** Deletes an object that the function wrote, if it has not changed since. Never deletes objects of other programs. */
export async function remove(work: Work, what: keyof Keys, { eTag, own }: Found): Promise<void> {
  if (own) await removeOwn(work, what, eTag)
}

/** Deletes an object that this delivery wrote, if it has not changed since. */
export async function removeOwn(work: Work, what: keyof Keys, eTag: string): Promise<void> {
  await deleteObject(work.s3, addressOf(work, what), eTag, work.signal)
}

/** @throws Error for an object that the settings do not enable */
export function addressOf({ bucket, keys }: Work, what: keyof Keys) {
  const key = keys[what]
  if (key === undefined) throw new Error(`there is no key for the ${what}`)
  return { bucket, key }
}

/** @returns the object that the key of the input holds now; undefined for none */
export function findSource(work: Work): Promise<S3Object | undefined> {
  return findInput(work, work.keys.input)
}

/** @param key a key under the input prefix */
export async function findInput({ s3, bucket, signal }: Place, key: string): Promise<S3Object | undefined> {
  const input = { bucket, key }
  try {
    const head = await headObject(s3, input, signal)
    return head && { ...input, ...head }
  } catch (error) {
    const reason = await reasonOf(error, { s3, bucket, signal }, key)
    if (!isDenial(reason)) throw reason
    // S3 does not answer the HEAD of an object whose key the function may not use; a report has to name the object
    const listed = await listObject(s3, input, signal)
    return listed && { ...input, ...listed }
  }
}

/** True when an object of ours is still the one that was found. */
export async function isAsFound(work: Work, what: keyof Keys, found: Found | undefined): Promise<boolean> {
  const now = await find(work, what)
  // an ETag alone does not tell: another deployment may have written equal bytes
  const told = (it: Found | undefined) => JSON.stringify([it?.eTag, it?.lastModified, it?.own?.metadata])
  return told(now) === told(found)
}

/** True when the key still has the same object. */
export async function isCurrent(work: Work, { eTag, versionId }: S3Object): Promise<boolean> {
  const source = await findSource(work)
  return source?.eTag === eTag && source.versionId === versionId
}
