/** Prints text from a bucket or a queue on a terminal. */
import { printable } from '../../functions/shared/errors.ts'

/** A key of 1,024 bytes is shown whole, so that the operator can copy it. */
const MAX_LENGTH = 2000

/** @returns the text without characters that a terminal would act on */
export function shown(text: string): string {
  return printable(text, MAX_LENGTH)
}
