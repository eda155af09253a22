/** What somebody is told of. An alarm cannot be made without saying what it means and where it is written what to do. */
import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Duration, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { Environment } from './environments.ts'
import type { FileMetrics } from './file-metrics.ts'
import type { Queues } from './queues.ts'

export interface AlarmsProps
  extends Pick<
    Environment,
    'auditRepairs' | 'alarmEmail' | 'maxWait' | 'maxSilence' | 'timeout' | 'memory' | 'isEmulated'
  > {
  readonly queues: Queues
  readonly metrics: FileMetrics
  readonly audit: LambdaFunction
  readonly canary: LambdaFunction | undefined
}

interface AlarmProps {
  readonly metric: IMetric
  readonly threshold: number
  readonly comparison?: ComparisonOperator
  /** Data points in a row that it takes; 1 if not said. */
  readonly inARow?: number
  /** What it is that no data arrive: usually that nothing happened. */
  readonly missingData?: TreatMissingData
  /** What it means for the people who wait for files. */
  readonly impact: string
  /** Its section in the runbook. */
  readonly runbook: string
}

const RUNBOOK = 'docs/runbook.md'
const PERIOD = Duration.minutes(5)

export class Alarms extends Construct {
  readonly topic: Topic
  readonly all: Alarm[] = []

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    const { queues, metrics, alarmEmail, timeout, memory, maxWait, maxSilence, isEmulated } = props
    this.topic = new Topic(this, 'Topic', { enforceSSL: true, displayName: Stack.of(this).stackName })
    if (alarmEmail !== undefined) this.topic.addSubscription(new EmailSubscription(alarmEmail))

    const deadLetters = this.#add('DeadLetters', {
      // only those that can be seen: one that somebody is looking at is being looked after
      metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' }),
      threshold: 1,
      impact: 'A file failed for hours, or its outcome could not be reported. Nothing will happen to it by itself.',
      runbook: 'dead-letters',
    })
    const waiting = this.#add('OldestMessage', {
      metric: queues.arrivals.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
      threshold: maxWait.toSeconds(),
      impact: `A dropped file has waited for more than ${maxWait.toMinutes()} minutes: enriched files come late.`,
      runbook: 'oldest-message',
    })
    const errors = this.#add('Errors', {
      metric: metrics.function.metricErrors({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      impact: 'An invocation ended with an error of the function itself: its file is tried again.',
      runbook: 'errors',
    })
    this.#add('Refused', {
      metric: metrics.outcome('refused', PERIOD),
      threshold: 1,
      impact: 'A file cannot be enriched as it is. A report beside the enriched files says why and what to do.',
      runbook: 'refused-files',
    })
    this.#add('Throttles', {
      metric: metrics.function.metricThrottles({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      impact:
        'Lambda refuses invocations: files wait, and a message that is throttled for hours becomes a dead letter.',
      runbook: 'throttles',
    })
    this.#add('Duration', {
      metric: metrics.function.metricDuration({ period: PERIOD, statistic: 'Maximum' }),
      threshold: 0.8 * timeout.toMilliseconds(),
      impact: 'A file took more than 80 % of the time that one may take: a larger one will be given up.',
      runbook: 'duration',
    })
    this.#add('Unsuccessful', {
      metric: metrics.unsuccessful(PERIOD),
      threshold: 1,
      impact: 'Lambda ended an invocation, by time, memory or crash: its file is tried again and then given up.',
      runbook: 'unsuccessful-invocations',
    })
    this.#add('OutOfMemory', {
      metric: metrics.outOfMemory(PERIOD),
      threshold: 1,
      impact: 'The function was killed for its memory: the file will not get through without more.',
      runbook: 'out-of-memory',
    })
    this.#add('Memory', {
      metric: metrics.memoryUsedMB(PERIOD),
      threshold: 0.85 * memory.toMebibytes(),
      impact: 'An invocation used more than 85 % of the memory: a larger file may be refused or killed.',
      runbook: 'memory',
    })
    this.#add('Recursion', {
      metric: metrics.recursionsDropped(PERIOD),
      threshold: 1,
      impact: 'Lambda stopped a loop: an output seems to be taken for an input, and files are not enriched.',
      runbook: 'recursion',
    })
    if (maxSilence !== undefined) {
      this.#add('Silence', {
        metric: metrics.outcome('enriched', maxSilence),
        threshold: 1,
        comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
        missingData: TreatMissingData.BREACHING,
        impact: `No file was enriched for ${maxSilence.toHumanString()}: whoever drops them may have stopped.`,
        runbook: 'silence',
      })
    }
    this.#add('AuditFailed', {
      metric: props.audit.metricErrors({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      impact: 'An audit of the bucket ended with an error: files that got lost are not found.',
      runbook: 'audit',
    })
    // the emulator refuses alarms about sums
    if (!isEmulated) this.#addAudit(metrics, props.auditRepairs ?? true)
    const canary = props.canary && this.#addCanary(props.canary)
    if (!isEmulated) this.#addComposite([deadLetters, waiting, errors, ...(canary ? [canary] : [])])
  }

  /** What one audit found was repaired by the time of the next one, or something is in the way. */
  #addAudit(metrics: FileMetrics, isRepaired: boolean): void {
    this.#add('Audit', {
      metric: metrics.unsettled(Duration.days(1)),
      threshold: 1,
      inARow: isRepaired ? 2 : 1,
      impact: 'Inputs have no enriched file or an outdated one, and looking at them again did not help.',
      runbook: 'audit',
    })
    this.#add('AuditIncomplete', {
      metric: metrics.audit('incomplete', Duration.days(1)),
      threshold: 1,
      impact: 'An audit did not come to the end of the bucket: files that got lost behind that place are not found.',
      runbook: 'audit',
    })
  }

  #addCanary(canary: LambdaFunction): Alarm {
    return this.#add('Canary', {
      metric: canary.metricErrors({ period: PERIOD, statistic: 'Sum' }),
      threshold: 1,
      impact: 'A known small file was dropped and did not come out, or not as it should: nor will others.',
      runbook: 'canary',
    })
  }

  #add(id: string, { metric, threshold, comparison, inARow = 1, missingData, impact, runbook }: AlarmProps): Alarm {
    const alarm = new Alarm(this, id, {
      alarmName: `${Stack.of(this).stackName}-${id}`,
      alarmDescription: `${impact} What to do: ${RUNBOOK}#${runbook}`,
      metric,
      threshold,
      comparisonOperator: comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: inARow,
      datapointsToAlarm: inARow,
      treatMissingData: missingData ?? TreatMissingData.NOT_BREACHING,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
    alarm.addOkAction(new SnsAction(this.topic))
    this.all.push(alarm)
    return alarm
  }

  /** The one to be woken by. */
  #addComposite(alarms: readonly Alarm[]): void {
    const composite = new CompositeAlarm(this, 'NotEnriching', {
      compositeAlarmName: `${Stack.of(this).stackName}-NotEnriching`,
      alarmDescription: `Files are not being enriched. What to do: ${RUNBOOK}#files-are-not-being-enriched`,
      alarmRule: AlarmRule.anyOf(...alarms.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
    })
    composite.addAlarmAction(new SnsAction(this.topic))
    composite.addOkAction(new SnsAction(this.topic))
  }
}
