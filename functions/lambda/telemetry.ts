/** What is said of each file: one line in the log and its numbers as metrics. */
import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { CODE_DIMENSION, METRIC_NAMESPACE, METRICS, OUTCOME_METRICS, WARNINGS_METRIC } from '../shared/names.ts'
import type { Outcome } from './outcome.ts'

/** What became of one file, or of a message that tells of none. */
export type FileRecord = {
  readonly requestId: string
  readonly bucket?: string | undefined
  readonly key?: string | undefined
} & (
  | Outcome
  | { readonly outcome: 'ignored'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly error: unknown; readonly retryInSeconds?: number | undefined }
)

export interface Telemetry {
  record(file: FileRecord): void
  /** To be called before the function answers, however it ends. */
  flush(): void
}

export function newTelemetry(): Telemetry {
  const logger = new Logger()
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE })
  return {
    record: (file) => {
      const { error, ...line } = { error: undefined, ...file }
      const message = `file ${file.outcome}`
      if (error !== undefined) logger.error(message, { ...line, error: toError(error) })
      else if (file.outcome === 'rejected') logger.error(message, line)
      else logger.info(message, line)
      for (const [name, unit, value] of measuresOf(file)) metrics.addMetric(name, unit, value)
      for (const { code } of file.outcome === 'enriched' ? file.quality.warnings : []) {
        // a metric with a dimension of its own is a record of its own
        metrics.singleMetric().addDimension(CODE_DIMENSION, code).addMetric(WARNINGS_METRIC, MetricUnit.Count, 1)
      }
    },
    flush: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
    },
  }
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

type Measure = [name: string, unit: (typeof MetricUnit)[keyof typeof MetricUnit], value: number]

export function measuresOf(file: FileRecord): Measure[] {
  const { Count, Bytes, Milliseconds, Megabytes } = MetricUnit
  const outcome: Measure = [OUTCOME_METRICS[file.outcome], Count, 1]
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
