import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SendMessageBatchCommandInput } from '@aws-sdk/client-sqs'
import { messageQueue, type SqsPort, sendAll } from '../../functions/storage/message-queue.ts'

const URLS = {
  arrivals: 'https://sqs.eu-west-1.amazonaws.com/123456789012/arrivals',
  repairs: 'https://sqs.eu-west-1.amazonaws.com/123456789012/repairs',
  deadLetters: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters',
}

interface Sent {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: the input of any command
  readonly input: any
  readonly signal: AbortSignal | undefined
}

/** @param refuses the codes with which SQS refuses a body, one for each time that it is sent */
function setUp(refuses: Readonly<Record<string, string[]>> = {}, urls = URLS) {
  const sent: Sent[] = []
  const send = async (command: { readonly input: Sent['input'] }, options?: { readonly abortSignal?: AbortSignal }) => {
    sent.push({ name: command.constructor.name, input: command.input, signal: options?.abortSignal })
    const { Entries = [] } = command.input as SendMessageBatchCommandInput
    const Failed = Entries.flatMap(({ Id, MessageBody }) => {
      const Code = refuses[MessageBody!]?.shift()
      return Code === undefined ? [] : [{ Id, Code, SenderFault: false }]
    })
    return { Failed: Failed.length > 0 ? Failed : undefined }
  }
  const sqs = { send } as unknown as SqsPort
  const sendMany = (bodies: readonly object[], signal?: AbortSignal) => sendAll(sqs, urls.repairs, bodies, signal)
  return { sent, queue: messageQueue(sqs, urls), sendMany }
}

const bodiesOf = ({ input }: Sent): string[] => input.Entries.map((entry: { MessageBody: string }) => entry.MessageBody)

describe('a message that failed', () => {
  const message = { queueArn: 'arn:aws:sqs:eu-west-1:123456789012:repairs', receiptHandle: 'r1' }

  it('comes again from its own queue after so many seconds', async () => {
    const { sent, queue } = setUp()
    await queue.retryIn(message, 30)
    const input = { QueueUrl: URLS.repairs, ReceiptHandle: 'r1', VisibilityTimeout: 30 }
    assert.deepEqual(sent, [{ name: 'ChangeMessageVisibilityCommand', input, signal: undefined }])
  })

  for (const [arrivals, arn, url] of [
    // a queue that the function does not know
    [URLS.arrivals, 'arn:aws:sqs:eu-west-1:1:sequences.fifo', 'https://sqs.eu-west-1.amazonaws.com/1/sequences.fifo'],
    [
      'https://sqs.cn-north-1.amazonaws.com.cn/1/arrivals',
      'arn:aws-cn:sqs:cn-north-1:1:repairs',
      'https://sqs.cn-north-1.amazonaws.com.cn/1/repairs',
    ],
    ['http://127.0.0.1:4566/0/arrivals', 'arn:aws:sqs:us-east-1:0:repairs', 'http://127.0.0.1:4566/0/repairs'],
    ['http://localhost/queue/x/0/arrivals', 'arn:aws:sqs:x:0:repairs', 'http://localhost/queue/x/0/repairs'],
  ] as const) {
    it(`is found at ${url} by its ARN`, async () => {
      const { sent, queue } = setUp({}, { ...URLS, arrivals })
      await queue.retryIn({ ...message, queueArn: arn }, 30)
      assert.equal(sent[0]!.input.QueueUrl, url)
    })
  }

  it('is not looked for under a name that is no ARN of a queue', async () => {
    const { sent, queue } = setUp()
    await assert.rejects(
      queue.retryIn({ ...message, queueArn: 'arn:aws:s3:::b' }, 30),
      /"arn:aws:s3:::b" is not the ARN/,
    )
    assert.deepEqual(sent, [])
  })
})

describe('a message for later', () => {
  it('goes to the queue that is named, with its delay', async () => {
    const { sent, queue } = setUp()
    await queue.send('repairs', { key: 'a' }, 900)
    const input = { QueueUrl: URLS.repairs, MessageBody: '{"key":"a"}', DelaySeconds: 900 }
    assert.deepEqual(sent, [{ name: 'SendMessageCommand', input, signal: undefined }])
  })

  it('may speak of any key, with characters too that SQS refuses', async () => {
    const { sent, queue } = setUp()
    const key = 'a\u0000\uFFFE\uFFFF📈 \uD800'
    await queue.send('arrivals', { key }, 0)
    assert.match(sent[0]!.input.MessageBody, /^[ -\uD7FF\uE000-\uFFFD📈]*$/u)
    assert.deepEqual(JSON.parse(sent[0]!.input.MessageBody), { key })
  })
})

describe('many messages', () => {
  const many = (count: number, more: object = {}) => Array.from({ length: count }, (_, key) => ({ key, ...more }))

  it('go ten to a request', async () => {
    const { sent, sendMany } = setUp()
    await sendMany(many(23))
    assert.deepEqual(
      sent.map(({ name, input }) => [name, input.QueueUrl, input.Entries.length]),
      [10, 10, 3].map((count) => ['SendMessageBatchCommand', URLS.repairs, count]),
    )
    assert.deepEqual(
      sent.flatMap(bodiesOf),
      many(23).map((body) => JSON.stringify(body)),
    )
    for (const { input } of sent) {
      assert.equal(new Set(input.Entries.map(({ Id }: { Id: string }) => Id)).size, input.Entries.length)
    }
  })

  it('of 256 KiB together go in one request, of more in several', async () => {
    // two bytes each in UTF-8
    const bodyOf = (bytes: number) => ({ key: 'é'.repeat((bytes - '{"key":""}'.length) / 2) })
    const half = 128 * 1024
    for (const [sizes, requests] of [
      [[half, half], [2]],
      [
        [half, half + 2, 100],
        [1, 2],
      ],
      [
        [3 * half, 100, 100],
        [1, 2],
      ],
    ] as const) {
      const { sent, sendMany } = setUp()
      await sendMany(sizes.map(bodyOf))
      assert.deepEqual(
        sent.map(({ input }) => input.Entries.length),
        requests,
      )
    }
  })

  it('are nothing to ask for when there are none', async () => {
    const { sent, sendMany } = setUp()
    await sendMany([])
    assert.deepEqual(sent, [])
  })

  it('are sent once more where SQS refused one, and only those', async () => {
    const { sent, sendMany } = setUp({ '{"key":3}': ['ThrottlingException'], '{"key":7}': ['InternalError'] })
    await sendMany(many(12))
    assert.deepEqual(
      sent.map((request) => bodiesOf(request).length),
      [10, 2, 2],
    )
    assert.deepEqual(bodiesOf(sent[1]!), ['{"key":3}', '{"key":7}'])
  })

  it('that SQS refuses twice are an error that names the first and counts the others', async () => {
    const codes = () => ['InternalError', 'ThrottlingException']
    const { sendMany } = setUp({ '{"key":3}': codes(), '{"key":7}': codes() })
    await assert.rejects(sendMany(many(12)), /repairs refused \{"key":3\} twice: ThrottlingException, and 1 more$/)
  })
})

describe('a message that is given up', () => {
  it('has no character that SQS refuses, in its text and in its attributes', async () => {
    const { sent, queue } = setUp()
    await queue.giveUp(JSON.stringify({ key: 'a\uFFFE\uFFFF📈' }), { reason: 'no \uFFFF\u0001 \uD800 📈' })
    const { MessageBody, MessageAttributes } = sent[0]!.input
    assert.equal(MessageBody, '{"key":"a\\ufffe\\uffff📈"}')
    assert.equal(JSON.parse(MessageBody).key, 'a\uFFFE\uFFFF📈')
    assert.equal(MessageAttributes.reason.StringValue, 'no \\uffff\\u0001 \\ud800 📈')
  })

  it('goes to the dead letters with its attributes', async () => {
    const { sent, queue } = setUp()
    await queue.giveUp('{"key":"a"}', { code: 'footer' })
    const MessageAttributes = { code: { DataType: 'String', StringValue: 'footer' } }
    const input = { QueueUrl: URLS.deadLetters, MessageBody: '{"key":"a"}', MessageAttributes }
    assert.deepEqual(sent, [{ name: 'SendMessageCommand', input, signal: undefined }])
  })
})

describe('every request to a queue', () => {
  it('carries the deadline', async () => {
    const { signal } = new AbortController()
    const { sent, queue, sendMany } = setUp({ '{"key":1}': ['InternalError'] })
    await queue.retryIn({ queueArn: 'arn:aws:sqs:eu-west-1:1:a', receiptHandle: 'r1' }, 5, signal)
    await queue.send('arrivals', {}, 0, signal)
    await sendMany([{ key: 1 }], signal)
    await queue.giveUp('{}', {}, signal)
    assert.equal(sent.length, 5)
    assert.ok(sent.every((request) => request.signal === signal))
  })
})
