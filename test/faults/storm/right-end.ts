/** The one right end of a storm: what each key has to hold. */

import { settingsDigest } from '../../../functions/lambda/identity.ts'
import { type Keys, keysOf } from '../../../functions/lambda/keys.ts'
import { ENGINE_VERSION, NOTICE } from '../../../functions/shared/names.ts'
import type { FakeBucket } from '../../fakes/bucket.ts'
import { type Content, type Expected, expectedOf, settingsOf } from './contents.ts'
import { type KeyPlan, lastDeployment, type Plan, settingsInput } from './plan.ts'
import type { Worker } from './worker.ts'

/** Of an object that the function wrote. Read and compared here: what the function does itself may be wrong. */
type Metadata = Readonly<Record<string, string>>

export interface Ending {
  readonly plan: Plan
  readonly bucket: FakeBucket
  /** The current object of each key that has one. */
  readonly contents: Map<string, Content>
  /** When each object was written last, if the function wrote it. */
  readonly writtenAt: Map<string, number>
  /** When the function deleted an object last. */
  readonly removedAt: Map<string, number>
  readonly notices: {
    readonly at: number
    readonly key: string
    readonly type: string
    readonly code: string | undefined
  }[]
  /** How often work on an upload has reached its deadline, by key and upload. */
  readonly deadlines: Map<string, number>
  /** Keys. */
  readonly deadLetters: string[]
  /** By the id of a multipart upload. */
  readonly uploads: Map<string, Worker>
}

export async function problemsOf(ending: Ending): Promise<string[]> {
  const { plan, bucket, contents, uploads } = ending
  const problems: string[] = []
  for (const key of plan.keys) {
    const content = contents.get(key.key)
    const found = content ? await problemsOfKey(ending, key, content) : problemsOfRemoved(ending, key)
    problems.push(...found.map((problem) => `${key.key}: ${problem}`))
  }
  for (const id of bucket.uploadIds) {
    const worker = uploads.get(id)
    const isExcused = worker?.isDead || [...(worker?.troubles ?? [])].some((name) => /Multipart/.test(name))
    if (!isExcused) problems.push(`multipart upload ${id} is left`)
  }
  return problems
}

/** What is wrong with a key that has an object. */
async function problemsOfKey(ending: Ending, plan: KeyPlan, content: Content): Promise<string[]> {
  const { settings, identity } = currentState(ending, plan.key)
  const keys = keysOf(settings, plan.key)
  const [output, report] = [found(ending, keys.output), found(ending, keys.report)]
  const required = await expectedOf(content, ending.plan.settings[1] ?? ending.plan.settings[0])
  const isRight = output !== undefined && isOutputOf(output, identity)
  // the memory decides whether a file is refused, not what an output contains: one that is there stays
  const isKept = required.code === 'too-big' && isRight
  const expected = isKept ? await expectedOf(content, 'plain') : required
  // a file that is refused anyway may be refused without a look at the output
  const codes = [expected.code, plan.isOutputForeign ? 'foreign-output' : undefined].filter(
    (code) => code !== undefined,
  )
  const deadlines = ending.deadlines.get(`${plan.key} ${ending.bucket.uploadOf(plan.key)}`) ?? 0
  if (!isRight && deadlines >= 2) codes.push('too-slow')
  const isReported = expected.code === undefined && report?.code !== undefined && codes.includes(report.code)
  const refusal = plan.isOutputForeign ? 'foreign-output' : isReported ? 'too-slow' : undefined
  const problems = secondaryProblems(ending, plan, refusal === undefined ? expected : { code: refusal })
  if (plan.isOutputForeign && output) problems.push('an object of somebody else is replaced')
  if (expected.code === undefined && !plan.isOutputForeign && !isReported) {
    if (report) problems.push('a report beside an output that is right')
    if (!output) return [...problems, 'no output']
    // an older deployment's write of equal bytes passes the condition: its metadata say the older settings
    const isEqualOlder = ending.plan.settings[1] !== undefined && isOfSource(output, identity)
    if (!isRight && !isEqualOlder) problems.push('the output is of something else')
    if (!isEqual(ending.bucket.bytesOf(keys.output), expected.output))
      problems.push('the bytes of the output are wrong')
    return [
      ...problems,
      ...noticeProblems(ending, keys.input, keys.output, NOTICE.enriched),
      ...recallProblems(ending, keys),
    ]
  }
  if (isRight) problems.push('an output of a file that is refused')
  if (plan.isReportForeign) {
    if (report) problems.push("a report in the place of somebody else's object")
    if (!ending.deadLetters.includes(plan.key)) problems.push('no dead letter')
    return problems
  }
  if (!report) return [...problems, `no report (${codes.join(' or ')})`]
  if (!isReportOf(report, identity)) problems.push('the report is about something else')
  if (!codes.includes(report.code ?? '')) problems.push(`the report says ${report.code}, not ${codes.join(' or ')}`)
  problems.push(...publishedFromProblems(ending, keys, output))
  return [...problems, ...noticeProblems(ending, keys.input, keys.report, NOTICE.refused)]
}

/** What is wrong with a key whose object was deleted. Nobody looks at it again if the removal is not notified. */
function problemsOfRemoved(ending: Ending, plan: KeyPlan): string[] {
  if (!ending.plan.areRemovalsNotified) return []
  const { settings } = currentState(ending, plan.key)
  const keys = keysOf(settings, plan.key)
  const problems: string[] = []
  if (found(ending, keys.report)) problems.push('a report about nothing')
  const onRemoved = ending.plan.onRemoved.slice(0, lastDeployment(ending.plan))
  const hasOutput = found(ending, keys.output) !== undefined
  // where two deployments differ, either one may have done it; what belongs beside the output goes with it
  if (hasOutput && onRemoved.includes('keep')) return problems
  for (const what of ['output', 'chart', 'dropped'] as const) {
    if (found(ending, keys[what])) problems.push(`the ${what} of a removed object is left`)
  }
  return problems
}

/** Identity that the current object asks for. */
function currentState({ plan, bucket }: Ending, key: string) {
  const settings = settingsOf(settingsInput(plan, lastDeployment(plan)))
  const versionId = bucket.versionIdOf(key)
  const identity: Metadata = {
    'source-etag': bucket.eTagOf(key) ?? '',
    ...(versionId !== undefined && { 'source-version': versionId }),
    'source-modified': bucket.modifiedOf(key)?.toISOString() ?? '',
    'settings-digest': settingsDigest(settings.enrich),
    'engine-version': String(ENGINE_VERSION),
    'memory-mib': String(Math.floor(settings.enrich.memoryBudgetBytes / 2 ** 20)),
  }
  return { settings, identity }
}

/** Metadata of the function's own object at a key. */
function found({ bucket }: Ending, key: string | undefined): Metadata | undefined {
  const metadata = key === undefined ? undefined : bucket.metadataOf(key)
  return metadata?.['source-etag'] === undefined ? undefined : metadata
}

const OUTPUT_FIELDS = ['source-etag', 'source-version', 'settings-digest', 'engine-version']
const REPORT_FIELDS = [...OUTPUT_FIELDS, 'memory-mib', 'source-modified']

function areSame(a: Metadata, b: Metadata, fields: readonly string[]): boolean {
  return fields.every((field) => a[field] === b[field])
}

const isOutputOf = (a: Metadata, b: Metadata) => areSame(a, b, OUTPUT_FIELDS)
const isReportOf = (a: Metadata, b: Metadata) => areSame(a, b, REPORT_FIELDS)
const isOfSource = (a: Metadata, b: Metadata) => areSame(a, b, ['source-etag', 'source-version'])

/** Charts and removed rows belong to the output that is there; beside one that is right they are all there. */
function secondaryProblems(ending: Ending, { key }: KeyPlan, expected: Expected): string[] {
  if (!ending.plan.isSecondaryWanted) return []
  const { settings, identity } = currentState(ending, key)
  const keys = keysOf(settings, key)
  const output = found(ending, keys.output)
  const problems: string[] = []
  const areBothRight = (output: Metadata, secondary: Metadata) =>
    expected.code === undefined &&
    isEqual(ending.bucket.bytesOf(keys.output), expected.output) &&
    isOfSource(output, identity) &&
    isOutputOf(secondary, identity)
  for (const what of ['chart', 'dropped'] as const) {
    const secondary = found(ending, keys[what])
    const isOfOutput = output && secondary && (isOutputOf(output, secondary) || areBothRight(output, secondary))
    if (secondary && !isOfOutput) problems.push(`the ${what} does not belong to the output`)
    if (expected.code !== undefined) continue
    const isWanted = what === 'chart' || expected.rowsDropped > 0
    if (isWanted && !(secondary && isOutputOf(secondary, identity))) problems.push(`no right ${what}`)
    if (!isWanted && secondary) problems.push(`a ${what} that is not wanted`)
    if (isWanted && what === 'dropped' && !isEqual(ending.bucket.bytesOf(keys.dropped!), expected.dropped)) {
      problems.push('the removed rows are wrong')
    }
  }
  return problems
}

/** A report names the older output that is still there. */
function publishedFromProblems(
  { bucket }: Ending,
  keys: { readonly output: string; readonly report: string },
  output: Metadata | undefined,
): string[] {
  const { publishedFrom } = JSON.parse(Buffer.from(bucket.bytesOf(keys.report)!).toString()) as ReportText
  const published = output?.['source-etag']
  if (publishedFrom?.eTag === published) return []
  return [`the report names ${publishedFrom?.eTag ?? 'nothing'} as published, but ${published ?? 'nothing'} is`]
}

interface ReportText {
  readonly publishedFrom?: { readonly eTag: string }
}

/** Who waits for a file was told after it was written. */
function noticeProblems({ plan, notices, writtenAt }: Ending, input: string, written: string, type: string): string[] {
  const at = writtenAt.get(written)
  if (!plan.doesAnnounce || at === undefined) return []
  const isTold = notices.some((notice) => notice.key === input && notice.type === type && notice.at >= at)
  return isTold ? [] : [`no notice "${type}" since ${written} was written`]
}

/** After the notice of a report that was deleted later, there is one that the file is enriched. */
function recallProblems({ plan, notices, removedAt }: Ending, keys: Pick<Keys, 'input' | 'report'>): string[] {
  const removed = removedAt.get(keys.report)
  if (!plan.doesAnnounce || removed === undefined) return []
  const own = notices.filter(({ key }) => key === keys.input)
  const told = own.findLast(({ type, at }) => type === NOTICE.refused && at < removed)
  const isRecalled = !told || own.some(({ type, at }) => type === NOTICE.enriched && at >= told.at)
  return isRecalled ? [] : [`no notice "${NOTICE.enriched}" since ${keys.report} was announced and deleted`]
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0
}
