/** A file on this machine as a source, and as a place for the output. */
import { constants, readSync } from 'node:fs'
import { copyFile, type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { ByteSource } from '../parquet/byte-source.ts'
import { quoted, RefusedError } from '../shared/errors.ts'

export interface LocalFile extends ByteSource {
  /** Bytes handed out so far. */
  readonly bytesRead: number
  close(): Promise<void>
}

/** @throws RefusedError `path` when there is no such file or it cannot be read */
export async function openLocalFile(name: string): Promise<LocalFile> {
  let handle: FileHandle
  try {
    handle = await open(name, 'r')
  } catch (error) {
    throw new RefusedError('path', `the input ${quoted(name)} cannot be opened: ${reason(error)}`, { cause: error })
  }
  const { size, ...kind } = await handle.stat().then((stats) => ({ size: stats.size, isFile: stats.isFile() }))
  if (!kind.isFile) {
    await handle.close()
    throw new RefusedError('path', `the input ${quoted(name)} is not a file`)
  }
  let bytesRead = 0
  return {
    byteLength: size,
    get bytesRead() {
      return bytesRead
    },
    async slice(start, end, into) {
      const length = end - start
      const target = into && into.length >= length ? into.subarray(0, length) : new Uint8Array(length)
      for (let done = 0; done < length; ) {
        // synchronous: from the page cache a piece takes 0.1 ms, and the thread pool's detour as much again
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

/**
 * Writes a file so that it is there as a whole or not at all: beside its place, then renamed. What stood there before
 * stays until then. Input and output may be the same path.
 *
 * @param copyOf a file whose bytes come first, copied by the operating system
 * @returns bytes written, those of the copy not counted
 * @throws RefusedError `path` when the folder is missing or the place is not a file's
 */
export async function writeLocalFile(
  name: string,
  copyOf: string | undefined,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const partial = partialName(name)
  try {
    if (copyOf !== undefined) await copyFile(copyOf, partial, constants.COPYFILE_FICLONE)
    const handle = await open(partial, copyOf === undefined ? 'wx' : 'a')
    let written = 0
    try {
      for await (const piece of gathered(bytes)) {
        await handle.writeFile(piece)
        written += piece.length
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(partial, name)
    return written
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** Checks what can be checked of an output path before any work is done. */
export async function checkLocalTarget(name: string): Promise<void> {
  const folder = path.dirname(path.resolve(name))
  const stats = await stat(folder).catch(() => undefined)
  if (!stats?.isDirectory()) {
    throw new RefusedError('path', `the output's folder ${quoted(folder)} does not exist; create it first`)
  }
  const target = await stat(name).catch(() => undefined)
  if (target && !target.isFile()) throw new RefusedError('path', `the output ${quoted(name)} exists and is not a file`)
}

/** Hidden, beside the output so that the rename stays on one disk, and different for every process. */
function partialName(name: string): string {
  return path.join(path.dirname(name), `.${path.basename(name)}.${process.pid}.partial`)
}

/** Small pieces are put together: a page of a few bytes is not worth a system call. */
async function* gathered(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(1024 * 1024)
  let length = 0
  for await (const piece of pieces) {
    if (length + piece.length > buffer.length) {
      yield buffer.subarray(0, length)
      length = 0
    }
    if (piece.length > buffer.length) yield piece
    else {
      buffer.set(piece, length)
      length += piece.length
    }
  }
  if (length > 0) yield buffer.subarray(0, length)
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const texts: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'access is denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is not a folder',
  }
  return texts[String(code)] ?? String(code ?? error)
}
