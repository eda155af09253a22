/** Reads the dead letters and the keys that they name. */
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { deliveriesOf } from '../../functions/lambda/hints.ts'
import { LETTER_ATTRIBUTES } from '../../functions/shared/names.ts'
import type { SqsPort } from '../../functions/storage/message-queue.ts'
import { shown } from './shown.ts'

export interface Letter {
  readonly id: string
  readonly receiptHandle: string
  /** The objects that the letter names; empty when the letter is not an event that the function understands. */
  readonly objects: readonly { readonly bucket: string; readonly key: string }[]
  /** The code of a letter that the function sent itself. */
  readonly code: string | undefined
  readonly why: string
  readonly sentAt: Date | undefined
  readonly body: string
}

export const MAX_LETTERS = 1000
/** SQS hides received letters from other readers for so long. */
const HIDDEN_SECONDS = 30
const EMPTY_ANSWERS = 3

/** Receives up to 1,000 letters. Other readers see them again after half a minute. */
export async function receiveLetters(sqs: SqsPort, QueueUrl: string): Promise<Letter[]> {
  const receive = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: HIDDEN_SECONDS,
    WaitTimeSeconds: 1,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  })
  const letters = new Map<string, Letter>()
  // SQS asks only some of its servers, so an empty answer may be wrong
  for (let empty = 0; empty < EMPTY_ANSWERS && letters.size < MAX_LETTERS; ) {
    const { Messages = [] } = await sqs.send(receive)
    const count = letters.size
    for (const message of Messages) letters.set(message.MessageId!, letterOf(message, QueueUrl))
    empty = letters.size > count ? 0 : empty + 1
  }
  return [...letters.values()].toSorted((a, b) => Number(a.sentAt ?? 0) - Number(b.sentAt ?? 0))
}

function letterOf(message: Message, queueUrl: string): Letter {
  const { MessageId: id = '', ReceiptHandle: receiptHandle = '', Body: body = '', Attributes } = message
  const said = (name: string) => message.MessageAttributes?.[name]?.StringValue
  const code = said(LETTER_ATTRIBUTES.code)
  const letter = {
    id,
    receiptHandle,
    body,
    code,
    sentAt: Attributes?.SentTimestamp ? new Date(Number(Attributes.SentTimestamp)) : undefined,
  }
  try {
    const [delivery] = deliveriesOf({
      Records: [
        {
          messageId: id,
          receiptHandle,
          eventSource: 'aws:sqs',
          eventSourceARN: queueUrl,
          body,
          attributes: { ApproximateReceiveCount: '1' },
        },
      ],
    })
    const objects = delivery!.contents().hints.map(({ bucket, key }) => ({ bucket, key }))
    const why = code === undefined ? 'it failed for hours; see the log' : `${code}: ${said(LETTER_ATTRIBUTES.reason)}`
    return { ...letter, objects, why: objects.length > 0 ? why : 'it names no object' }
  } catch (error) {
    return { ...letter, objects: [], why: shown(error instanceof Error ? error.message : String(error)) }
  }
}

export async function deleteLetter(sqs: SqsPort, QueueUrl: string, { receiptHandle }: Letter): Promise<void> {
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receiptHandle }))
}

/** @param key a key, or the id of a message that names no object */
export function namesKey({ id, objects }: Letter, key: string): boolean {
  return objects.length === 0 ? id === key : objects.some((object) => object.key === key)
}

export function describeLetter({ id, objects, why, sentAt, body }: Letter): string {
  const what = objects.length > 0 ? objects.map(({ key }) => shown(key)).join(', ') : `message ${id}`
  const text = objects.length > 0 ? '' : `\n    ${shown(body.slice(0, 300))}`
  return `${sentAt?.toISOString() ?? ''} ${what}\n    ${why}${text}`
}
