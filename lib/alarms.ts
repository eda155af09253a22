/**
 * The alarms, in two severities. A page means that files are not being enriched; only the operator is notified of it. A
 * ticket means that an operator should look in office hours. Each alarm needs an impact sentence and a section of the
 * runbook. docs/runbook.md lists the alarm that each failure raises.
 */
import {
  type Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import { Duration } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { AlarmLinks } from './alarm-links.ts'
import type { AlarmTopics } from './alarm-topics.ts'
import type { Canary } from './canary.ts'
import type { FileMetrics } from './file-metrics.ts'
import { type AlarmProps, instructionOf, PipelineAlarm } from './pipeline-alarm.ts'
import type { Pipeline } from './pipeline-props.ts'
import type { Queues } from './queues.ts'
import type { SequenceQueues } from './sequence-queues.ts'

export interface AlarmsProps extends Pipeline {
  readonly topics: AlarmTopics
  readonly queues: Queues
  readonly sequenceQueues: SequenceQueues | undefined
  readonly metrics: FileMetrics
  readonly logGroup: ILogGroup
  readonly audit: LambdaFunction
  readonly canary: Canary | undefined
}

/** Period of the metrics, in alarms and on the dashboard. */
export const PERIOD = Duration.minutes(5)
/** Period of the metrics of audits, of which there is one a day. */
export const AUDIT_PERIOD = Duration.days(1)
/** The next daily audit sends a key again that still waits. */
const REPAIR_WAIT = Duration.days(1)
const { LESS_THAN_THRESHOLD } = ComparisonOperator

/**
 * Periods without data count as 0 at once. CloudWatch looks at more periods than an alarm evaluates, and fills one that is missing
 * only if these have too few values: without `FILL`, an alarm of one period was seen to ring after three or four.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
function filled(metric: IMetric, period: Duration): MathExpression {
  return new MathExpression({ expression: 'FILL(m, 0)', usingMetrics: { m: metric }, period })
}

export class Alarms extends Construct {
  readonly #pipeline: Pipeline
  readonly #topics: AlarmTopics
  readonly #links: AlarmLinks

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.#pipeline = props
    this.#topics = props.topics
    const { name, queues, logGroup, audit, canary } = props
    this.#links = new AlarmLinks(this, {
      name,
      deadLettersName: queues.deadLettersName,
      logs: { enrichment: logGroup, audit: audit.logGroup, ...(canary && { canary: canary.function.logGroup }) },
    })
    const { sequenceQueues } = props
    const pages = [
      ...this.#pages(props),
      ...(props.canary ? this.#canaryPages(props.canary) : []),
      ...(sequenceQueues ? this.#sequencePages(sequenceQueues, props) : []),
    ]
    this.#tickets(props)
    this.#auditTickets(props)
    if (!props.isEmulated) this.#summary(pages)
  }

  #pages({ queues, metrics, maxWait, maxSilence }: AlarmsProps): Alarm[] {
    return [
      this.#page('DeadLetters', {
        // only visible messages: an operator who has received a message is already working on it
        metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' }),
        threshold: 1,
        impact: 'A file failed for hours, or its outcome could not be reported. It waits until an operator acts.',
        runbook: 'dead-letters',
      }),
      this.#page('Failing', {
        metric: metrics.outcome('failed', PERIOD),
        threshold: 1,
        // a single failure is retried; an incident lasts longer than one period
        of: [3, 6],
        impact: 'Files have been failing for 15 minutes or more. They are retried for hours, then given up.',
        runbook: 'failing-files',
      }),
      this.#page('OldestMessage', {
        metric: queues.arrivals.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
        threshold: maxWait.toSeconds(),
        impact: `An uploaded file has waited for more than ${maxWait.toHumanString()}. Enriched files are late.`,
        runbook: 'oldest-message',
      }),
      this.#page('Errors', {
        metric: metrics.function.metricErrors({ period: PERIOD, statistic: 'Sum' }),
        threshold: 1,
        of: [3, 6],
        impact: 'Invocations have been ending with an error of the function itself for 15 minutes or more.',
        runbook: 'errors',
      }),
      this.#page('Recursion', {
        metric: metrics.recursionsDropped(PERIOD),
        threshold: 1,
        impact: 'Lambda stopped a loop: the function probably reads an output as an input. Files are not enriched.',
        runbook: 'recursion',
      }),
      ...(maxSilence === undefined
        ? []
        : [
            this.#page('Silence', {
              metric: filled(metrics.outcome('enriched', maxSilence), maxSilence),
              threshold: 1,
              comparison: LESS_THAN_THRESHOLD,
              missingData: TreatMissingData.BREACHING,
              impact: `No file was enriched for ${maxSilence.toHumanString()}. The uploads may have stopped.`,
              runbook: 'silence',
            }),
          ]),
    ]
  }

  #canaryPages(canary: Canary): Alarm[] {
    return [
      this.#page('Canary', {
        metric: filled(canary.succeeded(canary.every), canary.every),
        threshold: 1,
        comparison: LESS_THAN_THRESHOLD,
        // a deployment may disturb one run, after which the next success may come some seconds later than two intervals; a canary
        // that does not run has no data, like one that fails
        of: [3, 3],
        missingData: TreatMissingData.BREACHING,
        impact:
          "Three times in a row the canary's file was missing or wrong, or the canary did not run. Other files may fail too.",
        runbook: 'canary',
      }),
    ]
  }

  #sequencePages({ sequences, failed }: SequenceQueues, { maxWait }: AlarmsProps): Alarm[] {
    return [
      this.#page('SequenceStuck', {
        metric: sequences.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
        threshold: maxWait.toSeconds(),
        impact: `A sequence has not advanced for more than ${maxWait.toHumanString()}. The files after the one it waits for are late.`,
        runbook: 'sequence-stuck',
      }),
      this.#page('SequenceFailed', {
        metric: failed.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' }),
        threshold: 1,
        impact: 'A sequence could not be advanced in ten attempts. Its later files do not continue the earlier ones.',
        runbook: 'sequence-failed',
      }),
    ]
  }

  #tickets({ queues, metrics, timeout, memory }: AlarmsProps): void {
    this.#ticket('Refused', {
      metric: metrics.outcome('refused', PERIOD),
      threshold: 1,
      impact: 'A file cannot be enriched as it is. Its report states the reason and the remedy.',
      runbook: 'refused-files',
    })
    this.#ticket('Throttles', {
      metric: metrics.function.metricThrottles({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      of: [3, 6],
      impact: 'Lambda has been refusing invocations for 15 minutes or more. Files wait in the queue.',
      runbook: 'throttles',
    })
    this.#ticket('Duration', {
      metric: metrics.function.metricDuration({ period: PERIOD, statistic: 'Maximum' }),
      threshold: 0.8 * timeout.toMilliseconds(),
      impact: "A file took more than 80 % of the function's timeout. A larger file would be reported as too slow.",
      runbook: 'duration',
    })
    this.#ticket('Unsuccessful', {
      metric: metrics.unsuccessful(PERIOD),
      threshold: 1,
      impact: 'An invocation timed out, ran out of memory or crashed. Its file is retried for hours, then given up.',
      runbook: 'unsuccessful-invocations',
    })
    this.#ticket('OutOfMemory', {
      metric: metrics.outOfMemory(PERIOD),
      threshold: 1,
      impact: 'The function ran out of memory. The file cannot be enriched until the function has more memory.',
      runbook: 'out-of-memory',
    })
    this.#ticket('Memory', {
      // measured for each file; Lambda reports the maximum of an execution environment over all its files
      metric: metrics.of('peakMemoryMiB', { period: PERIOD, statistic: 'Maximum' }),
      threshold: 0.85 * memory.toMebibytes(),
      impact: 'A file used more than 85 % of the memory. A larger file may be refused, or may end the invocation.',
      runbook: 'memory',
    })
    this.#ticket('OldestRepair', {
      metric: queues.repairs.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
      threshold: REPAIR_WAIT.toSeconds(),
      impact: `A key has waited for its repair for more than ${REPAIR_WAIT.toHours()} hours. New files do not wait for it.`,
      runbook: 'oldest-repair',
    })
    this.#ticket('SecondaryFailed', {
      metric: metrics.secondaryFailed(PERIOD),
      threshold: 1,
      of: [3, 6],
      impact: 'A chart or a file of removed rows cannot be written. The enriched file itself is published.',
      runbook: 'secondary-failed',
    })
  }

  #auditTickets({ metrics, audit, auditRepairs }: AlarmsProps): void {
    this.#ticket('AuditFailed', {
      metric: audit.metricErrors({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      impact: 'An audit of the bucket ended with an error. Lost files are not found.',
      runbook: 'audit',
    })
    this.#ticket('AuditIncomplete', {
      metric: metrics.audit('incomplete', AUDIT_PERIOD),
      threshold: 1,
      impact: 'An audit did not reach the end of the bucket. Lost files after that key are not found.',
      runbook: 'audit',
    })
    this.#ticket('Audit', {
      metric: metrics.audit('unsettled', AUDIT_PERIOD),
      threshold: 1,
      // the repairs of one audit are done before the next one; a second finding means that repair does not work
      of: auditRepairs ? [2, 2] : [1, 1],
      impact:
        'Inputs have no enriched file, an outdated one or a wrong report, and sending them for repair did not help.',
      runbook: 'audit',
    })
  }

  get #common() {
    return { pipeline: this.#pipeline, links: this.#links }
  }

  #page(id: string, props: AlarmProps): Alarm {
    return new PipelineAlarm(this, id, { ...props, ...this.#common, receiver: this.#topics.page })
  }

  #ticket(id: string, props: AlarmProps): void {
    new PipelineAlarm(this, id, { ...props, ...this.#common, receiver: this.#topics.ticket })
  }

  /**
   * Combines all pages into one alarm. Only this alarm also notifies on recovery: a single failure starts and ends within
   * a period, and two mails for each would be noise.
   */
  #summary(pages: readonly Alarm[]): void {
    const what = instructionOf(this.#pipeline, 'Files are not being enriched.', 'files-are-not-being-enriched')
    const summary = new CompositeAlarm(this, 'NotEnriching', {
      compositeAlarmName: `${this.#pipeline.name}-NotEnriching`,
      alarmDescription: this.#links.describe('NotEnriching', what),
      alarmRule: AlarmRule.anyOf(...pages.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    })
    summary.addOkAction(new SnsAction(this.#topics.page))
  }
}
