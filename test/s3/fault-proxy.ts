/** A proxy before an S3 server that loses answers: the server does what is asked, and the client never hears of it. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

export interface Fault {
  readonly method: 'PUT' | 'POST' | 'DELETE'
  /** How the path begins, after the name of the bucket, without percent-encoding. */
  readonly prefix: string
  /** What the query has to contain, such as `uploadId`. */
  readonly query?: string
  /** How many of such requests pass before. */
  readonly passing?: number
  /** How many answers are lost one after the other; the SDK makes three attempts in all. */
  readonly times: number
  /** The server gets the request only so much later. */
  readonly landsAfterMs?: number
}

export interface FaultProxy {
  readonly endpoint: string
  /** From now on; one fault at a time. */
  lose(fault: Fault): void
  /** How many answers were lost since `lose`. */
  lost(): number
  /** @returns once all requests have reached the server and have been answered by it */
  settled(): Promise<void>
  stop(): Promise<void>
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target)
  const agent = new http.Agent({ keepAlive: true })
  let [fault, matching, lost]: [Fault | undefined, number, number] = [undefined, 0, 0]
  const underway = new Set<Promise<unknown>>()

  /** @returns the fault when the answer to this request is to be lost */
  const fateOf = (request: http.IncomingMessage) => {
    if (!fault || !isMeant(fault, request)) return undefined
    const nth = matching++ - (fault.passing ?? 0)
    if (nth < 0 || nth >= fault.times) return undefined
    lost++
    return fault
  }

  const forward = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const fate = fateOf(request)
    const body = await bytesOf(request)
    if (fate?.landsAfterMs !== undefined) {
      response.destroy()
      await setTimeout(fate.landsAfterMs)
    }
    const { method, url: path, rawHeaders: headers } = request
    // a signature covers the header Host, which is passed on as it is
    const asked = http.request({ agent, hostname, port, method, path, headers: withoutExpect(headers) })
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      asked.on('response', resolve).on('error', reject).end(body)
    })
    const answered = await bytesOf(answer)
    if (fate) response.destroy()
    else response.writeHead(answer.statusCode!, answer.rawHeaders).end(answered)
  }

  const server = http.createServer((request, response) => {
    const done = forward(request, response).catch(() => response.destroy())
    underway.add(done)
    void done.finally(() => underway.delete(done))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose: (next) => {
      ;[fault, matching, lost] = [next, 0, 0]
    },
    lost: () => lost,
    settled: async () => {
      await Promise.all(underway)
    },
    stop: async () => {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isMeant({ method, prefix, query = '' }: Fault, request: http.IncomingMessage): boolean {
  const { pathname, search } = new URL(request.url!, 'http://proxy')
  const key = decodeURIComponent(pathname).replace(/^\/[^/]*\//, '')
  return request.method === method && key.startsWith(prefix) && search.includes(query)
}

async function bytesOf(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The proxy has the whole body already when it asks the server. */
function withoutExpect(raw: readonly string[]): string[] {
  return raw.filter((_, i) => raw[i - (i % 2)]!.toLowerCase() !== 'expect')
}
