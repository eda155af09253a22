/** How commands end: 0 done, 2 refused with one line, 1 anything else. */
import { printable, RefusedError } from '../../functions/shared/errors.ts'

export async function runCommand(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    reportError(error)
  }
}

/** On standard error, so that they are seen whatever becomes of standard output. */
export function printWarnings(warnings: readonly { readonly message: string }[], about?: string): void {
  const subject = about === undefined ? '' : `${printable(about)}: `
  for (const { message } of warnings) process.stderr.write(`warning: ${subject}${message}\n`)
}

/** What was found in a refused file besides the reason: of rows that are not removed after all, nothing is said. */
function otherWarnings({ code, warnings }: RefusedError): RefusedError['warnings'] {
  return code === 'warnings' ? [] : warnings.filter((warning) => warning.code !== 'conflicting-duplicates')
}

/**
 * Says what happened on standard error and in the exit code, where the unexpected outweighs what was refused.
 * @param about what the error is about, where that is not clear
 */
export function reportError(error: unknown, about?: string): { readonly code: string; readonly message: string } {
  const isRefused = error instanceof RefusedError
  const message = isRefused ? error.message : `unexpected: ${error instanceof Error ? error.stack : error}`
  if (isRefused) printWarnings(otherWarnings(error), about)
  process.stderr.write(`error: ${about === undefined ? '' : `${about}: `}${message}\n`)
  process.exitCode = isRefused && process.exitCode !== 1 ? 2 : 1
  return { code: isRefused ? error.code : 'unexpected', message: isRefused ? error.message : String(error) }
}
