/** The queue that deliveries come from, and the one for those that are given up. */
import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'

export type SqsPort = Pick<SQSClient, 'send'>

export interface QueueUrls {
  readonly arrivals: string
  readonly deadLetters: string
}

export interface MessageQueue {
  /** Lets a message that failed come again after some seconds instead of the queue's whole visibility timeout. */
  retryIn(receiptHandle: string, seconds: number): Promise<void>
  /** Puts a message where somebody will look after it. Attribute values must not be empty. */
  giveUp(body: string, attributes: Readonly<Record<string, string>>): Promise<void>
}

export function messageQueue(sqs: SqsPort, urls: QueueUrls): MessageQueue {
  return {
    retryIn: async (ReceiptHandle, VisibilityTimeout) => {
      const command = new ChangeMessageVisibilityCommand({ QueueUrl: urls.arrivals, ReceiptHandle, VisibilityTimeout })
      await sqs.send(command)
    },
    giveUp: async (MessageBody, attributes) => {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      )
      await sqs.send(new SendMessageCommand({ QueueUrl: urls.deadLetters, MessageBody, MessageAttributes }))
    },
  }
}
