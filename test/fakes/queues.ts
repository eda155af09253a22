/** SQS in memory: messages are hidden while somebody has them, and counted exactly. */
import type { SqsPort } from '../../functions/storage/message-queue.ts'

interface Stored {
  readonly id: string
  readonly body: string
  readonly attributes: Readonly<Record<string, { readonly StringValue?: string }>>
  readonly sentAt: number
  receives: number
  hiddenUntil: number
}

// biome-ignore lint/suspicious/noExplicitAny: the input of any of the SDK's commands
type Input = any

export class FakeQueues implements SqsPort {
  readonly #queues = new Map<string, Stored[]>()
  #count = 0
  now: () => number = Date.now
  /** Called before the messages of a queue are counted: a test plays the function there. */
  onCount: (url: string) => Promise<void> = async () => {}

  /** Bodies of the messages that are there, hidden or not. */
  bodies(url: string): string[] {
    return this.#of(url).map(({ body }) => body)
  }

  put(url: string, body: string, attributes: Readonly<Record<string, string>> = {}): void {
    const named = Object.entries(attributes).map(([name, StringValue]) => [name, { StringValue }])
    const message = { id: `m${++this.#count}`, body, attributes: Object.fromEntries(named), sentAt: this.now() }
    this.#of(url).push({ ...message, receives: 0, hiddenUntil: 0 })
  }

  /** Takes all messages away, as a function that has done with them. */
  take(url: string): string[] {
    return this.#of(url)
      .splice(0)
      .map(({ body }) => body)
  }

  send = (async (command: { readonly input: Input }) => {
    const name = command.constructor.name.replace(/Command$/, '')
    if (name === 'GetQueueAttributes') await this.onCount(command.input.QueueUrl)
    const answer = this.#operations[name]?.(command.input, this.#of(command.input.QueueUrl))
    if (!answer) throw new Error(`the fake knows no ${name}`)
    return { $metadata: { httpStatusCode: 200 }, ...answer }
  }) as SqsPort['send']

  readonly #operations: Record<string, (input: Input, queue: Stored[]) => object> = {
    SendMessage: ({ QueueUrl, MessageBody, MessageAttributes = {} }) => {
      const attributes = Object.entries<{ StringValue: string }>(MessageAttributes)
      this.put(
        QueueUrl,
        MessageBody,
        Object.fromEntries(attributes.map(([name, { StringValue }]) => [name, StringValue])),
      )
      return {}
    },
    SendMessageBatch: ({ QueueUrl, Entries }) => {
      for (const { MessageBody } of Entries) this.put(QueueUrl, MessageBody)
      return {}
    },
    ReceiveMessage: ({ QueueUrl, MaxNumberOfMessages, VisibilityTimeout }, queue) => {
      const isHidden = ({ hiddenUntil }: Stored) => hiddenUntil > this.now()
      // of a group of which somebody has a message, SQS hands out no other
      const groupOf = ({ body }: Stored) => (QueueUrl.endsWith('.fifo') ? JSON.parse(body).sequence : undefined)
      const inWork = new Set(queue.filter(isHidden).map(groupOf))
      const isFree = (message: Stored) => groupOf(message) === undefined || !inWork.has(groupOf(message))
      const visible = queue.filter((each) => !isHidden(each) && isFree(each)).slice(0, MaxNumberOfMessages)
      for (const message of visible) {
        message.receives++
        message.hiddenUntil = this.now() + VisibilityTimeout * 1000
      }
      const Messages = visible.map(({ id, body, attributes, sentAt }) => ({
        MessageId: id,
        ReceiptHandle: `receipt of ${id}`,
        Body: body,
        MessageAttributes: attributes,
        Attributes: { SentTimestamp: String(sentAt) },
      }))
      return { Messages }
    },
    DeleteMessage: ({ ReceiptHandle }, queue) => {
      const at = queue.findIndex(({ id }) => ReceiptHandle === `receipt of ${id}`)
      if (at >= 0) queue.splice(at, 1)
      return {}
    },
    GetQueueAttributes: (_, queue) => {
      const hidden = queue.filter(({ hiddenUntil }) => hiddenUntil > this.now()).length
      const Attributes = {
        ApproximateNumberOfMessages: String(queue.length - hidden),
        ApproximateNumberOfMessagesNotVisible: String(hidden),
        ApproximateNumberOfMessagesDelayed: '0',
      }
      return { Attributes }
    },
  }

  #of(url: string): Stored[] {
    const queue = this.#queues.get(url) ?? []
    this.#queues.set(url, queue)
    return queue
  }
}
