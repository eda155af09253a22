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

/** Raised by hand when the bytes of an output change; the function then makes outputs of a lower number again. */
export const ENGINE_VERSION = 1

/** Endings of the objects that are enriched, in any case; other objects are ignored. */
export const PARQUET_SUFFIXES = ['.parquet', '.parq', '.pq'] as const

/** The function's environment variables: set by the stack, parsed by `function-settings.ts`. */
export const FUNCTION_VARIABLES = {
  /** The settings as one JSON object, so that a name that is misspelt cannot go unnoticed. */
  settings: 'SETTINGS',
  /** The bucket whose keys are reconciled; events of other buckets are ignored. */
  bucket: 'BUCKET_NAME',
  arrivalsQueueUrl: 'ARRIVALS_QUEUE_URL',
  repairsQueueUrl: 'REPAIRS_QUEUE_URL',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** The stack's own id: versions of the function are only compared within one stack. */
  stackId: 'STACK_ID',
  /** Set by Lambda: 1, 2, 3, ... for each version that is published. */
  functionVersion: 'AWS_LAMBDA_FUNCTION_VERSION',
  memory: 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
} as const

/** User metadata of an object that the function wrote: its identity, and for an output the counts of its rows. */
export const OBJECT_METADATA = {
  sourceETag: 'source-etag',
  sourceVersion: 'source-version',
  sourceModified: 'source-modified',
  settings: 'settings-digest',
  engine: 'engine-version',
  memory: 'memory-mib',
  deployment: 'deployment',
  /** Of a failure report. */
  code: 'code',
  /** Of a failure report: the ETag of the older object whose output is still there. */
  publishedFrom: 'published-from',
  rowsRead: 'rows-read',
  rowsWritten: 'rows-written',
  duplicatesDropped: 'duplicates-dropped',
} as const

/** Message attributes of a dead letter that the function sent itself: why the message is there. */
export const LETTER_ATTRIBUTES = { reason: 'reason', code: 'code' } as const

/** The events that tell others of an enriched file, and of a refused one. */
export const NOTICE = {
  source: 'parquet-supertrend',
  enriched: 'Market File Enriched',
  refused: 'Market File Refused',
} as const

export const METRIC_NAMESPACE = 'ParquetSupertrend'

/** What becomes of a key that is looked at; each outcome is counted under its name. */
export const OUTCOME_METRICS = {
  enriched: 'FilesEnriched',
  /** The output or the report that the current object requires was there already. */
  unchanged: 'FilesUnchanged',
  /** A newer deployment has taken care of it. */
  superseded: 'FilesSuperseded',
  /** The object was deleted. */
  gone: 'FilesGone',
  /** It will never be enriched as it is: a matter of whoever uploaded it. */
  refused: 'FilesRefused',
  /** It is tried again: a matter of the operator. */
  failed: 'FilesFailed',
  /** Looked at again later, because the object changed while it was read. */
  deferred: 'FilesDeferred',
  ignored: 'FilesIgnored',
} as const

/** A chart or a file of removed rows that could not be written; the enriched file is published all the same. */
export const SECONDARY_FAILED_METRIC = 'SecondaryFailed'

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
