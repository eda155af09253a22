/** An HTTP endpoint that takes notices as EventBridge does, and keeps them. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Notice {
  readonly detailType: string
  readonly detail: { readonly bucket: string; readonly key: string }
}

export interface EventBusEndpoint {
  readonly endpoint: string
  /** So far, of this object. */
  noticesOf(bucket: string, key: string): Notice[]
  stop(): Promise<void>
}

interface PutEvents {
  readonly Entries: readonly { readonly DetailType: string; readonly Detail: string }[]
}

export async function startEventBus(): Promise<EventBusEndpoint> {
  const notices: Notice[] = []
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') {
      response.writeHead(400).end()
      return
    }
    const { Entries }: PutEvents = JSON.parse(body)
    for (const { DetailType, Detail } of Entries) notices.push({ detailType: DetailType, detail: JSON.parse(Detail) })
    const answer = { FailedEntryCount: 0, Entries: Entries.map((_, i) => ({ EventId: `event-${i}` })) }
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    noticesOf: (bucket, key) => notices.filter(({ detail }) => detail.bucket === bucket && detail.key === key),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
