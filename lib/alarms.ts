/**
 * When an operator is told. Two severities: a page means that files are not being enriched and nobody else will notice; a
 * ticket means that somebody should look in office hours. An alarm cannot be made without saying what it means and where it
 * is written what to do. docs/runbook.md has the table of which failure raises which alarm.
 */
import {
  type Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
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

export interface AlarmsProps extends Pipeline {
  readonly topics: AlarmTopics
  readonly queues: Queues
  readonly metrics: FileMetrics
  readonly logGroup: ILogGroup
  readonly audit: LambdaFunction
  readonly canary: Canary | undefined
}

const PERIOD = Duration.minutes(5)
const AUDIT_PERIOD = Duration.days(1)
/** The next daily audit sends a key again that still waits. */
const REPAIR_WAIT = Duration.days(1)
const { LESS_THAN_THRESHOLD } = ComparisonOperator

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
    const pages = [...this.#pages(props), ...(props.canary ? this.#canaryPages(props.canary) : [])]
    this.#tickets(props)
    this.#auditTickets(props)
    if (!props.isEmulated) this.#summary(pages)
  }

  #pages({ queues, metrics, maxWait, maxSilence }: AlarmsProps): Alarm[] {
    return [
      this.#page('DeadLetters', {
        // only those that can be seen: one that somebody is looking at is being looked after
        metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' }),
        threshold: 1,
        impact: 'A file failed for hours, or its outcome could not be reported. Nothing will happen to it by itself.',
        runbook: 'dead-letters',
      }),
      this.#page('Failing', {
        metric: metrics.outcome('failed', PERIOD),
        threshold: 1,
        // one failure is tried again; an incident goes on
        of: [3, 6],
        impact: 'Files have been failing for 15 minutes or more. They are tried again for hours, and then given up.',
        runbook: 'failing-files',
      }),
      this.#page('OldestMessage', {
        metric: queues.arrivals.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
        threshold: maxWait.toSeconds(),
        impact: `An uploaded file has waited for more than ${maxWait.toHumanString()}: enriched files come late.`,
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
        impact: 'Lambda stopped a loop: an output seems to be read as an input, and files are not enriched.',
        runbook: 'recursion',
      }),
      ...(maxSilence === undefined
        ? []
        : [
            this.#page('Silence', {
              metric: metrics.outcome('enriched', maxSilence),
              threshold: 1,
              comparison: LESS_THAN_THRESHOLD,
              missingData: TreatMissingData.BREACHING,
              impact: `No file was enriched for ${maxSilence.toHumanString()}: whoever uploads them may have stopped.`,
              runbook: 'silence',
            }),
          ]),
    ]
  }

  #canaryPages(canary: Canary): Alarm[] {
    return [
      this.#page('Canary', {
        metric: canary.succeeded(canary.every),
        threshold: 1,
        comparison: LESS_THAN_THRESHOLD,
        // one run may meet a deployment; a canary that does not run at all is as silent as one that fails
        of: [2, 2],
        missingData: TreatMissingData.BREACHING,
        impact:
          'A known small file did not come out as it should twice, or the canary did not run: nor may other files.',
        runbook: 'canary',
      }),
    ]
  }

  #tickets({ queues, metrics, timeout, memory }: AlarmsProps): void {
    this.#ticket('Refused', {
      metric: metrics.outcome('refused', PERIOD),
      threshold: 1,
      impact: 'A file cannot be enriched as it is. Its report says why and what to do.',
      runbook: 'refused-files',
    })
    this.#ticket('Throttles', {
      metric: metrics.function.metricThrottles({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      of: [3, 6],
      impact: 'Lambda has been refusing invocations for 15 minutes or more: files wait.',
      runbook: 'throttles',
    })
    this.#ticket('Duration', {
      metric: metrics.function.metricDuration({ period: PERIOD, statistic: 'Maximum' }),
      threshold: 0.8 * timeout.toMilliseconds(),
      impact: "A file took more than 80 % of the function's timeout: a larger one will be reported as too slow.",
      runbook: 'duration',
    })
    this.#ticket('Unsuccessful', {
      metric: metrics.unsuccessful(PERIOD),
      threshold: 1,
      impact:
        'Lambda ended an invocation, by time, memory or a crash. Its file is tried again for hours, then given up.',
      runbook: 'unsuccessful-invocations',
    })
    this.#ticket('OutOfMemory', {
      metric: metrics.outOfMemory(PERIOD),
      threshold: 1,
      impact: 'The function was killed for its memory. The file will not get through without more.',
      runbook: 'out-of-memory',
    })
    this.#ticket('Memory', {
      // of each file; what Lambda reports is the most that an execution environment has ever used
      metric: metrics.of('peakMemoryMiB', { period: PERIOD, statistic: 'Maximum' }),
      threshold: 0.85 * memory.toMebibytes(),
      impact: 'A file used more than 85 % of the memory. A larger file may be refused or killed.',
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
      impact: 'An audit of the bucket ended with an error: files that got lost are not found.',
      runbook: 'audit',
    })
    this.#ticket('AuditIncomplete', {
      metric: metrics.audit('incomplete', AUDIT_PERIOD),
      threshold: 1,
      impact: 'An audit did not come to the end of the bucket: files that got lost behind that place are not found.',
      runbook: 'audit',
    })
    this.#ticket('Audit', {
      metric: metrics.audit('unsettled', AUDIT_PERIOD),
      threshold: 1,
      // what one audit found was repaired by the time of the next one, or something is in the way
      of: auditRepairs ? [2, 2] : [1, 1],
      impact:
        'Inputs have no enriched file, an outdated one or a wrong report, and looking at them again did not help.',
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
   * Whether files are being enriched, in one place. The only alarm that says when it is over: a single failure comes and goes
   * within a period, and a mail for each way would be noise.
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
