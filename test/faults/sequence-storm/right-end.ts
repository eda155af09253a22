/** The one right end of a storm of sequences: walks the bucket and continues each file from the one before it. */

import { stateIn } from '../../../functions/enrich/carry/previous-state.ts'
import { enrich } from '../../../functions/enrich/enrich.ts'
import { MAX_FAILURES } from '../../../functions/lambda/deliver-sequences.ts'
import type { SettingsInput } from '../../../functions/lambda/function-settings.ts'
import { digestOf } from '../../../functions/lambda/identity.ts'
import { stateDigest } from '../../../functions/market/carry/state-bytes.ts'
import { sourceOf } from '../../../functions/shared/byte-source.ts'
import { RefusedError } from '../../../functions/shared/errors.ts'
import { NOTICE } from '../../../functions/shared/names.ts'
import type { FakeBucket } from '../../fakes/bucket.ts'
import { type Content, settingsOf } from './contents.ts'
import type { Plan } from './plan.ts'

export interface Counts {
  computations: number
  messages: number
  /** Messages of S3, SQS and the function that come from each other, for one file. */
  longestChain: number
  /** That one message has counted. */
  mostFailures: number
  /** By name. */
  readonly requests: Map<string, number>
}

export interface Ending {
  readonly plan: Plan
  readonly bucket: FakeBucket
  /** The current object of each key that has one. */
  readonly contents: Map<string, Content>
  /** When each object was written last, if the function wrote it. */
  readonly writtenAt: Map<string, number>
  /** When each object was read. */
  readonly openings: { readonly at: number; readonly key: string }[]
  readonly notices: { readonly at: number; readonly key: string; readonly type: string }[]
  readonly deadLetters: { readonly key: string; readonly code: string }[]
  readonly counts: Counts
}

export function settingsInput({ onRemoved, doesAnnounce, isSecondaryWanted }: Plan): SettingsInput {
  return {
    onRemoved,
    ...(doesAnnounce && { eventBus: 'bus' }),
    ...(isSecondaryWanted && { chartPrefix: 'charts/', droppedPrefix: 'dropped/' }),
  }
}

const SEQUENCES = ['a', 'b']

/** @param cutOffs when workers were killed or reached a deadline */
export async function problemsOf(ending: Ending, cutOffs: readonly number[]): Promise<string[]> {
  const problems: string[] = []
  for (const name of SEQUENCES) problems.push(...(await problemsOfSequence(ending, name, cutOffs)))
  for (const { key, code } of ending.deadLetters) {
    const isExcused = code === 'failed' && ending.counts.mostFailures === MAX_FAILURES - 1
    if (code !== 'failed-repeatedly' && !isExcused) problems.push(`${key}: a dead letter, ${code}`)
  }
  return problems
}

async function problemsOfSequence(ending: Ending, sequence: string, cutOffs: readonly number[]): Promise<string[]> {
  const { plan, bucket, contents } = ending
  const settings = settingsOf(plan.settings[1] ?? plan.settings[0], settingsInput(plan))
  const names = (prefix: string) =>
    bucket.keys.filter((key) => key.startsWith(`${prefix}/${sequence}/`)).map((key) => key.slice(prefix.length + 1))
  const digest = digestOf(settings.enrich, {})
  const isMadeNow = (metadata: Readonly<Record<string, string>> | undefined) => metadata?.['settings-digest'] === digest
  const uploadedAt = (key: string) => bucket.modifiedOf(key)?.getTime() ?? 0
  const cutOffsSince = (key: string) => cutOffs.filter((at) => at >= uploadedAt(key)).length
  const openingsSince = (key: string) =>
    ending.openings.filter((opening) => opening.key === key && opening.at >= uploadedAt(key)).length
  const problems: string[] = []
  /** The enriched files, the newest first. */
  const before: Uint8Array[] = []
  const touched = new Set(plan.changes.map(({ key }) => key.slice('incoming/'.length)))
  let last = ''
  for (const name of [...new Set([...names('incoming'), ...names('enriched')])].sort()) {
    const problem = (what: string) => problems.push(`${name}: ${what}`)
    const content = contents.get(`incoming/${name}`)
    const outputKey = `enriched/${name}`
    const [output, metadata] = [bucket.bytesOf(outputKey), bucket.metadataOf(outputKey)]
    const report = bucket.metadataOf(`failed/${name}.json`)
    if (!content) {
      if (report) problem('a report about nothing')
      if (output && plan.onRemoved === 'remove') problem('the output of a removed object is left')
      if (output) before.unshift(output)
      continue
    }
    const isOlder = (other: string) => other >= name
    const isUntouched = ![...touched, ...names('enriched'), ...names('failed')].some(isOlder)
    if (isUntouched && !output && !report) continue
    last = `incoming/${name}`
    const beginning = before[0] && (await stateIn(sourceOf(before[0]), name, 2 ** 30))
    const expected = await expectedOf(content, settings.enrich, beginning, before)
    // it was opened each time, and not only named by a message
    const isGivenUp = report?.code === 'failed-repeatedly' && cutOffsSince(`incoming/${name}`) >= 3
    if (isGivenUp && openingsSince(`incoming/${name}`) < 3) problem('given up, and not opened three times')
    const code = isGivenUp ? 'failed-repeatedly' : expected.code
    const after = beginning ? stateDigest(beginning) : 'nothing'
    if (code !== undefined) {
      if (!report) problem(`no report (${code})`)
      else {
        if (report.code !== code) problem(`the report says ${report.code}, not ${code}`)
        if (report['source-etag'] !== content.eTag) problem('the report is about something else')
        if (![after, undefined].includes(report['continues-from'])) problem('the report is of another beginning')
        problems.push(...noticeProblems(ending, name, `failed/${name}.json`, NOTICE.refused))
      }
      // the last good output stays, and hands on nothing
      const isOfNow = metadata?.['source-etag'] === content.eTag && metadata['continues-from'] === after
      if (isOfNow && expected.code !== undefined && isMadeNow(metadata)) {
        problem('an output of a file that is refused')
      }
      continue
    }
    if (report) problem(`a report beside an output: ${report.code}`)
    if (!output || !metadata) {
      problem('no output')
      continue
    }
    if (metadata['continues-from'] !== after)
      problem(`continues from ${metadata['continues-from']}, before it is ${after}`)
    if (Buffer.compare(output, expected.output!) !== 0) problem('the bytes of the output are wrong')
    else if (metadata['passes-on'] !== stateDigest(await stateIn(sourceOf(output), name, 2 ** 30))) {
      problem('the metadata say another state')
    }
    problems.push(...noticeProblems(ending, name, outputKey, NOTICE.enriched))
    before.unshift(output)
  }
  const object = bucket.bytesOf(`sequences/${sequence}.json`)
  const stated = object && (JSON.parse(Buffer.from(object).toString()) as { completeThrough: string }).completeThrough
  // the last key may be one that was deleted
  if (last !== '' && !(stated && stated >= last)) problems.push(`complete through ${stated}, not ${last}`)
  return problems
}

function noticeProblems({ plan, notices, writtenAt }: Ending, name: string, written: string, type: string): string[] {
  const at = writtenAt.get(written)
  if (!plan.doesAnnounce || at === undefined) return []
  const isAnnounced = notices.some(
    (notice) => notice.key === `incoming/${name}` && notice.type === type && notice.at >= at,
  )
  return isAnnounced ? [] : [`${name}: no notice "${type}" since ${written} was written`]
}

type Expected =
  | { readonly output: Uint8Array; readonly code?: undefined }
  | { readonly output?: undefined; readonly code: string }

async function expectedOf(
  { kind, bytes }: Content,
  settings: Parameters<typeof enrich>[1],
  state: Uint8Array | undefined,
  before: readonly Uint8Array[],
): Promise<Expected> {
  if (kind === 'K') return { code: 'failed-repeatedly' }
  try {
    const carry = { state, name: 'the file before', earlier: () => before.map((file) => sourceOf(file)) }
    const enriched = await enrich(sourceOf(bytes), settings, undefined, undefined, carry)
    const pieces: Uint8Array[] = enriched.layout === 'appended' ? [bytes] : []
    for await (const piece of enriched.bytes()) pieces.push(piece.slice())
    enriched.close()
    return { output: Buffer.concat(pieces) }
  } catch (error) {
    if (error instanceof RefusedError) return { code: error.code }
    throw error
  }
}
