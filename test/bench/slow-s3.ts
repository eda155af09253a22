/**
 * The part of S3 that the function uses, with a latency and a bandwidth: `node slow-s3.ts`, forked, reports its port and
 * answers the message `requests` with the requests since the last such message. `PUT` uploads an object; the header
 * `x-bench-file` names a file that holds its bytes instead.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

const LATENCY_MS = 20
const BYTES_PER_MS = 80_000
const ETAG = '"bench"'

export interface Traffic {
  readonly requests: Readonly<Record<string, number>>
  readonly bytesDown: number
  readonly bytesUp: number
}

const files = new Map<string, string>()
let traffic = { requests: {} as Record<string, number>, bytesDown: 0, bytesUp: 0 }

async function bodyOf(request: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of request) bytes += (chunk as Buffer).length
  return bytes
}

function operationOf(method: string, query: URLSearchParams, headers: IncomingMessage['headers']): string {
  if (method === 'PUT' && query.has('partNumber')) return headers['x-amz-copy-source'] ? 'UploadPartCopy' : 'UploadPart'
  if (method === 'POST') return query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload'
  return { GET: 'GetObject', HEAD: 'HeadObject', PUT: 'PutObject' }[method] ?? method
}

function read(name: string, start: number, end: number): Buffer {
  const file = openSync(name, 'r')
  const bytes = Buffer.alloc(end - start)
  readSync(file, bytes, 0, bytes.length, start)
  closeSync(file)
  return bytes
}

/** All answers share one connection to the network, as those of a function do. @returns a function that waits for bytes */
function link(): (bytes: number) => Promise<void> {
  let isFreeAt = 0
  return async (bytes) => {
    const now = performance.now()
    isFreeAt = Math.max(now, isFreeAt) + bytes / BYTES_PER_MS
    await setTimeout(isFreeAt - now)
  }
}

const [downlink, uplink] = [link(), link()]
/** Answers under way take turns in pieces of this size. */
const TURN_BYTES = 256 * 1024

async function send(response: ServerResponse, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += TURN_BYTES) {
    const piece = bytes.subarray(at, at + TURN_BYTES)
    await downlink(piece.length)
    response.write(piece)
  }
  response.end()
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, 'http://s3')
  const given = request.headers['x-bench-file']
  const received = await bodyOf(request)
  if (typeof given === 'string') {
    files.set(pathname, given)
    response.end()
    return
  }
  const operation = operationOf(request.method!, searchParams, request.headers)
  traffic.requests[operation] = (traffic.requests[operation] ?? 0) + 1
  const file = files.get(pathname)
  if (operation === 'GetObject' || operation === 'HeadObject') {
    await setTimeout(LATENCY_MS)
    if (file === undefined) {
      // as S3 does, also to a HEAD; without a length or this header, the client would close the connection
      response.writeHead(404, { 'transfer-encoding': 'chunked' }).end('<Error><Code>NoSuchKey</Code></Error>')
      return
    }
    const size = readFileSize(file)
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    const [start, end] = range ? [Number(range[1]), Number(range[2]) + 1] : [0, size]
    const headers = { etag: ETAG, 'content-length': end - start }
    response.writeHead(
      range ? 206 : 200,
      range ? { ...headers, 'content-range': `bytes ${start}-${end - 1}/${size}` } : headers,
    )
    if (operation === 'HeadObject') {
      response.end()
      return
    }
    traffic.bytesDown += end - start
    await send(response, read(file, start, end))
    return
  }
  traffic.bytesUp += received
  await Promise.all([setTimeout(LATENCY_MS), uplink(received)])
  response.setHeader('etag', ETAG)
  response.end(
    operation === 'CreateMultipartUpload'
      ? '<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>'
      : operation === 'UploadPartCopy'
        ? `<CopyPartResult><ETag>${ETAG}</ETag></CopyPartResult>`
        : operation === 'CompleteMultipartUpload'
          ? `<CompleteMultipartUploadResult><ETag>${ETAG}</ETag></CompleteMultipartUploadResult>`
          : '',
  )
}

const sizes = new Map<string, number>()
function readFileSize(name: string): number {
  const known = sizes.get(name) ?? readFileSync(name).length
  sizes.set(name, known)
  return known
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => response.writeHead(500).end(String(error)))
})
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
process.on('message', () => {
  process.send!(traffic satisfies Traffic)
  traffic = { requests: {}, bytesDown: 0, bytesUp: 0 }
})
process.on('disconnect', () => process.exit())
