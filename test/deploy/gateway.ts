/**
 * Stands between programs and the emulator: refuses what AWS refuses and the emulator does not, and can write the lines of
 * `record-calls.js` for programs that cannot load it, such as the AWS CLI.
 */
import { appendFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer, json, text } from 'node:stream/consumers'
import { type Emulated, REFUSALS, type Refusal } from './refusals.ts'

export interface Gateway {
  readonly endpoint: string
  stop(): Promise<void>
}

/** @param file gets a line for each request, made by the caller `operator` */
export async function startGateway(emulator: string, file?: string): Promise<Gateway> {
  const server = createServer((asked, answer) => {
    handle(asked, answer).catch((error) => answer.writeHead(502).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  async function handle(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const bytes = await buffer(asked)
    if (file !== undefined) record(file, asked, bytes)
    const pass = () => send(emulator, asked, bytes)
    const operation = String(asked.headers['x-amz-target'] ?? '').replace(/^.*\./, '')
    const refusal: Refusal | undefined = REFUSALS[operation]
    const other = refusal && (await refusal(JSON.parse(bytes.toString()), emulatedFor(asked)))
    if (other) {
      const headers = { 'content-type': 'application/x-amz-json-1.0' }
      answer.writeHead(other.status, headers).end(JSON.stringify(other.body))
      return
    }
    const answered = await pass()
    answer.writeHead(answered.statusCode!, answered.headers)
    answered.pipe(answer)
  }

  function emulatedFor({ headers: { authorization, host } }: IncomingMessage): Emulated {
    const post = (headers: object, body: string) =>
      send(emulator, { method: 'POST', url: '/', headers: { authorization, host, ...headers } }, Buffer.from(body))
    return {
      json: async (target, body) =>
        json(
          await post({ 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' }, JSON.stringify(body)),
        ),
      query: async (parameters) => {
        const ofSns = authorization?.replace(/\/[^/]+\/aws4_request/, '/sns/aws4_request')
        const type = { authorization: ofSns, 'content-type': 'application/x-www-form-urlencoded' }
        return text(await post(type, new URLSearchParams(parameters).toString()))
      },
    }
  }

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Asked = Pick<IncomingMessage, 'method' | 'url' | 'headers'>

function send(emulator: string, { method, url, headers }: Asked, bytes: Uint8Array): Promise<IncomingMessage> {
  const known = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
  return new Promise((resolve, reject) => {
    const passed = request(`${emulator}${url}`, { method, headers: known }, resolve)
    passed.on('error', reject)
    passed.end(bytes)
  })
}

function record(file: string, { method, url: path, headers }: IncomingMessage, bytes: Uint8Array): void {
  const [, service] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '') ?? []
  if (!service) return
  const [target, copySource] = [headers['x-amz-target'], headers['x-amz-copy-source']]
  const body = service === 's3' ? undefined : Buffer.from(bytes).toString()
  appendFileSync(file, `${JSON.stringify({ caller: 'operator', service, method, path, target, copySource, body })}\n`)
}
