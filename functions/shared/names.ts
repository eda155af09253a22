/** Names that more than one part of the project, or a user's tool, relies on. */

/** The columns that an enriched file gains. */
export const NEW_COLUMNS = {
  upperBand: 'supertrend_ub',
  lowerBand: 'supertrend_lb',
  orientation: 'trend_orientation',
  segment: 'st_trend_segment',
} as const

/** The columns that a file of dropped rows has beside theirs: row numbers of the input, counted from 0. */
export const ROW_COLUMNS = { dropped: 'dropped_row', kept: 'kept_row' } as const

/** What a file of dropped rows says that it has. */
export const DROPPED_CONTENT = 'dropped rows'

/** The key in the footer's key-value metadata under which an enriched file says how it was made. */
export const FOOTER_NOTE_KEY = 'parquet-supertrend'

/** Bump with package.json; a test compares the two. */
export const VERSION = '0.1.0'

/** Objects with another ending are none of the function's business. */
export const PARQUET_SUFFIX = '.parquet'

/** The function's environment variables: set by the stack, parsed by `function-settings.ts`. */
export const FUNCTION_VARIABLES = {
  /** The settings as one JSON object, so that a name that is misspelt cannot go unnoticed. */
  settings: 'SETTINGS',
  arrivalsQueueUrl: 'ARRIVALS_QUEUE_URL',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
} as const

/** User metadata of an enriched object and of a failure report: what it was made of, and how. */
export const OBJECT_METADATA = {
  sourceETag: 'source-etag',
  sourceVersion: 'source-version',
  sourceSequencer: 'source-sequencer',
  settings: 'settings-digest',
  rowsRead: 'rows-read',
  rowsWritten: 'rows-written',
  duplicatesDropped: 'duplicates-dropped',
} as const

/** Message attributes of a file that was given up: why it lies in the dead-letter queue. */
export const REJECTION_ATTRIBUTES = { reason: 'reason', code: 'code' } as const

/** The event that tells others of an enriched file. */
export const NOTICE = { source: 'parquet-supertrend', detailType: 'Market File Enriched' } as const

export const METRIC_NAMESPACE = 'ParquetSupertrend'

/** What becomes of a file; each is counted under its name. */
export const OUTCOME_METRICS = {
  enriched: 'FilesEnriched',
  /** It was enriched before, by an earlier delivery of the same event. */
  unchanged: 'FilesUnchanged',
  superseded: 'FilesSuperseded',
  gone: 'FilesGone',
  /** It will never be enriched as it is. */
  rejected: 'FilesRejected',
  /** It will be tried again. */
  failed: 'FilesFailed',
  ignored: 'FilesIgnored',
} as const

export const METRICS = {
  rowsRead: 'RowsRead',
  rowsWritten: 'RowsWritten',
  duplicatesDropped: 'DuplicatesDropped',
  duplicatesConflicting: 'DuplicatesConflicting',
  bytesRead: 'BytesRead',
  bytesWritten: 'BytesWritten',
  computeMs: 'ComputeMilliseconds',
  publishMs: 'PublishMilliseconds',
  elapsedMs: 'ElapsedMilliseconds',
  peakMemoryMiB: 'PeakMemoryMiB',
} as const

/** Warnings of enriched files, by their code. */
export const WARNINGS_METRIC = 'Warnings'
export const CODE_DIMENSION = 'code'

/** Powertools reads from it the value of the dimension `service`, which keeps the environments of an account apart. */
export const SERVICE_VARIABLE = 'POWERTOOLS_SERVICE_NAME'
export const SERVICE_DIMENSION = 'service'

/** Made by filters from what Lambda itself logs: an invocation that is killed runs no code of ours. */
export const PLATFORM_METRICS = {
  unsuccessful: 'UnsuccessfulInvocations',
  outOfMemory: 'OutOfMemoryInvocations',
  memoryUsedMB: 'MaxMemoryUsedMB',
} as const

/** The canary's environment variables. */
export const CANARY_VARIABLES = { bucket: 'BUCKET', settings: 'SETTINGS' } as const
