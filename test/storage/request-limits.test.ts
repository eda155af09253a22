import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { eventBus, newEventBridgeClient } from '../../functions/storage/event-bus.ts'
import { messageQueue, newSqsClient } from '../../functions/storage/message-queue.ts'
import { newS3Client } from '../../functions/storage/s3-client.ts'

const CONNECTION = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }

describe('a request to a server that went silent', () => {
  for (const [service, start, limits] of [
    [
      'S3',
      (endpoint: string) => {
        const client = newS3Client({ ...CONNECTION, endpoint, forcePathStyle: true })
        const head = new HeadObjectCommand({ Bucket: 'b', Key: 'k' })
        return { client, send: (abortSignal: AbortSignal) => client.send(head, { abortSignal }) }
      },
      { connectionTimeout: 5_000, socketTimeout: 60_000 },
    ],
    [
      'SQS',
      (endpoint: string) => {
        const client = newSqsClient({ ...CONNECTION, endpoint })
        const [arrivals, repairs, deadLetters] = ['a', 'r', 'd'].map((name) => `${endpoint}/1/${name}`)
        const queue = messageQueue(client, { arrivals: arrivals!, repairs: repairs!, deadLetters: deadLetters! })
        return { client, send: (signal: AbortSignal) => queue.send('arrivals', {}, 0, signal) }
      },
      { connectionTimeout: 5_000, socketTimeout: 10_000 },
    ],
    [
      'EventBridge',
      (endpoint: string) => {
        const client = newEventBridgeClient({ ...CONNECTION, endpoint })
        return { client, send: (signal: AbortSignal) => eventBus(client, 'market')('source', 'type', {}, signal) }
      },
      { connectionTimeout: 5_000, socketTimeout: 10_000 },
    ],
  ] as const) {
    it(`ends with the deadline, and without one after ${limits.socketTimeout / 1000} seconds, for ${service}`, async (t) => {
      const server = createServer(() => deadline.abort(new Error('the time is up')))
      const deadline = new AbortController()
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      t.after(() => {
        server.closeAllConnections()
        server.close()
      })
      const { client, send } = start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      t.after(() => client.destroy())
      await assert.rejects(send(deadline.signal), { message: /the time is up|aborted/ })
      const handler = client.config.requestHandler as { httpHandlerConfigs(): unknown }
      assert.partialDeepStrictEqual(handler.httpHandlerConfigs(), limits)
    })
  }
})
