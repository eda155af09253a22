/** Standard output gets a report, whose reader may leave early, or a file, which must be complete; a named pipe gets a file. */
import { open } from 'node:fs/promises'
import type { BytePieces } from '../../functions/shared/byte-source.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'

let takesFile = false

/** Ends the program when the report cannot be written. */
export function watchStandardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // writeStandardOutput handles this error
    if (takesFile) return
    // the reader of the report has left early, as `head` does; the output is complete
    if (error.code === 'EPIPE') process.exit()
    process.stderr.write(`error: the report cannot be written: ${error.message}\n`)
    process.exit(1)
  })
}

/**
 * @returns bytes written
 * @throws RefusedError `path` when not all of it could be written
 */
export async function writeStandardOutput(pieces: BytePieces): Promise<number> {
  takesFile = true
  let written = 0
  for await (const piece of pieces) {
    await writeWhole(piece)
    written += piece.length
  }
  return written
}

const WRITE_FAILURES: Readonly<Record<string, string>> = {
  EPIPE: 'its reader ended before the file did',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it would be larger than is allowed',
}

function writeWhole(piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(piece, (error: NodeJS.ErrnoException | null | undefined) => {
      if (error) reject(cutOff('the output cannot be written to standard output', error))
      else resolve()
    })
  })
}

/**
 * Writes to a named pipe or a process substitution of a shell.
 * @returns bytes written
 * @throws RefusedError `path` when not all of it could be written
 */
export async function writePipe(name: string, pieces: BytePieces): Promise<number> {
  const handle = await open(name, 'w')
  let written = 0
  try {
    for await (const piece of pieces) {
      await handle.writeFile(piece).catch((error) => {
        throw cutOff(`the output ${quoted(name)} cannot be written`, error)
      })
      written += piece.length
    }
    return written
  } finally {
    await handle.close()
  }
}

/** @returns a failure that the user can remedy as such; any other error unchanged */
function cutOff(what: string, error: NodeJS.ErrnoException): Error {
  const reason = WRITE_FAILURES[error.code ?? '']
  if (reason === undefined) return error
  return new RefusedError('path', `${what}: ${reason}; what is there is cut off`, { cause: error })
}
