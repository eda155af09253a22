/** Temporary folders, which are removed when the program ends, also by a signal. */
import { mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { fileFailure, isFileFailure } from '../../functions/storage/local-file.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const folders = new Set<string>()

export interface TemporaryFolder {
  readonly folder: string
  readonly remove: () => Promise<void>
}

/** Creates a folder. The caller removes it; if the program ends earlier, it is removed then. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  if (folders.size === 0) watchEnd()
  // synchronous, so that no signal is handled before the folder is in the list
  const folder = newFolder()
  folders.add(folder)
  const remove = async () => {
    await rm(folder, { recursive: true, force: true })
    folders.delete(folder)
    if (folders.size === 0) forgetEnd()
  }
  return { folder, remove }
}

/** @throws RefusedError `path` */
function newFolder(): string {
  try {
    return mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-'))
  } catch (error) {
    throw new RefusedError(
      'path',
      `a temporary folder cannot be made in ${quoted(os.tmpdir())}: ${fileFailure(error)}; set TMPDIR to another folder`,
      { cause: error },
    )
  }
}

/** @returns a RefusedError when the folder for temporary files is full or cannot be written; any other error unchanged */
export function unwritableCopy(input: string, error: unknown): unknown {
  if (!isFileFailure(error)) return error
  return new RefusedError(
    'path',
    `the copy of the input ${quoted(input)} cannot be written in ${quoted(os.tmpdir())}: ${fileFailure(error)}; make room there, or set TMPDIR to another folder`,
    { cause: error },
  )
}

function watchEnd(): void {
  process.on('exit', removeAll)
  for (const signal of SIGNALS) process.on(signal, endBy)
}

function forgetEnd(): void {
  process.off('exit', removeAll)
  for (const signal of SIGNALS) process.off(signal, endBy)
}

function endBy(signal: NodeJS.Signals): void {
  removeAll()
  // last, because without a listener a second signal would end the program before the folders are removed
  forgetEnd()
  // other listeners end the program themselves
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
}
