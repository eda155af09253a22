/** How the operator's commands end: 0 done, 2 refused with one line, 1 anything else. */
import { RefusedError } from '../../functions/shared/errors.ts'

export async function runCommand(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    const isRefused = error instanceof RefusedError
    const message = isRefused ? error.message : `unexpected: ${error instanceof Error ? error.stack : error}`
    process.stderr.write(`error: ${message}\n`)
    process.exitCode = isRefused ? 2 : 1
  }
}
