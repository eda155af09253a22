/**
 * Reads the chunks of several columns with few long requests, ahead of their use: S3 answers a request after some 20 ms,
 * and charges for each one.
 */
import type { ByteSource, Room } from '../../shared/byte-source.ts'
import { roomyArray } from '../../shared/byte-window.ts'
import { type ColumnChunk, columnChunk, rowGroup } from '../format/column-chunk.ts'
import type { Footer } from '../format/footer.ts'
import type { Leaf } from '../format/schema.ts'

/** A row group whose chunks are longer is left to the columns' own requests: not all of it would fit into memory. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024
/** Requests are sent as long as the answers in memory and under way are fewer bytes: 6 MiB take 80 ms. */
const BYTES_AHEAD = 6 * 1024 * 1024
/** Bytes between two chunks that are read with them. A request costs as much as 30 ms of the function, or 2 MB. */
const MAX_GAP_BYTES = 384 * 1024
/** The share of such bytes in a request: it bounds what is read in vain. */
const MAX_GAP_SHARE = 0.25
/** So few bytes are read in vain anyway. */
const NO_GAP_BYTES = 16 * 1024

/** The bytes `start` to `end`, of which `needed` are those of chunks. */
interface PlannedRequest {
  readonly start: number
  end: number
  needed: number
}

interface SentRequest extends PlannedRequest {
  readonly bytes: Promise<Uint8Array>
}

export interface PrefetchedSource extends ByteSource {
  /** Waits for the requests under way, and sends no more. */
  close(): Promise<void>
}

/** The same bytes; those of some columns, read in the order of their row groups, with fewer requests. */
export function prefetched(source: ByteSource, footer: Footer, leaves: readonly Leaf[]): PrefetchedSource {
  return new Prefetched(source, plannedRequests(footer, leaves))
}

class Prefetched implements PrefetchedSource {
  readonly byteLength: number
  readonly #source: ByteSource
  readonly #plan: Iterator<PlannedRequest>
  /** Undefined: there are no more. */
  #next: PlannedRequest | undefined
  /** Sent, and not used up; in the order of the plan. */
  readonly #sent = new Set<SentRequest>()
  /** Memory of requests that were used up. */
  readonly #memory: Uint8Array[] = []
  #bytesAhead = 0

  constructor(source: ByteSource, plan: Iterator<PlannedRequest, undefined>) {
    this.byteLength = source.byteLength
    this.#source = source
    this.#plan = plan
    this.#next = plan.next().value
  }

  get isRemote(): boolean {
    return this.#source.isRemote ?? false
  }

  async slice(start: number, end: number, room?: Room): Promise<Uint8Array> {
    const request = this.#requestOf(start, end)
    if (!request) return this.#source.slice(start, end, room)
    this.#sendAhead()
    const bytes = await request.bytes
    const target = room ? room(end - start) : new Uint8Array(end - start)
    target.set(bytes.subarray(start - request.start, end - request.start))
    request.needed -= end - start
    if (request.needed <= 0 && this.#sent.delete(request)) {
      this.#memory.push(bytes)
      this.#bytesAhead -= request.end - request.start
      this.#sendAhead()
    }
    return target
  }

  #requestOf(start: number, end: number): SentRequest | undefined {
    for (const request of this.#sent) if (request.start <= start && end <= request.end) return request
    // a file may have its row groups in another order: what was passed over is read without a plan
    while (this.#next && this.#next.start <= start && this.#bytesAhead < 2 * BYTES_AHEAD) {
      const request = this.#send(this.#next)
      if (end <= request.end) return request
    }
    return undefined
  }

  #sendAhead(): void {
    while (this.#next && this.#bytesAhead < BYTES_AHEAD) this.#send(this.#next)
  }

  #send(planned: PlannedRequest): SentRequest {
    const { start, end } = planned
    this.#next = this.#plan.next().value
    this.#bytesAhead += end - start
    const bytes = this.#source.slice(start, end, (length) => this.#room(length))
    const request = { ...planned, bytes }
    this.#sent.add(request)
    // a failure surfaces where the bytes are awaited; without this handler, one that is never awaited ends the process
    bytes.catch(() => {})
    return request
  }

  #room(length: number): Uint8Array {
    const large = this.#memory.findIndex((memory) => memory.buffer.byteLength >= length)
    const memory = large < 0 ? roomyArray(length) : this.#memory.splice(large, 1)[0]!
    return new Uint8Array(memory.buffer, 0, length)
  }

  async close(): Promise<void> {
    this.#next = undefined
    await Promise.allSettled([...this.#sent].map(({ bytes }) => bytes))
  }
}

function* plannedRequests(footer: Footer, leaves: readonly Leaf[]): Generator<PlannedRequest, undefined> {
  let planned: PlannedRequest | undefined
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const chunks = chunksOf(footer, i, leaves)
    // the column that reads the damaged chunk says what is wrong with it
    if (!chunks) break
    if (chunks.reduce((sum, { start, end }) => sum + end - start, 0) > MAX_REQUEST_BYTES) continue
    for (const { start, end } of chunks) {
      if (planned && isReadWith(planned, start, end)) {
        planned.end = end
        planned.needed += end - start
      } else {
        if (planned) yield planned
        planned = { start, end, needed: end - start }
      }
    }
  }
  if (planned) yield planned
  return undefined
}

/** @returns the chunks of a row group in the order of the file; undefined when one is damaged */
function chunksOf(footer: Footer, group: number, leaves: readonly Leaf[]): ColumnChunk[] | undefined {
  try {
    const struct = rowGroup(footer, group)
    return leaves.map((leaf) => columnChunk(footer, struct, leaf)).toSorted((a, b) => a.start - b.start)
  } catch {
    return undefined
  }
}

/** Whether the chunk from `start` to `end` is worth reading with the ones before it. */
function isReadWith(planned: PlannedRequest, start: number, end: number): boolean {
  const gap = start - planned.end
  const length = end - planned.start
  if (gap < 0 || length > MAX_REQUEST_BYTES) return false
  if (gap <= NO_GAP_BYTES) return true
  const inVain = length - planned.needed - (end - start)
  return gap <= MAX_GAP_BYTES && inVain <= MAX_GAP_SHARE * length
}
