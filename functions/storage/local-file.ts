/** Reads a local file as a source, and writes outputs to local files. */
import { type BigIntStats, constants, readSync, rmSync } from 'node:fs'
import { chmod, copyFile, type FileHandle, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { BytePieces, ByteSource } from '../shared/byte-source.ts'
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
    throw new RefusedError('path', `the input ${quoted(name)} cannot be opened: ${reason(error)}`, { cause: error })
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

/** A complete file under a temporary name in the folder of the output. */
export interface StagedFile {
  /** Without the bytes of a copied input. */
  readonly bytesWritten: number
  /**
   * Renames it to the name of the output, in one step.
   * @throws RefusedError `path` when the input was changed meanwhile; the temporary file is then deleted
   */
  commit(): Promise<void>
  discard(): Promise<void>
}

/**
 * Writes a file atomically: under a temporary name in the same folder, then renamed. An older file of that name stays
 * until the rename. Input and output may be the same path.
 *
 * @param input the file from which the bytes were computed
 * @param isAppended whether the bytes of the input come first, copied by the operating system
 * @returns bytes written, without those of the copy
 * @throws RefusedError `path` when the folder is missing, a folder has the name, or the input was changed meanwhile
 */
export async function writeLocalFile(
  name: string,
  input: LocalFile,
  isAppended: boolean,
  bytes: BytePieces,
): Promise<number> {
  const staged = await stageLocalFile(name, input, isAppended, bytes)
  await staged.commit()
  return staged.bytesWritten
}

/**
 * The first half of `writeLocalFile`, for callers that publish several files together. The caller has to call either
 * `commit` or `discard`.
 */
export async function stageLocalFile(
  name: string,
  input: LocalFile,
  isAppended: boolean,
  bytes: BytePieces,
): Promise<StagedFile> {
  const target = await linkTarget(name)
  // not the process id: containers that share a folder have equal ones; not node:crypto, which takes 10 ms to load
  const random = Math.random().toString(36).slice(2)
  const partial = path.join(path.dirname(target), `.parquet-supertrend-${random}.partial`)
  const forget = removeWhenKilled(partial)
  const discard = async () => {
    await rm(partial, { force: true }).catch(() => {})
    forget()
  }
  const orDiscard = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step()
    } catch (error) {
      await discard()
      throw unwritable(name, error)
    }
  }
  const bytesWritten = await orDiscard(() => writePartial(partial, target, input, isAppended, bytes))
  const commit = () =>
    orDiscard(async () => {
      // the copy is made from the path: of a changed file it would combine new columns with the prices of other rows
      await input.checkUnchanged()
      await rename(partial, target)
      forget()
    })
  return { bytesWritten, commit, discard }
}

async function writePartial(
  partial: string,
  target: string,
  input: LocalFile,
  isAppended: boolean,
  bytes: BytePieces,
): Promise<number> {
  // a replaced file keeps its permissions; the copy has those of the input, which may be read-only
  const existing = await stat(target).catch(() => undefined)
  const mode = existing ? existing.mode & 0o777 : 0o666 & ~process.umask()
  if (isAppended) {
    await copyFile(input.name, partial, constants.COPYFILE_FICLONE)
    await chmod(partial, mode | 0o200)
  }
  const handle = await open(partial, isAppended ? 'a' : 'w', mode | 0o200)
  let written = 0
  try {
    for await (const piece of gathered(bytes)) {
      await handle.writeFile(piece)
      written += piece.length
    }
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return written
}

/** @returns a RefusedError for a failure that the user can remedy; any other error unchanged */
function unwritable(name: string, error: unknown): unknown {
  const code = codeOf(error)
  if (code === undefined || !(code in FILE_FAILURES)) return error
  return new RefusedError('path', `the output ${quoted(name)} cannot be written: ${reason(error)}`, { cause: error })
}

/** Follows a symbolic link: its target is replaced, or created if it does not exist, and the link stays. */
async function linkTarget(name: string): Promise<string> {
  try {
    return await realpath(name)
  } catch {
    const pointsAt = await readlink(name).catch(() => undefined)
    return pointsAt === undefined ? name : path.resolve(path.dirname(name), pointsAt)
  }
}

/** Deletes the temporary file when a signal ends the process, also when Ctrl-C is pressed twice. @returns the undo */
function removeWhenKilled(partial: string): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const listener = (signal: NodeJS.Signals) => {
    rmSync(partial, { force: true })
    // after the deletion: a second signal without a listener would end the process before the file is deleted
    forget()
    process.kill(process.pid, signal)
  }
  const forget = () => {
    for (const signal of signals) process.off(signal, listener)
  }
  for (const signal of signals) process.on(signal, listener)
  return forget
}

/** Checks what can be checked of an output path before any work is done. */
export async function checkLocalTarget(name: string): Promise<void> {
  if (name === '' || name.endsWith('/')) throw new RefusedError('path', `the output ${quoted(name)} is not a file name`)
  const folder = path.dirname(path.resolve(name))
  const stats = await stat(folder).catch(() => undefined)
  if (!stats?.isDirectory()) {
    throw new RefusedError('path', `the output's folder ${quoted(folder)} does not exist; create it first`)
  }
  const target = await stat(name).catch(() => undefined)
  if (target && !target.isFile()) throw new RefusedError('path', `the output ${quoted(name)} exists and is not a file`)
}

/** Joins small pieces: a page of a few bytes is not worth a system call. */
async function* gathered(pieces: BytePieces): AsyncGenerator<Uint8Array> {
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

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

function reason(error: unknown): string {
  const code = codeOf(error)
  return FILE_FAILURES[code ?? ''] ?? code ?? String(error)
}
