/** Writes the log lines and the metrics of each file. */
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import {
  CANARY_PREFIXES,
  CODE_DIMENSION,
  IGNORED_METRIC,
  type IgnoredCode,
  METRIC_NAMESPACE,
  METRICS,
  OUTCOME_METRICS,
  SECONDARY_FAILED_METRIC,
  SEQUENCE_METRICS,
  WARNINGS_METRIC,
} from '../shared/names.ts'
import { smokeFolderOf } from '../shared/smoke-folder.ts'
import type { Outcome } from './outcome.ts'

/** The outcome of one file, or of a message that names none. */
export type FileRecord = {
  readonly requestId: string
  readonly bucket?: string | undefined
  readonly key?: string | undefined
} & (
  | Outcome
  | { readonly outcome: 'routed'; readonly sequence: string }
  | { readonly outcome: 'ignored'; readonly code: IgnoredCode; readonly reason: string }
  | { readonly outcome: 'failed'; readonly error: unknown; readonly retryInSeconds?: number | undefined }
)

/** A file whose work begins. */
export interface FileStart {
  readonly requestId: string
  readonly bucket: string
  readonly key: string
  readonly receiveCount: number | undefined
  readonly again: boolean
}

/** The work of one delivery on a sequence. */
export interface SequenceProgress {
  readonly requestId: string
  readonly bucket: string
  readonly sequence: string
  /** Files that were enriched. */
  readonly made: number
  /** Keys before the first one of the message that were looked at. */
  readonly walkedBack: number
}

export interface Telemetry {
  /** Logs the start: a killed process cannot log its file afterwards. */
  start(file: FileStart): void
  record(file: FileRecord): void
  /** Logs and counts how far a sequence was advanced. */
  advanced(progress: SequenceProgress): void
  /** Counts the failures, one after the other, of the work on a key of a sequence. */
  failedAgain(failures: number): void
  /** Publishes the metrics. Call it before the function answers, also after a failure. */
  flush(): void
}

export function newTelemetry(): Telemetry {
  const logger = new Logger()
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE })
  return {
    start: (file) => logger.info('file started', { ...file }),
    record: (file) => {
      const { error, secondaryFailure, ...line } = { error: undefined, secondaryFailure: undefined, ...file }
      const message = `file ${file.outcome}`
      if (error !== undefined) logger.error(message, { ...line, error: toError(error) })
      else if (file.outcome === 'refused') logger.warn(message, line)
      else logger.info(message, line)
      if (secondaryFailure !== undefined) {
        logger.error('a chart or a file of removed rows is missing', {
          ...line,
          error: toError(secondaryFailure.error),
        })
        metrics.addMetric(SECONDARY_FAILED_METRIC, MetricUnit.Count, 1)
      }
      if (file.key !== undefined && isOfTest(file.key)) return
      for (const [name, unit, value] of measuresOf(file)) metrics.addMetric(name, unit, value)
      if (file.outcome === 'ignored') {
        metrics.singleMetric().addDimension(CODE_DIMENSION, file.code).addMetric(IGNORED_METRIC, MetricUnit.Count, 1)
      }
      for (const { code } of file.outcome === 'enriched' ? file.quality.warnings : []) {
        // a metric with another dimension needs a separate record
        metrics.singleMetric().addDimension(CODE_DIMENSION, code).addMetric(WARNINGS_METRIC, MetricUnit.Count, 1)
      }
    },
    advanced: (progress) => {
      logger.info('sequence advanced', { ...progress })
      for (const measure of ['made', 'walkedBack'] as const) {
        metrics.addMetric(SEQUENCE_METRICS[measure], MetricUnit.Count, progress[measure])
      }
    },
    failedAgain: (failures) => metrics.addMetric(SEQUENCE_METRICS.failures, MetricUnit.Count, failures),
    flush: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
    },
  }
}

/**
 * Files of the canary, which has a metric of its own, and of `npm run smoke`: they must not hide that no others arrive, nor send a
 * ticket about a file that is broken on purpose.
 */
function isOfTest(key: string): boolean {
  return key.startsWith(CANARY_PREFIXES.all) || smokeFolderOf(key) !== undefined
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

type Measure = [name: string, unit: (typeof MetricUnit)[keyof typeof MetricUnit], value: number]

export function measuresOf(file: FileRecord): Measure[] {
  const { Count, Bytes, Milliseconds, Megabytes } = MetricUnit
  if (file.outcome === 'routed') return []
  const outcome: Measure = [OUTCOME_METRICS[file.outcome], Count, 1]
  // it holds up no other file, but the operator has to look
  if (file.outcome === 'refused' && file.code === 'failed-repeatedly') {
    return [outcome, [OUTCOME_METRICS.failed, Count, 1]]
  }
  if (file.outcome !== 'enriched') return [outcome]
  const { quality } = file
  return [
    outcome,
    [METRICS.rowsRead, Count, quality.rowsRead],
    [METRICS.rowsWritten, Count, quality.rowsWritten],
    [METRICS.duplicatesDropped, Count, quality.duplicatesDropped],
    [METRICS.duplicatesConflicting, Count, quality.duplicatesConflicting],
    [METRICS.bytesRead, Bytes, file.bytesRead],
    [METRICS.bytesWritten, Bytes, file.bytesWritten],
    [METRICS.computeMs, Milliseconds, file.computeMs],
    [METRICS.publishMs, Milliseconds, file.publishMs],
    [METRICS.elapsedMs, Milliseconds, file.elapsedMs],
    [METRICS.peakMemoryMiB, Megabytes, file.peakMemoryMiB],
  ]
}
