/** Sends the keys of dead letters, or of refused files, to the queue `repairs`. */
import { HEADS_AT_ONCE, inOrder } from '../../functions/bucket-audit/in-order.ts'
import { inputOfReport } from '../../functions/bucket-audit/input-of-report.ts'
import { findWritten } from '../../functions/lambda/objects.ts'
import { REFUSAL_CODES } from '../../functions/shared/errors.ts'
import { type ListedObject, listObjects } from '../../functions/storage/list-objects.ts'
import { isDenied } from '../../functions/storage/source-errors.ts'
import type { Deployment } from './deployment.ts'
import { deleteLetter, describeLetter, type Letter, MAX_LETTERS, namesKey, receiveLetters } from './letters.ts'
import { type Named, type Operated, redrive, sendAgain } from './look-again.ts'
import { shown } from './shown.ts'

interface Redriven {
  /** Letters that were wanted. */
  readonly letters: number
  /** Those of them that were sent and deleted. */
  readonly sent: number
  /** Keys that failed, and letters that cannot be sent. */
  readonly failed: number
}

/** @returns the number of keys that failed and of letters that cannot be sent */
export async function redriveLetters(
  operated: Operated,
  deadLetterQueueUrl: string,
  isWanted: (letter: Letter) => boolean,
): Promise<number> {
  let { sent, failed } = await redriveRound(operated, deadLetterQueueUrl, isWanted)
  // of a sequence, SQS hands out no more than ten letters until these are deleted
  while (sent > 0 && deadLetterQueueUrl.endsWith('.fifo')) {
    const round = await redriveRound(operated, deadLetterQueueUrl, isWanted)
    sent = round.sent
    failed += round.failed
  }
  return failed
}

/** @returns the number of keys that failed, of letters that cannot be sent, or 1 when no letter names the key */
export async function redriveKey(operated: Operated, queueUrls: readonly string[], key: string): Promise<number> {
  let [letters, failed] = [0, 0]
  for (const url of queueUrls) {
    const round = await redriveRound(operated, url, (letter) => namesKey(letter, key))
    letters += round.letters
    failed += round.failed
  }
  if (letters > 0) return failed
  operated.print(`no dead letter names ${shown(key)}`)
  return 1
}

async function redriveRound(
  operated: Operated,
  deadLetterQueueUrl: string,
  isWanted: (letter: Letter) => boolean,
): Promise<Redriven> {
  const { sqs, print, bucket, buckets = [bucket] } = operated
  const received = await receiveLetters(sqs, deadLetterQueueUrl)
  const letters = received.filter(isWanted)
  const isOurs = ({ objects }: Letter) =>
    objects.length > 0 && objects.every((object) => buckets.includes(object.bucket))
  const ours = letters.filter(isOurs)
  for (const letter of letters.filter((letter) => !isOurs(letter))) print(`left: ${describeLetter(letter)}`)
  const send = async () => {
    for (const letter of ours) {
      // send first, then delete: a key that is sent twice is only looked at twice
      await sendAgain(operated, letter.objects)
      await deleteLetter(sqs, deadLetterQueueUrl, letter)
    }
    print(`${ours.length} of ${letters.length} dead letters sent`)
    if (received.length >= MAX_LETTERS) print(`there may be more: run it again after these ${MAX_LETTERS}`)
  }
  const objects = ours.flatMap((letter) => letter.objects)
  const failed = letters.length - ours.length + (await redrive(operated, objects, send))
  return { letters: letters.length, sent: ours.length, failed }
}

/** Redrives the dead letters of all queues. */
export async function redriveAll(
  operated: Operated,
  { deadLetterQueueUrl, sequencesFailedQueueUrl }: Pick<Deployment, 'deadLetterQueueUrl' | 'sequencesFailedQueueUrl'>,
): Promise<number> {
  const failed = await redriveLetters(operated, deadLetterQueueUrl, () => true)
  if (sequencesFailedQueueUrl === undefined) return failed
  operated.print('of the sequences:')
  return failed + (await redriveLetters(operated, sequencesFailedQueueUrl, () => true))
}

/**
 * @param code sends only files with this code; undefined: all
 * @returns the number of keys that failed, and of reports that S3 denies; one more for a code that there is not
 */
export async function redriveRefused(operated: Operated, code: string | undefined): Promise<number> {
  const { bucket, print } = operated
  const objects: Named[] = []
  let denied = 0
  const onDenied = (reportKey: string) => {
    denied++
    print(`left: ${deniedReport(reportKey)}`)
  }
  const otherCodes = new Set<string>()
  for await (const report of refusedFiles(operated, onDenied)) {
    if (code === undefined || report.code === code) objects.push({ bucket, key: report.key })
    else otherCodes.add(report.code)
  }
  // of a misspelt code there is none
  const others = otherCodes.size === 0 ? '' : `; others have ${[...otherCodes].sort().join(', ')}`
  print(`${objects.length} refused files${code === undefined ? '' : ` (${code})`} sent${others}`)
  const isUnknown = code !== undefined && objects.length === 0 && !REFUSAL_CODES.some((known) => known === code)
  if (isUnknown) print(`there is no code ${shown(code)}; docs/file-format.md lists the codes`)
  return denied + (isUnknown ? 1 : 0) + (await redrive(operated, objects, () => sendAgain(operated, objects)))
}

export interface RefusedFile {
  /** Of the input. */
  readonly key: string
  readonly code: string
  readonly reportKey: string
  readonly reportedAt: Date
}

export function deniedReport(reportKey: string): string {
  return `${shown(reportKey)} cannot be read: S3 denies it`
}

/**
 * @param onDenied takes the keys of reports that S3 denies: they do not hide the others
 * @yields all other reports that the function wrote, in the order of their keys
 */
export async function* refusedFiles(
  operated: Operated,
  onDenied: (reportKey: string) => void,
): AsyncGenerator<RefusedFile, undefined> {
  const { s3, bucket, settings, signal } = operated
  async function* reports() {
    for await (const objects of listObjects(s3, { bucket, prefix: settings.failurePrefix }, signal)) yield* objects
  }
  const refusedFile = async ({ key: reportKey, lastModified }: ListedObject) => {
    const own = (await findWritten(operated, reportKey))?.own
    const key = own && (await inputOfReport(operated, reportKey))
    return key === undefined ? undefined : { key, code: own?.code ?? 'unknown', reportKey, reportedAt: lastModified }
  }
  const found = inOrder(reports(), HEADS_AT_ONCE, (report) =>
    refusedFile(report).catch((error) => {
      if (!isDenied(error)) throw error
      onDenied(report.key)
      return undefined
    }),
  )
  for await (const file of found) if (file) yield file
  return undefined
}
