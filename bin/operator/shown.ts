import { printable } from '../../functions/shared/errors.ts'

/** A key has up to 1,024 bytes; it is shown whole, so that it can be copied. */
const MAX_LENGTH = 2000

/** Text from the bucket or a queue, made safe for a terminal. */
export function shown(text: string): string {
  return printable(text, MAX_LENGTH)
}
