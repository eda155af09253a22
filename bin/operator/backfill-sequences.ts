/** A backfill of sequences: the first key of each that is not done has all those after it enriched. */
import { auditBucket } from '../../functions/bucket-audit/audit-bucket.ts'
import { inOrder } from '../../functions/bucket-audit/in-order.ts'
import { needsRepair } from '../../functions/bucket-audit/judge-key.ts'
import { BATCH_KEYS, repairOf } from '../../functions/bucket-audit/repairs.ts'
import { reasonToIgnore } from '../../functions/lambda/keys.ts'
import { sequenceOf } from '../../functions/lambda/sequences.ts'
import { type ListedObject, listPage } from '../../functions/storage/list-objects.ts'
import { sendAll } from '../../functions/storage/message-queue.ts'
import type { Operated } from './look-again.ts'

/** Sequences that are judged at the same time, and keys of each: together as many requests as an audit makes at once. */
const SEQUENCES_AT_ONCE = 16
const KEYS_AT_ONCE = 4
/** Comes after all keys that begin with the text before it. */
const LAST_CHARACTER = '\u{10ffff}'

export interface SequencesBackfill {
  readonly prefix: string
  /** Nothing is enriched yet, so that no key has to be judged. */
  readonly isNew: boolean
}

/** What was found under the prefix, and what was sent of it. */
export interface SentSequences {
  readonly sequences: number
  /** Sequences that are not done. */
  readonly behind: number
  /** Keys that are in no sequence. */
  readonly others: number
}

/** Sends the first key of each sequence under a prefix that is not done, and each key that is in no sequence. */
export async function sendSequences(operated: Operated, options: SequencesBackfill): Promise<SentSequences> {
  const { sqs, repairsQueueUrl, bucket, settings } = operated
  const counts = { sequences: 0, behind: 0, others: 0 }
  const waiting: object[] = []
  const flush = () => sendAll(sqs, repairsQueueUrl, waiting.splice(0))
  for await (const { sequence, first, due } of inOrder(
    sequencesUnder(operated, options.prefix),
    SEQUENCES_AT_ONCE,
    judge,
  )) {
    if (sequence === undefined) counts.others++
    else counts.sequences++
    if (due === undefined) continue
    if (sequence !== undefined) counts.behind++
    // a new file in no sequence can be read without a look for its output
    const size = sequence === undefined && options.isNew ? { size: first.size } : {}
    if (waiting.push({ ...repairOf(bucket, settings, due), ...size }) === BATCH_KEYS) await flush()
  }
  await flush()
  return counts

  async function judge(place: SequenceOrKey) {
    const { sequence, first } = place
    const isDue = sequence === undefined || options.isNew
    return { ...place, due: isDue ? first.key : await firstDue(operated, sequence, options) }
  }
}

/** A sequence, or a key that is in none. */
interface SequenceOrKey {
  /** Undefined: the key is in none. */
  readonly sequence: string | undefined
  /** The first of its files under the prefix. */
  readonly first: ListedObject
}

/** Lists no more of a sequence than the answer with its first key. */
async function* sequencesUnder(operated: Operated, prefix: string): AsyncGenerator<SequenceOrKey, undefined> {
  const { s3, bucket, settings, signal } = operated
  let startAfter: string | undefined
  for (;;) {
    const { objects, isLast } = await listPage(s3, { bucket, prefix, startAfter }, signal)
    let sequence: string | undefined
    for (const first of objects) {
      if (sequence !== undefined && first.key.startsWith(sequence)) continue
      if (reasonToIgnore(settings, first.key) !== undefined) continue
      sequence = sequenceOf(settings, first.key)
      yield { sequence, first }
    }
    if (isLast) return undefined
    const last = objects.at(-1)!.key
    startAfter = sequence !== undefined && last.startsWith(sequence) ? sequence + LAST_CHARACTER : last
  }
}

/** @returns undefined for a sequence of which all keys under the prefix are done */
async function firstDue(
  operated: Operated,
  sequence: string,
  { prefix }: SequencesBackfill,
): Promise<string | undefined> {
  const within = prefix.startsWith(sequence) ? prefix : sequence
  for await (const finding of auditBucket(operated, { prefix: within, headsAtOnce: KEYS_AT_ONCE })) {
    if (needsRepair(finding)) return finding.key
  }
  return undefined
}
