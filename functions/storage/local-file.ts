/** Reads a local file as a source. */
import { type BigIntStats, readSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { ByteSource } from '../shared/byte-source.ts'
import { quoted, RefusedError } from '../shared/errors.ts'

export interface LocalFile extends ByteSource {
  readonly name: string
  /** Bytes handed out so far. */
  readonly bytesRead: number
  /** @throws RefusedError `path` when the file at its path was changed or replaced after it was opened */
  checkUnchanged(): Promise<void>
  close(): Promise<void>
}

/** @throws RefusedError `path` when there is no such file or it cannot be read */
export async function openLocalFile(name: string): Promise<LocalFile> {
  let handle: FileHandle
  let stats: BigIntStats
  try {
    // checked before opening: opening a named pipe would wait for ever for its other end
    if (!(await stat(name)).isFile()) throw new RefusedError('path', `the input ${quoted(name)} is not a file`)
    handle = await open(name, 'r')
    stats = await handle.stat({ bigint: true })
  } catch (error) {
    if (error instanceof RefusedError) throw error
    throw new RefusedError('path', `the input ${quoted(name)} cannot be opened: ${fileFailure(error)}`, {
      cause: error,
    })
  }
  let bytesRead = 0
  return {
    name,
    byteLength: Number(stats.size),
    checkUnchanged: async () => {
      const now = await stat(name, { bigint: true }).catch(() => undefined)
      if (now && (['dev', 'ino', 'size', 'mtimeNs'] as const).every((field) => now[field] === stats[field])) return
      throw new RefusedError('path', `the input ${quoted(name)} was changed while it was read; run it again`)
    },
    get bytesRead() {
      return bytesRead
    },
    async slice(start, end, room) {
      const length = end - start
      const target = room ? room(length) : new Uint8Array(length)
      for (let done = 0; done < length; ) {
        // synchronous: from the page cache a piece takes 0.1 ms, and the detour through the thread pool as much again
        const count = readSync(handle.fd, target, done, length - done, start + done)
        if (count === 0) throw new Error(`the input ${quoted(name)} became shorter while it was read`)
        done += count
      }
      bytesRead += length
      return target
    },
    close: () => handle.close(),
  }
}

/** Failures that the user can remedy; any other may be a defect of this program. */
const FILE_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EROFS: 'the disk is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links go in a circle',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it would be larger than is allowed',
}

/** Whether the user can remedy a failure. */
export function isFileFailure(error: unknown): boolean {
  return (codeOf(error) ?? '') in FILE_FAILURES
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** The failure in words, or its code. */
export function fileFailure(error: unknown): string {
  const code = codeOf(error)
  return FILE_FAILURES[code ?? ''] ?? code ?? String(error)
}
