/** Something about a file that its user should look at, although the file is enriched. */
export interface Warning {
  /** Stable and machine-readable. */
  readonly code: WarningCode
  /** One sentence: what was found, and what to do about it. */
  readonly message: string
}

/** What each means stands in docs/file-format.md. */
export const WARNING_CODES = [
  'conflicting-duplicates',
  /** Times are in two units, such as milliseconds and microseconds. */
  'mixed-time-units',
] as const

export type WarningCode = (typeof WARNING_CODES)[number]
