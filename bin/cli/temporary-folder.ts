/** Temporary folders, which are removed when the program ends, also by a signal. */
import { mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const folders = new Set<string>()

/** Creates a folder. The caller removes it; if the program ends earlier, it is removed then. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  if (folders.size === 0) watchEnd()
  // synchronous, so that no signal is handled before the folder is in the list
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
  // last, because without a listener a second signal would end the program before the folders are removed
  forgetEnd()
  // other listeners end the program themselves
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
}
