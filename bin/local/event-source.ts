/** Polls a queue as Lambda does: receives messages, calls the function, and deletes the messages that it has handled. */
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Context, SQSBatchResponse } from 'aws-lambda'

const FUNCTION_TIMEOUT_MS = 300_000
const VISIBILITY_SECONDS = (6 * FUNCTION_TIMEOUT_MS) / 1000
const WAIT_SECONDS = 1

export type Handler = (event: unknown, context: Context) => Promise<unknown>

/** Calls the function with one message after the other until `signal` aborts. */
export async function pollQueue(
  sqs: SQSClient,
  QueueUrl: string,
  handler: Handler,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const receive = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 1,
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout: VISIBILITY_SECONDS,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      MessageAttributeNames: ['All'],
    })
    const answer = await sqs.send(receive, { abortSignal: signal }).catch((error) => {
      if (signal.aborted) return undefined
      throw error
    })
    const Messages = answer?.Messages ?? []
    if (Messages.length === 0) continue
    const event = {
      Records: Messages.map(({ MessageId, ReceiptHandle, Body, Attributes, MessageAttributes }) => ({
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        attributes: Attributes,
        messageAttributes: MessageAttributes,
        eventSource: 'aws:sqs',
        eventSourceARN: arnOf(QueueUrl),
      })),
    }
    const { batchItemFailures } = (await handler(event, newContext())) as SQSBatchResponse
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    for (const { MessageId, ReceiptHandle } of Messages) {
      if (!failed.has(MessageId!)) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    }
  }
}

/** @param queueUrl ends with account and name, as every server's does */
function arnOf(queueUrl: string): string {
  return `arn:aws:sqs:us-east-1:${queueUrl.split('/').slice(-2).join(':')}`
}

let calls = 0

function newContext(): Context {
  const endsAt = Date.now() + FUNCTION_TIMEOUT_MS
  return { awsRequestId: `local-${++calls}`, getRemainingTimeInMillis: () => endsAt - Date.now() } as Context
}
