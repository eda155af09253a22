/** Writes outputs to local files. */
import { constants, rmSync } from 'node:fs'
import { chmod, copyFile, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { BytePieces } from '../shared/byte-source.ts'
import { quoted, RefusedError } from '../shared/errors.ts'
import { fileFailure, isFileFailure, type LocalFile } from './local-file.ts'

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
  // the copy is not created again: a signal may just have removed it
  const handle = await open(partial, isAppended ? constants.O_WRONLY | constants.O_APPEND : 'w', mode | 0o200)
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
  if (!isFileFailure(error)) return error
  return new RefusedError('path', `the output ${quoted(name)} cannot be written: ${fileFailure(error)}`, {
    cause: error,
  })
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
