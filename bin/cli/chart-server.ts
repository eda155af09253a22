/** Serves a chart on this machine, with more detail when its page asks for it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HTML_CONTENT_TYPE } from '../../functions/chart/chart-page.ts'
import type { ChartSession } from '../../functions/chart/chart-session.ts'
import { flipsCsv } from '../../functions/chart/flips-csv.ts'
import { RefusedError } from '../../functions/shared/errors.ts'

export function chartServer(session: ChartSession, page: string): Server {
  const server = createServer((request, response) => {
    // a web site could resolve its own name to this machine (DNS rebinding) and read the file
    if (isOwnHost(request.headers.host, (server.address() as AddressInfo).port))
      return answer(session, page, request, response)
    response.writeHead(403).end()
  })
  return server
}

export async function serveUntilInterrupted(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve)).catch(
    (error: NodeJS.ErrnoException) => {
      const what = error.code === 'EADDRINUSE' ? 'is in use; name another one' : `cannot be used: ${error.message}`
      throw new RefusedError('settings', `--serve: the port ${port} ${what}`)
    },
  )
  const ended = new Promise<void>((resolve) => {
    // stays installed, so that a second or forwarded signal does not interrupt the orderly end
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
  })
  const { port: taken } = server.address() as AddressInfo
  process.stdout.write(`http://127.0.0.1:${taken}/  (Ctrl-C ends it)\n`)
  await ended
  server.closeAllConnections()
  server.close()
}

type Query = URLSearchParams

/** Requests by their path: the answers, or undefined when there is no such thing. */
const ROUTES: Readonly<
  Record<
    string,
    (session: ChartSession, query: Query, signal: AbortSignal) => Promise<[type: string, body: string] | undefined>
  >
> = {
  '/bars': async (session, query, signal) => {
    const [from, to] = [numberOf(query, 'from'), numberOf(query, 'to')]
    return json(await session.window(symbolOf(query), { from, to }, signal))
  },
  '/series': async (session, query, signal) => json(await session.series(symbolOf(query), signal)),
  '/flips.csv': async (session, query, signal) => {
    const flips = await session.flips(symbolOf(query), numberOf(query, 'set'), signal)
    return flips && ['text/csv; charset=utf-8', flipsCsv(flips)]
  },
}

async function answer(session: ChartSession, page: string, { url = '/' }: IncomingMessage, response: ServerResponse) {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
  if (pathname === '/') {
    response.setHeader('content-type', HTML_CONTENT_TYPE).end(page)
    return
  }
  // the page drops requests whose answers it does not need any more
  const dropped = new AbortController()
  response.once('close', () => dropped.abort())
  try {
    const content = await ROUTES[pathname]?.(session, searchParams, dropped.signal)
    if (!content) response.writeHead(404).end()
    else response.setHeader('content-type', content[0]).end(content[1])
  } catch (error) {
    if (dropped.signal.aborted) return
    if (error instanceof RefusedError) {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end(error.message)
      return
    }
    process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`)
    response.writeHead(500).end()
  }
}

function json(content: unknown): [type: string, body: string] | undefined {
  return content === undefined ? undefined : ['application/json', JSON.stringify(content)]
}

function symbolOf(query: Query): string {
  return query.get('symbol') ?? ''
}

function numberOf(query: Query, name: string): number {
  const number = Number(query.get(name) ?? Number.NaN)
  if (!Number.isFinite(number)) throw new RefusedError('settings', `${name} is no number`)
  return number
}

function isOwnHost(host: string | undefined, port: number): boolean {
  const names = ['127.0.0.1', 'localhost']
  // browsers omit port 80
  return names.some((name) => host === `${name}:${port}` || (port === 80 && host === name))
}
