/** Runs a command and sets the exit code: 0 done, 2 refused with one line, 1 anything else. */
import { printable, RefusedError } from '../../functions/shared/errors.ts'
import { STANDARD } from './locations.ts'

export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    const { code, message } = reportError(error)
    // the command did not start to print its report; an output on standard output gets no text
    const words = process.argv.slice(2)
    if (!words.includes('--json')) return
    const stream = words.includes(STANDARD) ? process.stderr : process.stdout
    stream.write(`${JSON.stringify({ error: { code, message } })}\n`)
  }
}

/** Prints to standard error, so that warnings are seen even if standard output is redirected. */
export function printWarnings(warnings: readonly { readonly message: string }[], about?: string): void {
  const subject = about === undefined ? '' : `${printable(about)}: `
  for (const { message } of warnings) process.stderr.write(`warning: ${subject}${message}\n`)
}

/** About rows that are removed or not written: a refused file loses none. */
const ABOUT_THE_OUTPUT: readonly string[] = ['conflicting-duplicates', 'no-new-rows']

/** The warnings of a refused file besides the reason. */
function otherWarnings({ code, warnings }: RefusedError): RefusedError['warnings'] {
  return code === 'warnings' ? [] : warnings.filter((warning) => !ABOUT_THE_OUTPUT.includes(warning.code))
}

/**
 * Prints an error to standard error and sets the exit code, of which 1 (unexpected) prevails over 2 (refused).
 * @param about the file that the error is about, if there are several
 */
export function reportError(error: unknown, about?: string): { readonly code: string; readonly message: string } {
  const isRefused = error instanceof RefusedError
  const message = isRefused ? error.message : `unexpected: ${error instanceof Error ? error.stack : error}`
  if (isRefused) printWarnings(otherWarnings(error), about)
  process.stderr.write(`error: ${about === undefined ? '' : `${about}: `}${message}\n`)
  process.exitCode = isRefused && process.exitCode !== 1 ? 2 : 1
  return { code: isRefused ? error.code : 'unexpected', message: isRefused ? error.message : String(error) }
}
