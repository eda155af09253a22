/**
 * The file, or an option, is refused: running again will not help, somebody has to change something.
 * `message` says what was found, what is allowed and what to do; it is one line and safe to print.
 */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  /** Stable, machine-readable reason, e.g. `not-parquet` or `no-price-columns`. */
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export type RefusalCode =
  | 'not-parquet'
  | 'corrupt'
  | 'unsupported'
  | 'encrypted'
  | 'columns'
  | 'time'
  | 'too-big'
  | 'settings'
  | 'path'

const printable = /[^\x20-\x7e\u00a0-\u{10ffff}]/gu

/** Text that comes from a file, made safe for a message: quoted, bounded to 80 characters, control characters escaped. */
export function quoted(text: string): string {
  const bounded = text.length > 80 ? `${text.slice(0, 77)}...` : text
  return `"${bounded.replaceAll(printable, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`
}
