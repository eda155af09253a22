/**
 * The identity of an output or a report: its source, settings, engine and deployment. The function writes it into the
 * user metadata of the object, not into the file, so the bytes stay equal to those of the command line. Two objects
 * with one identity have the same contents.
 */
import { createHash } from 'node:crypto'
import { DEFAULT_LOOK_BACK, type SequenceLimits } from '../enrich/carry/look-back.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import { STATE_VERSION } from '../market/carry/state-bytes.ts'
import { ENGINE_VERSION, OBJECT_METADATA as KEYS } from '../shared/names.ts'
import type { ObjectHead } from '../storage/object-head.ts'
import type { S3Object } from '../storage/s3-client.ts'

/** Numbers of one stack can be compared: a later deployment has a higher one. */
export interface Deployment {
  /** Id of the stack; a stack that is deleted and created again starts at 1 and has another id. */
  readonly stack: string
  readonly number: number
}

/** The values that determine the contents of an output or a report. */
export interface Identity {
  readonly source: S3Object
  /** Digest of the settings. */
  readonly digest: string
  /** Memory budget for rows. It determines whether a file is refused, never the contents of an output. */
  readonly memoryMiB: number
  /** Of the function; it decides only whether a file is too slow. 0: not known. */
  readonly timeoutSeconds: number
  readonly deployment: Deployment
  /** Digest of the state that the file continues from; undefined for a file that is in no sequence. */
  readonly after?: string | undefined
  /** Earlier files that are searched for repeated bars; it decides only whether a file is refused. Undefined: the default. */
  readonly lookBack?: number | undefined
}

/** The additions to the identity of a file in a sequence. */
export interface CarriedIdentity extends SequenceLimits {
  readonly after: string
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
  /** Only in a report: the code of the refusal. */
  readonly code: string | undefined
  /** Only in a report `too-slow`: the timeout that the file did not meet. */
  readonly timeoutSeconds: number
  /** Only in a report `before-previous`: the earlier files that were searched at most. */
  readonly lookBack: number
  /** Only in a report: the ETag of the source of an older output that still exists. */
  readonly publishedFrom: string | undefined
  /** Digest of the state that it continues from. Undefined: in no sequence, or a report that does not depend on it. */
  readonly after: string | undefined
  /** The earlier outputs that it was compared with; undefined: with none. */
  readonly compared: string | undefined
  /** Only in an output: digest of the state that it passes on. */
  readonly state: string | undefined
  readonly metadata: Readonly<Record<string, string>>
}

/** @returns undefined for an object that another program wrote */
export function ownObject({ eTag, metadata }: ObjectHead): OwnObject | undefined {
  const { [KEYS.sourceETag]: source, [KEYS.settings]: digest } = metadata
  if (source === undefined || digest === undefined) return undefined
  // outputs of versions that did not count deployments have none
  const [number = '', stack = ''] = (metadata[KEYS.deployment] ?? '').split(' ')
  return {
    eTag,
    source: { eTag: source, versionId: metadata[KEYS.sourceVersion], modified: metadata[KEYS.sourceModified] },
    digest,
    engine: Number(metadata[KEYS.engine] ?? 0),
    memoryMiB: Number(metadata[KEYS.memory] ?? 0),
    deployment: { stack, number: Number(number) || 0 },
    code: metadata[KEYS.code],
    timeoutSeconds: Number(metadata[KEYS.timeout] ?? 0),
    lookBack: Number(metadata[KEYS.lookBack] ?? DEFAULT_LOOK_BACK),
    publishedFrom: metadata[KEYS.publishedFrom],
    after: metadata[KEYS.after],
    compared: metadata[KEYS.compared],
    state: metadata[KEYS.state],
    metadata,
  }
}

export function identityMetadata({ source, digest, memoryMiB, deployment, after }: Identity): Record<string, string> {
  return {
    [KEYS.sourceETag]: source.eTag,
    ...(source.versionId !== undefined && { [KEYS.sourceVersion]: source.versionId }),
    ...(source.lastModified !== undefined && { [KEYS.sourceModified]: source.lastModified.toISOString() }),
    [KEYS.settings]: digest,
    [KEYS.engine]: String(ENGINE_VERSION),
    [KEYS.memory]: String(memoryMiB),
    [KEYS.deployment]: `${deployment.number} ${deployment.stack}`.trim(),
    ...(after !== undefined && { [KEYS.after]: after }),
  }
}

export function isOfSource({ source }: OwnObject, { eTag, versionId }: Pick<S3Object, 'eTag' | 'versionId'>): boolean {
  return source.eTag === eTag && source.versionId === versionId
}

/** True when a report is about this upload of its source. The same bytes may have been uploaded before. */
export function isOfUpload(report: OwnObject, source: S3Object): boolean {
  const { lastModified } = source
  const isSameTime = lastModified === undefined || report.source.modified === lastModified.toISOString()
  return isOfSource(report, source) && isSameTime
}

/** True when an output has this identity. */
export function isOutputOf(output: OwnObject, identity: Identity): boolean {
  return isMadeLike(output, identity) && output.after === identity.after
}

/** True when an output, or a report, has this identity, whatever it continues from. */
export function isMadeLike(output: OwnObject, identity: Identity): boolean {
  return isOfSource(output, identity.source) && output.digest === identity.digest && output.engine === ENGINE_VERSION
}

/** True when two objects were made from the same source in the same way. */
export function isSameOutput(a: OwnObject, b: OwnObject): boolean {
  return isOfSource(a, b.source) && a.digest === b.digest && a.engine === b.engine && a.after === b.after
}

/**
 * True when a report has this identity. A new upload of the same bytes has another identity, so it is judged again.
 * @param output the object at the output key: a report names the older output that still exists
 * @param isOutputForeign whether another program wrote it; a report about such an object is right only while that
 * exists
 */
export function isReportOf(
  report: OwnObject,
  identity: Identity,
  output: OwnObject | undefined,
  isOutputForeign: boolean,
): boolean {
  return (
    isMadeLike(report, identity) &&
    (report.after === undefined || report.after === identity.after) &&
    // the file before may have been made again, with the same state
    report.code !== 'state-damaged' &&
    report.code !== 'no-state' &&
    report.publishedFrom === output?.source.eTag &&
    (report.code !== 'foreign-output' || isOutputForeign) &&
    report.memoryMiB === identity.memoryMiB &&
    (report.code !== 'too-slow' || !isLonger(identity.timeoutSeconds, report.timeoutSeconds)) &&
    (report.code !== 'before-previous' || report.lookBack === (identity.lookBack ?? DEFAULT_LOOK_BACK)) &&
    isOfUpload(report, identity.source)
  )
}

/**
 * True when a timeout is longer than an earlier one. Both are what Lambda said at the start of an invocation, which differs by
 * a second from one to the next: a file that was too slow must not be tried again for that.
 */
function isLonger(seconds: number, earlier: number): boolean {
  return seconds > earlier * 1.05 + 1
}

/**
 * True when another program wrote the object at the output key and the settings do not allow the function to replace
 * it.
 */
export function isForeignOutput(
  output: { readonly own: OwnObject | undefined } | undefined,
  { overwriteForeign }: { readonly overwriteForeign: boolean },
): boolean {
  return output !== undefined && !output.own && !overwriteForeign
}

/** True when a later deployment of the same stack wrote the object: this deployment must not change it then. */
export function isOfNewerDeployment({ deployment: { stack, number } }: OwnObject, ours: Deployment): boolean {
  return stack === ours.stack && number > ours.number
}

/** @returns the identity of the output that a deployment with these settings makes of an object */
export function identityOf(
  source: S3Object,
  enrich: EnrichSettings,
  deployment: Deployment,
  timeoutSeconds = 0,
  carried?: CarriedIdentity,
): Identity {
  const memoryMiB = Math.floor(enrich.memoryBudgetBytes / 2 ** 20)
  const digest = digestOf(enrich, carried)
  return { source, digest, memoryMiB, timeoutSeconds, deployment, after: carried?.after, lookBack: carried?.lookBack }
}

/** @returns a digest of all settings that change a file; those of carry change each file of a sequence */
export function digestOf(enrich: EnrichSettings, carried: Pick<CarriedIdentity, 'forgetAfter'> | undefined): string {
  const digest = settingsDigest(enrich)
  return carried ? shortHash(`${digest} ${STATE_VERSION} ${carried.forgetAfter ?? 'never'}`) : digest
}

/** @returns a digest of the contents of outputs, from their identities: an output that is written again has the same one */
export function contentsDigest(outputs: readonly (OwnObject | undefined)[]): string {
  const contents = outputs.map(
    (own) => own && [own.source.eTag, own.source.versionId, own.digest, own.engine, own.after],
  )
  return shortHash(JSON.stringify(contents))
}

/** Digests by settings: computing one for each of a million keys takes seconds. */
const digests = new WeakMap<EnrichSettings, string>()

/** @returns a digest of the settings that change a file: all except the memory budget and the share read back */
export function settingsDigest(enrich: EnrichSettings): string {
  const known = digests.get(enrich)
  if (known !== undefined) return known
  const { memoryBudgetBytes: _, readBack: __, ...settings } = enrich
  const digest = shortHash(JSON.stringify(sorted(settings)))
  digests.set(enrich, digest)
  return digest
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]))
}
