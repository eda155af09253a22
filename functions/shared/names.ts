/** Names that several parts of the project, or tools of users, rely on. */

/** The columns that enrichment adds. */
export const NEW_COLUMNS = {
  upperBand: 'supertrend_ub',
  lowerBand: 'supertrend_lb',
  orientation: 'trend_orientation',
  segment: 'st_trend_segment',
} as const

/** The columns that a file of removed rows has in addition: row numbers of the input, counted from 0. */
export const ROW_COLUMNS = { dropped: 'dropped_row', kept: 'kept_row' } as const

/** The content that a file of removed rows states in its note. */
export const DROPPED_CONTENT = 'dropped rows'

/** The key in the footer's key-value metadata of an enriched file. Its value says how the file was made. */
export const FOOTER_NOTE_KEY = 'parquet-supertrend'

/** The version in package.json; a test compares the two. */
export const VERSION = '0.1.0'

/** Other objects are ignored. */
export const PARQUET_SUFFIX = '.parquet'

/** The function's environment variables: set by the stack, parsed by `function-settings.ts`. */
export const FUNCTION_VARIABLES = {
  /** The settings as one JSON object, so that a misspelt name is an error. */
  settings: 'SETTINGS',
  arrivalsQueueUrl: 'ARRIVALS_QUEUE_URL',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
} as const

/** User metadata of an enriched object and of a failure report: its source and its settings. */
export const OBJECT_METADATA = {
  sourceETag: 'source-etag',
  sourceVersion: 'source-version',
  sourceSequencer: 'source-sequencer',
  settings: 'settings-digest',
  rowsRead: 'rows-read',
  rowsWritten: 'rows-written',
  duplicatesDropped: 'duplicates-dropped',
} as const

/** Message attributes of a rejected file in the dead-letter queue: the reason. */
export const REJECTION_ATTRIBUTES = { reason: 'reason', code: 'code' } as const

/** The event that announces an enriched file. */
export const NOTICE = { source: 'parquet-supertrend', detailType: 'Market File Enriched' } as const

export const METRIC_NAMESPACE = 'ParquetSupertrend'

/** Metrics that count the outcomes of files. */
export const OUTCOME_METRICS = {
  enriched: 'FilesEnriched',
  /** An earlier delivery of the same event had enriched it. */
  unchanged: 'FilesUnchanged',
  superseded: 'FilesSuperseded',
  gone: 'FilesGone',
  /** It cannot be enriched unless somebody changes it. */
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

/** Powertools takes the value of the dimension `service` from it, which separates the environments of an account. */
export const SERVICE_VARIABLE = 'POWERTOOLS_SERVICE_NAME'
export const SERVICE_DIMENSION = 'service'

/** Metric filters derive them from Lambda's own logs: a killed invocation runs none of our code. */
export const PLATFORM_METRICS = {
  unsuccessful: 'UnsuccessfulInvocations',
  outOfMemory: 'OutOfMemoryInvocations',
  memoryUsedMB: 'MaxMemoryUsedMB',
} as const

/** The canary's environment variables. */
export const CANARY_VARIABLES = { bucket: 'BUCKET', settings: 'SETTINGS' } as const
