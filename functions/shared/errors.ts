/**
 * The file or an option is refused: trying again does not help until the file or the option is changed.
 * `message` says what was found, what is allowed and what to do; it is one line and safe to print.
 */
export class RefusedError extends Error {
  /** `RefusedError`. */
  override readonly name = 'RefusedError'
  /** Stable, machine-readable reason, such as `not-parquet` or `columns`. */
  readonly code: RefusalCode
  /** Other findings in the file. */
  readonly warnings: readonly {
    /** Stable and machine-readable; docs/file-format.md lists the codes. */
    readonly code: string
    /** One sentence. */
    readonly message: string
  }[]

  /** @internal */
  constructor(code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(message, options)
    this.code = code
    this.warnings = options.warnings ?? []
  }
}

export interface RefusalOptions extends ErrorOptions {
  readonly warnings?: RefusedError['warnings']
}

/**
 * The output does not hold the values that were computed. That is a fault of the program or of the machine, not of the
 * file, so it is not a refusal: nothing is published, the command line exits with 1, and the function tries again
 * before it alerts the operator.
 */
export class ReadBackError extends Error {
  override readonly name = 'ReadBackError'

  /**
   * @param column undefined when the fault is not in a single column
   * @param found the fault and its place, for the message
   */
  constructor(column: string | undefined, found: string, options?: ErrorOptions) {
    const what = column === undefined ? 'the new columns do' : `the new column ${quoted(column)} does`
    const why = 'this is a fault of this program or of the machine, not of the file'
    const remedy = 'run it again, and report it if it happens again'
    const without = '--read-back off (in the function: readBack: "off") writes the file without this check'
    super(`${what} not read back as computed: ${found}; nothing is published; ${why}: ${remedy}; ${without}`, options)
  }
}

/** The codes of refusals. docs/file-format.md says what each means and what to do. */
export const REFUSAL_CODES = [
  'not-parquet',
  'encrypted',
  'corrupt',
  'unsupported',
  'too-big',
  'columns',
  'time',
  /** Another column distinguishes bars of the same time. */
  'ambiguous-series',
  /** The time, or a part of it, is in another column. */
  'ambiguous-time',
  /** The prices of too many duplicates differ from those of the row that would stay. */
  'conflicting-duplicates',
  /** Only with `strict`. */
  'warnings',
  'settings',
  'path',
  /** Only with carry: a bar is before those of the file before, and no earlier file has it. */
  'before-previous',
  /** Only with carry: the file before has no state, or one that cannot be used. */
  'no-state',
  'state-damaged',
  'state-version',
  'state-settings',
  'state-too-big',
  /** Only from tools that take an enriched file. */
  'not-enriched',
  /** Only of the function: another object is at the output key. */
  'foreign-output',
  /** Only of the function: the object cannot be read. */
  'access-denied',
  'kms-key',
  'customer-key',
  'archived',
  /** Only of the function: the deadline was reached twice. */
  'too-slow',
  /** Only of the function, in a sequence: the function ended in the middle of the file each time. */
  'failed-repeatedly',
] as const

/** One of {@link REFUSAL_CODES}. */
export type RefusalCode = (typeof REFUSAL_CODES)[number]

/**
 * Control and formatting characters, lone surrogates and unassigned code points: a terminal or a log may act on them.
 */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu
const MAX_PRINTED_LENGTH = 80

/**
 * Text from a file, made safe for a message, a report or a terminal: cut to `maxLength`, with all characters printable.
 */
export function printable(text: string, maxLength = MAX_PRINTED_LENGTH): string {
  const bounded = text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text
  return bounded.replaceAll(unprintable, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`)
}

export function quoted(text: string): string {
  return `"${printable(text)}"`
}
