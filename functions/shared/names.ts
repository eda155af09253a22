/** Names that more than one part of the project, or a user's tool, relies on. */

/** The columns that an enriched file gains. */
export const NEW_COLUMNS = {
  upperBand: 'supertrend_ub',
  lowerBand: 'supertrend_lb',
  orientation: 'trend_orientation',
  segment: 'st_trend_segment',
} as const

/** The key in the footer's key-value metadata under which an enriched file says how it was made. */
export const FOOTER_NOTE_KEY = 'parquet-supertrend'

/** Bump with package.json; a test compares the two. */
export const VERSION = '0.1.0'

/** Objects with another ending are none of the function's business. */
export const PARQUET_SUFFIX = '.parquet'

/** The function's environment variables: set by the stack, parsed by `function-settings.ts`. */
export const FUNCTION_VARIABLES = {
  inputPrefix: 'INPUT_PREFIX',
  outputPrefix: 'OUTPUT_PREFIX',
  definition: 'DEFINITION',
  period: 'PERIOD',
  multiplier: 'MULTIPLIER',
  keep: 'KEEP',
  timeColumn: 'TIME_COLUMN',
  symbolColumn: 'SYMBOL_COLUMN',
  openColumn: 'OPEN_COLUMN',
  highColumn: 'HIGH_COLUMN',
  lowColumn: 'LOW_COLUMN',
  closeColumn: 'CLOSE_COLUMN',
} as const
