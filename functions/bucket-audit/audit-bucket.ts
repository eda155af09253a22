/**
 * Compares all inputs of a bucket with their outputs and reports. It needs three listings, and one HEAD for each output,
 * because a listing has no metadata. A key that is not clearly right is judged again from its objects as they are then.
 */
import { isOutputOf } from '../lambda/identity.ts'
import { isShortened, keysOf, MAX_KEY_BYTES, reasonToIgnore } from '../lambda/keys.ts'
import { findInput, findWritten } from '../lambda/objects.ts'
import { sequenceOf } from '../lambda/sequences.ts'
import { type ListedObject, listObjects } from '../storage/list-objects.ts'
import { ChainCheck } from './check-chain.ts'
import { HEADS_AT_ONCE, inOrder } from './in-order.ts'
import { inputOfReport } from './input-of-report.ts'
import {
  type Audited,
  type Finding,
  judgeKey,
  linkInSequence,
  orUnreadable,
  requiredIdentity,
  unixSeconds,
} from './judge-key.ts'
import { compareReports, type Entry, mergeListings, type NamedObject, REPORT_ENDING } from './merge-listings.ts'

export interface AuditOptions {
  /** Audits only inputs whose keys begin with it; undefined: with the input prefix. */
  readonly prefix?: string | undefined
  /** Skips keys whose input and output are older, unless the input is newer than the output; undefined: skips none. */
  readonly changedSince?: Date | undefined
  /**
   * Accepts an output that was written since, and after its input, as right without a HEAD: since then, only the
   * current deployment has written.
   */
  readonly writtenSince?: Date | undefined
  /** Judges an output or a report that was written before this time as stale, even if it is right; undefined: none. */
  readonly madeSince?: Date | undefined
  /** Does not judge inputs that arrived later, which may still wait in the queue; undefined: judges all. */
  readonly arrivedBefore?: Date | undefined
  /** The key at which an earlier audit stopped; undefined: begins at the first key. */
  readonly startAfter?: string | undefined
  /** Keys that are judged at the same time; undefined: `HEADS_AT_ONCE`. */
  readonly headsAtOnce?: number | undefined
}

/** @yields a finding for each key that has an input, and for each report without one; in an order that can be resumed */
export async function* auditBucket(audited: Audited, options: AuditOptions = {}): AsyncGenerator<Finding, undefined> {
  const entries = entriesOf(audited, options)
  const { headsAtOnce = HEADS_AT_ONCE } = options
  const chain = new ChainCheck(audited, isFromStart(audited, options))
  for await (const finding of inOrder(entries, headsAtOnce, (entry) => findingOf(audited, entry, options))) {
    if (!finding) continue
    const checked = await chain.check(finding)
    if (checked.verdict !== 'gone') yield checked
  }
  return undefined
}

/** Whether the first key of the audit is that of a sequence, or in none. */
function isFromStart({ settings }: Audited, { startAfter, prefix }: AuditOptions): boolean {
  return startAfter === undefined && (prefix === undefined || sequenceOf(settings, prefix) === prefix)
}

async function* entriesOf(audited: Audited, { prefix, startAfter }: AuditOptions): AsyncGenerator<Entry, undefined> {
  const { s3, bucket, settings, signal } = audited
  const { inputPrefix, outputPrefix, failurePrefix } = settings
  const nameOf = (key: string) => key.slice(inputPrefix.length)
  const within = nameOf(prefix ?? inputPrefix)
  const after = startAfter === undefined ? undefined : nameOf(startAfter)
  const names = (at: string, from: string | undefined, ending: string) => {
    const listing = { bucket, prefix: at + within, startAfter: from === undefined ? undefined : asKey(at + from) }
    return namedObjects(listObjects(s3, listing, signal), at.length, ending, (name, key) =>
      isAudited(audited, name, key, after),
    )
  }
  const from = after === undefined ? undefined : resumedFrom(after, settings.suffixes)
  yield* mergeListings(
    names(inputPrefix, from, ''),
    names(outputPrefix, from, ''),
    names(failurePrefix, after, REPORT_ENDING),
  )
  return undefined
}

/** @returns a key that S3 accepts and that is not after `text`: S3 refuses a key that is too long, and half a character */
function asKey(text: string): string {
  return (Buffer.byteLength(text) <= MAX_KEY_BYTES ? text : text.slice(0, MAX_KEY_BYTES / 4)).toWellFormed()
}

function isAudited({ settings }: Audited, name: string, key: string, after: string | undefined): boolean {
  if (after !== undefined && compareReports(name, after) <= 0) return false
  // the name of a shortened key does not show its suffix
  const isOwn = !key.startsWith(settings.inputPrefix)
  return (isOwn && isShortened(key)) || reasonToIgnore(settings, settings.inputPrefix + name) === undefined
}

async function* namedObjects(
  answers: AsyncIterable<readonly ListedObject[]>,
  prefixLength: number,
  ending: string,
  isWanted: (name: string, key: string) => boolean,
): AsyncGenerator<NamedObject, undefined> {
  for await (const objects of answers) {
    for (const object of objects) {
      if (!object.key.endsWith(ending)) continue
      const name = object.key.slice(prefixLength, object.key.length - ending.length)
      if (isWanted(name, object.key)) yield { name, object }
    }
  }
  return undefined
}

/**
 * Decides where the next listing starts. A name that is a prefix of the last one may still have waited for its report.
 * Such a name ends in a suffix, and all names before it are done.
 * @returns a name before all unfinished ones
 */
function resumedFrom(last: string, suffixes: readonly string[]): string {
  for (let end = 1; end < last.length; end++) {
    const name = last.slice(0, end)
    if (suffixes.some((suffix) => name.slice(-suffix.length).toLowerCase() === suffix)) return name.slice(0, -1)
  }
  return last
}

/** @returns undefined for a key without an input that needs no change */
function findingOf(
  audited: Audited,
  entry: Entry,
  options: AuditOptions,
): Finding | undefined | Promise<Finding | undefined> {
  const key = audited.settings.inputPrefix + entry.name
  const finding = findingAt(audited, key, entry, options)
  return finding instanceof Promise ? orUnreadable(key, finding) : finding
}

function findingAt(
  audited: Audited,
  key: string,
  { name, input, output, report }: Entry,
  options: AuditOptions,
): Finding | undefined | Promise<Finding | undefined> {
  const { settings } = audited
  if (input && options.arrivedBefore && input.lastModified > options.arrivedBefore) return { key, verdict: 'waiting' }
  if (!input) {
    if (report)
      return isShortened(report.key) ? findingOfShortened(audited, report.key) : present(judgeKey(audited, key))
    if (output && isShortened(output.key)) return undefined
    // the output of a deleted file passes its state on
    if (settings.onRemoved === 'keep')
      return sequenceOf(settings, key) === undefined ? undefined : judgeKey(audited, key)
    return present(judgeKey(audited, key))
  }
  const keys = keysOf(settings, key)
  const isListed =
    keys.output === settings.outputPrefix + name && keys.report === settings.failurePrefix + name + REPORT_ENDING
  if (!isListed || !output || report) return judgeKey(audited, key, options.madeSince)
  if (hasNotChanged(input, output, options.changedSince)) return { key, verdict: 'skipped' }
  if (wasWritten(input, output, options.writtenSince)) return { key, verdict: 'fine' }
  return findingOfOutput(audited, key, input, output, options.madeSince)
}

/** Judges an output with one HEAD, if it clearly belongs to the input as it is listed. */
async function findingOfOutput(
  audited: Audited,
  key: string,
  input: ListedObject,
  output: ListedObject,
  madeSince: Date | undefined,
): Promise<Finding> {
  const { bucket, settings } = audited
  const own = (await findWritten(audited, output.key))?.own
  const isOld = madeSince !== undefined && unixSeconds(output.lastModified) < unixSeconds(madeSince)
  if (own && !isOld && unixSeconds(input.lastModified) === unixSeconds(new Date(own.source.modified ?? 0))) {
    // a listing does not state the version; equal bytes of the same second are the same version
    const source = { bucket, ...input, key, versionId: own.source.versionId }
    if (isOutputOf(own, requiredIdentity(settings, source, own)))
      return { key, verdict: 'fine', ...linkInSequence(own) }
  }
  return judgeKey(audited, key, madeSince)
}

function hasNotChanged(input: ListedObject, output: ListedObject, since: Date | undefined): boolean {
  if (!since) return false
  const isNewer = unixSeconds(input.lastModified) >= unixSeconds(output.lastModified)
  return !isNewer && input.lastModified < since && output.lastModified < since
}

function wasWritten(input: ListedObject, output: ListedObject, since: Date | undefined): boolean {
  return (
    since !== undefined &&
    output.lastModified > since &&
    unixSeconds(output.lastModified) > unixSeconds(input.lastModified)
  )
}

/** Judges a report whose key is shortened; the report names its input. */
async function findingOfShortened(audited: Audited, reportKey: string): Promise<Finding | undefined> {
  const key = await inputOfReport(audited, reportKey)
  // a report whose input exists is judged together with it
  if (key === undefined || (await findInput(audited, key))) return undefined
  return present(judgeKey(audited, key))
}

async function present(finding: Promise<Finding>): Promise<Finding | undefined> {
  const found = await finding
  return found.verdict === 'gone' ? undefined : found
}
