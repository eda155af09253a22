/** Names that several parts of the project, or tools of users, rely on. */

/** The columns that enrichment adds by default. */
export const NEW_COLUMNS = {
  upperBand: 'supertrend_ub',
  lowerBand: 'supertrend_lb',
  orientation: 'trend_orientation',
  segment: 'st_trend_segment',
} as const

/** All columns that enrichment can add. */
export const POSSIBLE_COLUMNS = { ...NEW_COLUMNS, atr: 'supertrend_atr', flip: 'supertrend_flip' } as const
export type NewColumnKey = keyof typeof POSSIBLE_COLUMNS

/** The columns that a file of removed rows has in addition: row numbers of the input, counted from 0. */
export const ROW_COLUMNS = { dropped: 'dropped_row', kept: 'kept_row' } as const

/** The content that a file of removed rows states in its note. */
export const DROPPED_CONTENT = 'dropped rows'

/** The key in the footer's key-value metadata of an enriched file. Its value says how the file was made. */
export const FOOTER_NOTE_KEY = 'parquet-supertrend'

/** The version in package.json; a test compares the two. */
export const VERSION = '0.1.0'

/** Raised by hand when the bytes of an output change; the function then makes outputs of a lower number again. */
export const ENGINE_VERSION = 4

/** Endings of the objects that are enriched, in any case; other objects are ignored. */
export const PARQUET_SUFFIXES = ['.parquet', '.parq', '.pq'] as const

/** The storage classes of S3 whose objects can be read at once. */
export const STORAGE_CLASSES = ['STANDARD', 'INTELLIGENT_TIERING', 'STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR'] as const
export type StorageClass = (typeof STORAGE_CLASSES)[number]

/** Ends of the names of the queues from which the function takes messages; the name of the stack comes first. */
export const QUEUES = { arrivals: 'arrivals', repairs: 'repairs' } as const

/** Ends of the names of the queue of keys in sequences, which hands out one sequence to one worker, and of its dead letters. */
export const SEQUENCE_QUEUES = { sequences: 'sequences.fifo', failed: 'sequences-failed.fifo' } as const

/** The function's environment variables: set by the stack, parsed by `function-settings.ts`. */
export const FUNCTION_VARIABLES = {
  /** The settings as one JSON object, so that a misspelt name is an error. */
  settings: 'SETTINGS',
  /** The bucket whose keys are reconciled; events of other buckets are ignored. */
  bucket: 'BUCKET_NAME',
  /** Further buckets, with commas between them. */
  sourceBuckets: 'SOURCE_BUCKETS',
  arrivalsQueueUrl: 'ARRIVALS_QUEUE_URL',
  repairsQueueUrl: 'REPAIRS_QUEUE_URL',
  /** Set where files of a sequence continue each other. */
  sequencesQueueUrl: 'SEQUENCES_QUEUE_URL',
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
  /** Of the invocation that wrote an output or a report. It is no part of the identity. */
  request: 'request-id',
  /** Of a failure report. */
  code: 'code',
  /** Of a failure report: ETag of the source of the output that is still there. */
  publishedFrom: 'published-from',
  /** Of a failure report `too-slow`: the function's timeout. */
  timeout: 'timeout-seconds',
  /** Of a failure report `before-previous`: the earlier files that were searched at most. */
  lookBack: 'look-back',
  rowsRead: 'rows-read',
  rowsWritten: 'rows-written',
  duplicatesDropped: 'duplicates-dropped',
  /** Of a file in a sequence: SHA-256 of the state that it continues from. */
  after: 'continues-from',
  /** Of a file with bars from before its beginning: the number of earlier outputs that were searched, and a digest of them. */
  compared: 'compared-with',
  /** Of an output in a sequence: SHA-256 of the state that it passes on. */
  state: 'passes-on',
} as const

/** The value of `continues-from` in the first file of a sequence. */
export const NOTHING_BEFORE = 'nothing'

/** Message attributes of a dead letter that the function itself sent: the reason. */
export const LETTER_ATTRIBUTES = { reason: 'reason', code: 'code' } as const

/** The events about an enriched file and about a refused one. */
export const NOTICE = {
  source: 'parquet-supertrend',
  enriched: 'Market File Enriched',
  refused: 'Market File Refused',
} as const

export const METRIC_NAMESPACE = 'ParquetSupertrend'

/** The outcomes of a look at a key, and the metric that counts each. */
export const OUTCOME_METRICS = {
  enriched: 'FilesEnriched',
  /** The output or the report that the current object requires was there already. */
  unchanged: 'FilesUnchanged',
  /** A newer deployment has written the objects of the key. */
  superseded: 'FilesSuperseded',
  /** The object was deleted. */
  gone: 'FilesGone',
  /** The file cannot be enriched as it is; its uploader has to act. */
  refused: 'FilesRefused',
  /** The function tries the key again; the operator has to act if that does not help. */
  failed: 'FilesFailed',
  /** The object changed while it was read, so the function looks at the key again later. */
  deferred: 'FilesDeferred',
  ignored: 'FilesIgnored',
} as const

/** Messages that needed no work, by the code of the reason. */
export const IGNORED_METRIC = 'IgnoredByReason'

/** The codes of these reasons: first those of events, then those of keys. */
export const IGNORED_CODES = [
  'test-event',
  'empty-list',
  'subscription',
  'tags',
  'acl',
  'storage-class',
  'replication',
  'other-event',
  'other-bucket',
  'outside-prefix',
  'other-suffix',
  'hidden',
  'reserved',
] as const
export type IgnoredCode = (typeof IGNORED_CODES)[number]

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

/** Of sequences; only where files continue each other. */
export const SEQUENCE_METRICS = {
  /** Files that were enriched in one delivery. */
  made: 'SequenceFilesMade',
  /** Keys before the first one of the message that were looked at. */
  walkedBack: 'SequenceKeysWalkedBack',
  /** Failures, one after the other, of the work on a key. */
  failures: 'SequenceFailures',
  /** Sequences that an audit found with a key that is not done. */
  behind: 'SequencesBehind',
} as const

/** Warnings of enriched files, by their code. */
export const WARNINGS_METRIC = 'Warnings'
export const CODE_DIMENSION = 'code'

/** From this variable Powertools takes the dimension `service`, which separates the environments of an account. */
export const SERVICE_VARIABLE = 'POWERTOOLS_SERVICE_NAME'
export const SERVICE_DIMENSION = 'service'

/** Metrics that filters derive from Lambda's own logs, because a killed invocation runs none of our code. */
export const PLATFORM_METRICS = {
  unsuccessful: 'UnsuccessfulInvocations',
  outOfMemory: 'OutOfMemoryInvocations',
  memoryUsedMB: 'MaxMemoryUsedMB',
} as const

/** Candles that a wide screen can show. */
export const CHART_POINTS = 1500

/** Keys that a backfill sends in one child execution; each child execution costs as much as 65 messages. */
export const KEYS_PER_CHILD = 100

/** The findings of an audit of the bucket, and the metric that counts each. */
export const AUDIT_METRICS = {
  /** Inputs with neither an output nor a report. */
  missing: 'AuditMissing',
  /** Outputs or reports of another object, of other settings or of an older engine. */
  stale: 'AuditStale',
  /** Reports whose input is gone, or whose output is right. */
  'orphaned-report': 'AuditOrphanedReport',
  /** Inputs whose output or report cannot be written, because another program's object is at its key. */
  foreign: 'AuditForeign',
  /** Inputs that could not be judged, because S3 denied the audit one of their objects. */
  unreadable: 'AuditUnreadable',
  /** Files that are refused, and whose report says why. */
  refused: 'AuditRefused',
  /** The sum of all of these except the refused ones; an alarm watches it. */
  unsettled: 'AuditUnsettled',
  /** Audits that ended before the last key of the bucket. */
  incomplete: 'AuditIncomplete',
} as const

/** The audit's environment variables, besides those of the function that hold its settings. */
export const AUDIT_VARIABLES = {
  /** Memory of the function, in MiB: it decides which files are refused. */
  functionMemory: 'FUNCTION_MEMORY',
  /** Seconds that an object may wait for its turn before it counts as missing. */
  maxWait: 'MAX_WAIT_SECONDS',
  /** `true`: the audit sends the keys that it finds to the queue of repairs. */
  repairs: 'AUDIT_REPAIRS',
} as const

/**
 * The alarm of each severity that `npm run alarm-test` rings: the end of its name. Both are silent in a deployment that is
 * well.
 */
export const TESTED_ALARMS = { page: 'DeadLetters', ticket: 'Refused' } as const

/** Begins the folder of `npm run smoke` below the input prefix, so that nobody else's files can be deleted with its files. */
export const SMOKE_PREFIX = 'smoke-'

/** Prefix of the results of backfills, one folder for each. */
export const BACKFILL_RESULTS_PREFIX = 'backfill-results/'

/** The canary's files have prefixes of their own, so that no query reads them as market data. */
export const CANARY_PREFIXES = {
  all: 'canary/',
  input: 'canary/incoming/',
  output: 'canary/enriched/',
  failure: 'canary/failed/',
} as const

/** 1 for each canary whose enriched file is as expected. */
export const CANARY_METRIC = 'CanarySucceeded'

/** The canary's environment variables. */
export const CANARY_VARIABLES = { bucket: 'BUCKET', settings: 'SETTINGS' } as const
