/**
 * Memory that the files of one process use one after the other. Arrays lie outside of V8's heap, and V8 starts a full
 * collection when they have grown by some megabytes: in a warm function that was every second file of 35,000 rows, and
 * half of its processor time.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Kept between two files; a file of 35,000 rows takes 6 MB. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024
/** Larger arrays belong to large files, which are rare and take longer than a collection. */
const MAX_ARRAY_BYTES = 2 * 1024 * 1024
/** Smaller ones are cheap. */
const MIN_ARRAY_BYTES = 32 * 1024
/** Files of nearly one size then use the same arrays. */
const STEP_BYTES = 64 * 1024

/** The latest first. */
let free: ArrayBuffer[] = []
const lentTo = new AsyncLocalStorage<Lent>()

/** What a file has taken so far. */
interface Lent {
  readonly buffers: ArrayBuffer[]
  bytes: number
}

/**
 * @param work the work on one file: nothing that it made may use the memory after it. When it fails, nothing of its
 * memory is used again, because a request that it left behind may still write to it
 */
export async function keepingMemory<T>(work: () => Promise<T>): Promise<T> {
  const lent: Lent = { buffers: [], bytes: 0 }
  const result = await lentTo.run(lent, work)
  free = withinLimit([...lent.buffers, ...free])
  return result
}

function withinLimit(buffers: readonly ArrayBuffer[]): ArrayBuffer[] {
  let left = MAX_KEPT_BYTES
  return buffers.filter(({ byteLength }) => {
    left -= byteLength
    return left >= 0
  })
}

/** @returns at least so many bytes of any contents; during `keepingMemory` they may be those of an earlier file */
export function keptMemory(bytes: number): ArrayBuffer {
  const lent = bytes < MIN_ARRAY_BYTES || bytes > MAX_ARRAY_BYTES ? undefined : lentTo.getStore()
  // a file that takes more, such as one of which many chunks are written again, must not hold all of it until its end
  if (!lent || lent.bytes + bytes > MAX_KEPT_BYTES) return new ArrayBuffer(bytes)
  const buffer = latestFit(bytes) ?? new ArrayBuffer(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES)
  lent.buffers.push(buffer)
  lent.bytes += buffer.byteLength
  return buffer
}

function latestFit(bytes: number): ArrayBuffer | undefined {
  const fits = ({ byteLength }: ArrayBuffer) => byteLength >= bytes && byteLength <= 2 * bytes + STEP_BYTES
  const at = free.findIndex(fits)
  return at < 0 ? undefined : free.splice(at, 1)[0]
}
