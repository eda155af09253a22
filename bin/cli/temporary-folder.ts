/** Folders for copies, which are gone when the program has ended, however it ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const folders = new Set<string>()

/** A folder that the caller removes, and that goes when the program ends before that. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  if (folders.size === 0) watchEnd()
  // nothing can end the program between the folder and its entry here
  const folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-'))
  folders.add(folder)
  const remove = async () => {
    await rm(folder, { recursive: true, force: true })
    folders.delete(folder)
    if (folders.size === 0) forgetEnd()
  }
  return { folder, remove }
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
  // only now: a second signal that nobody listens to would end the program before the folders are gone
  forgetEnd()
  // who else listens ends the program in its own way
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
}
