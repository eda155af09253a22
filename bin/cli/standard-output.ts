/** Standard output gets a report, whose reader may leave early, or a file, which must be complete. */
import type { BytePieces } from '../../functions/shared/byte-source.ts'
import { RefusedError } from '../../functions/shared/errors.ts'

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
      if (!error) return resolve()
      const reason = WRITE_FAILURES[error.code ?? '']
      if (reason === undefined) return reject(error)
      const message = `the output cannot be written to standard output: ${reason}; what is there is cut off`
      reject(new RefusedError('path', message, { cause: error }))
    })
  })
}
