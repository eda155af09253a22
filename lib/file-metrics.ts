/** The metrics of one deployment: the function publishes those of files, Lambda those of the function. */
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs'
import type { Duration } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import {
  AUDIT_METRICS,
  CODE_DIMENSION,
  IGNORED_METRIC,
  METRIC_NAMESPACE,
  METRICS,
  OUTCOME_METRICS,
  PLATFORM_METRICS,
  SECONDARY_FAILED_METRIC,
  SEQUENCE_METRICS,
  SERVICE_DIMENSION,
  WARNINGS_METRIC,
} from '../functions/shared/names.ts'

export interface FileMetricsProps {
  readonly function: LambdaFunction
  readonly logGroup: ILogGroup
  /** Value of the dimension that distinguishes deployments. */
  readonly service: string
}

/** Selects Lambda's report of an invocation in the JSON log. Names and paths: the developer guide, "Telemetry API". */
const REPORT = '$.type = "platform.report"'

export class FileMetrics extends Construct {
  readonly function: LambdaFunction
  readonly #service: string
  readonly #unsuccessful: MetricFilter
  readonly #outOfMemory: MetricFilter
  readonly #memoryUsed: MetricFilter

  constructor(scope: Construct, id: string, { function: lambda, logGroup, service }: FileMetricsProps) {
    super(scope, id)
    this.function = lambda
    this.#service = service
    // a metric filter needs a field of the log for each dimension, so here the metric's name distinguishes deployments
    const filter = (name: string, pattern: string, metricValue: string) =>
      new MetricFilter(this, name, {
        logGroup,
        filterPattern: FilterPattern.literal(`{ ${REPORT} && ${pattern} }`),
        metricNamespace: METRIC_NAMESPACE,
        metricName: `${service}-${name}`,
        metricValue,
      })
    this.#unsuccessful = filter(PLATFORM_METRICS.unsuccessful, '$.record.status != "success"', '1')
    this.#outOfMemory = filter(PLATFORM_METRICS.outOfMemory, '$.record.errorType = "Runtime.OutOfMemory"', '1')
    const used = '$.record.metrics.maxMemoryUsedMB'
    this.#memoryUsed = filter(PLATFORM_METRICS.memoryUsedMB, `${used} > 0`, used)
  }

  outcome(outcome: keyof typeof OUTCOME_METRICS, period: Duration): Metric {
    return this.#own(OUTCOME_METRICS[outcome], { period, statistic: 'Sum' })
  }

  secondaryFailed(period: Duration): Metric {
    return this.#own(SECONDARY_FAILED_METRIC, { period, statistic: 'Sum' })
  }

  of(metric: keyof typeof METRICS, options: MetricOptions): Metric {
    return this.#own(METRICS[metric], options)
  }

  /** The most of one delivery about a sequence, or of one audit. */
  sequences(metric: keyof typeof SEQUENCE_METRICS, period: Duration): Metric {
    return this.#own(SEQUENCE_METRICS[metric], { period, statistic: 'Maximum' })
  }

  warnings(code: string, period: Duration): Metric {
    return this.#byCode(WARNINGS_METRIC, code, period)
  }

  ignored(code: string, period: Duration): Metric {
    return this.#byCode(IGNORED_METRIC, code, period)
  }

  #byCode(metricName: string, code: string, period: Duration): Metric {
    const dimensionsMap = { [SERVICE_DIMENSION]: this.#service, [CODE_DIMENSION]: code }
    return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, label: code, period, statistic: 'Sum' })
  }

  /** @returns the maximum over the audits in the period */
  audit(metric: keyof typeof AUDIT_METRICS, period: Duration): Metric {
    return this.#own(AUDIT_METRICS[metric], { period, statistic: 'Maximum' })
  }

  #own(metricName: string, options: MetricOptions): Metric {
    const dimensionsMap = { [SERVICE_DIMENSION]: this.#service }
    return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, ...options })
  }

  unsuccessful(period: Duration): Metric {
    return this.#unsuccessful.metric({ period, statistic: 'Sum' })
  }

  outOfMemory(period: Duration): Metric {
    return this.#outOfMemory.metric({ period, statistic: 'Sum' })
  }

  memoryUsedMB(period: Duration): Metric {
    return this.#memoryUsed.metric({ period, statistic: 'Maximum' })
  }

  recursionsDropped(period: Duration): Metric {
    return this.function.metric('RecursiveInvocationsDropped', { period, statistic: 'Sum' })
  }
}
