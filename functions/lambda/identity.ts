/**
 * What an output or a report was made from. The function writes it into the user metadata of the object, not into the
 * file: the bytes stay equal to those of the command line. Two objects with one identity have the same contents.
 */
import { createHash } from 'node:crypto'
import type { EnrichSettings } from '../enrich/settings.ts'
import { ENGINE_VERSION, OBJECT_METADATA as KEYS } from '../shared/names.ts'
import type { ObjectHead } from '../storage/object-source.ts'
import type { S3Object } from '../storage/s3-client.ts'

/** Numbers of one stack can be compared: a later deployment has a higher one. */
export interface Deployment {
  /** Id of the stack; a stack that is deleted and created again starts at 1 and has another id. */
  readonly stack: string
  readonly number: number
}

/** What decides the contents of an output or a report. */
export interface Identity {
  readonly source: S3Object
  /** Of the settings. */
  readonly digest: string
  /** What rows may take; it decides whether a file is refused, and never what an output contains. */
  readonly memoryMiB: number
  readonly deployment: Deployment
}

/** An object that the function wrote, as its metadata describe it. */
export interface OwnObject {
  readonly eTag: string
  readonly source: {
    readonly eTag: string
    readonly versionId: string | undefined
    readonly modified: string | undefined
  }
  readonly digest: string
  readonly engine: number
  readonly memoryMiB: number
  readonly deployment: Deployment
  /** Of a report: why the file is refused. */
  readonly code: string | undefined
  /** Of a report: ETag of the source of the output that is there all the same. */
  readonly publishedFrom: string | undefined
  readonly metadata: Readonly<Record<string, string>>
}

/** @returns undefined for an object that somebody else wrote */
export function ownObject({ eTag, metadata }: ObjectHead): OwnObject | undefined {
  const { [KEYS.sourceETag]: source, [KEYS.settings]: digest } = metadata
  if (source === undefined || digest === undefined) return undefined
  // outputs made before deployments were counted carry none
  const [number = '', stack = ''] = (metadata[KEYS.deployment] ?? '').split(' ')
  return {
    eTag,
    source: { eTag: source, versionId: metadata[KEYS.sourceVersion], modified: metadata[KEYS.sourceModified] },
    digest,
    engine: Number(metadata[KEYS.engine] ?? 0),
    memoryMiB: Number(metadata[KEYS.memory] ?? 0),
    deployment: { stack, number: Number(number) || 0 },
    code: metadata[KEYS.code],
    publishedFrom: metadata[KEYS.publishedFrom],
    metadata,
  }
}

export function identityMetadata({ source, digest, memoryMiB, deployment }: Identity): Record<string, string> {
  return {
    [KEYS.sourceETag]: source.eTag,
    ...(source.versionId !== undefined && { [KEYS.sourceVersion]: source.versionId }),
    ...(source.lastModified !== undefined && { [KEYS.sourceModified]: source.lastModified.toISOString() }),
    [KEYS.settings]: digest,
    [KEYS.engine]: String(ENGINE_VERSION),
    [KEYS.memory]: String(memoryMiB),
    [KEYS.deployment]: `${deployment.number} ${deployment.stack}`.trim(),
  }
}

export function isOfSource({ source }: OwnObject, { eTag, versionId }: Pick<S3Object, 'eTag' | 'versionId'>): boolean {
  return source.eTag === eTag && source.versionId === versionId
}

/** Whether a report is about this upload of its source. The same bytes may have been uploaded before. */
export function isOfUpload(report: OwnObject, source: S3Object): boolean {
  const { lastModified } = source
  const isSameTime = lastModified === undefined || report.source.modified === lastModified.toISOString()
  return isOfSource(report, source) && isSameTime
}

/** Whether an output is the one that the identity asks for. */
export function isOutputOf(output: OwnObject, identity: Identity): boolean {
  return isOfSource(output, identity.source) && output.digest === identity.digest && output.engine === ENGINE_VERSION
}

/** Whether two objects were made from the same source in the same way. */
export function isSameOutput(a: OwnObject, b: OwnObject): boolean {
  return isOfSource(a, b.source) && a.digest === b.digest && a.engine === b.engine
}

/**
 * Whether a report is the one that the identity asks for. Bytes that are uploaded again are judged again.
 * @param output what is at the output key: the report says which older output is still there
 * @param isOutputForeign whether somebody else's object is there; a report about one is right only until it goes
 */
export function isReportOf(
  report: OwnObject,
  identity: Identity,
  output: OwnObject | undefined,
  isOutputForeign: boolean,
): boolean {
  return (
    isOutputOf(report, identity) &&
    report.publishedFrom === output?.source.eTag &&
    (report.code !== 'foreign-output' || isOutputForeign) &&
    report.memoryMiB === identity.memoryMiB &&
    isOfUpload(report, identity.source)
  )
}

/** Whether somebody else's object is at the output key, and the settings do not allow the function to replace it. */
export function isForeignOutput(
  output: { readonly own: OwnObject | undefined } | undefined,
  { overwriteForeign }: { readonly overwriteForeign: boolean },
): boolean {
  return output !== undefined && !output.own && !overwriteForeign
}

/** Whether a later deployment of the same stack wrote the object: this one then leaves it alone. */
export function isOfNewerDeployment({ deployment: { stack, number } }: OwnObject, ours: Deployment): boolean {
  return stack === ours.stack && number > ours.number
}

/** What a deployment with these settings makes of an object. */
export function identityOf(source: S3Object, enrich: EnrichSettings, deployment: Deployment): Identity {
  const memoryMiB = Math.floor(enrich.memoryBudgetBytes / 2 ** 20)
  return { source, digest: settingsDigest(enrich), memoryMiB, deployment }
}

/** By settings: hashing them again for each of a million keys takes seconds. */
const digests = new WeakMap<EnrichSettings, string>()

/** Tells settings apart that give different files. Neither the memory budget nor the share read back changes a file. */
export function settingsDigest(enrich: EnrichSettings): string {
  const known = digests.get(enrich)
  if (known !== undefined) return known
  const { memoryBudgetBytes: _, readBack: __, ...settings } = enrich
  const digest = createHash('sha256')
    .update(JSON.stringify(sorted(settings)))
    .digest('hex')
    .slice(0, 16)
  digests.set(enrich, digest)
  return digest
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]))
}
