/** An alarm. Its constructor requires an impact sentence and a section of the runbook. */
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { AlarmLinks } from './alarm-links.ts'
import type { AlarmTopics } from './alarm-topics.ts'
import type { Canary } from './canary.ts'
import type { FileMetrics } from './file-metrics.ts'
import type { Pipeline } from './pipeline-props.ts'
import type { Queues } from './queues.ts'
import type { SequenceQueues } from './sequence-queues.ts'

/** Period of the metrics, in alarms and on the dashboard. */
export const PERIOD = Duration.minutes(5)
/** Period of the metrics of audits, of which there is one a day. */
export const AUDIT_PERIOD = Duration.days(1)

/** What the alarms of a pipeline watch, and who receives them. */
export interface AlarmsProps extends Pipeline {
  readonly topics: AlarmTopics
  readonly queues: Queues
  readonly sequenceQueues: SequenceQueues | undefined
  readonly metrics: FileMetrics
  readonly logGroup: ILogGroup
  readonly audit: LambdaFunction
  readonly canary: Canary | undefined
}

/** A metric, its threshold and the meaning of crossing it. */
export interface AlarmProps {
  readonly metric: Metric
  /**
   * True: a period without data counts as 0 at once. For a metric of single events, and one period of which is enough to ring or
   * to end the alarm.
   */
  readonly isFilled?: boolean
  readonly threshold: number
  readonly comparison?: ComparisonOperator
  /** Number of periods that must cross the threshold, and number of periods evaluated; left out: one of one. */
  readonly of?: readonly [periods: number, evaluated: number]
  /** The meaning of a period without data: usually that nothing happened. */
  readonly missingData?: TreatMissingData
  /** The meaning for the people who wait for files. */
  readonly impact: string
  /** Its section in the runbook. */
  readonly runbook: string
}

export interface PipelineAlarmProps extends AlarmProps {
  readonly pipeline: Pick<Pipeline, 'name' | 'runbookUrl' | 'isEmulated'>
  readonly links: AlarmLinks
  readonly receiver: ITopic
}

export class PipelineAlarm extends Alarm {
  constructor(scope: Construct, id: string, { pipeline, links, receiver, ...props }: PipelineAlarmProps) {
    const [datapointsToAlarm, evaluationPeriods] = props.of ?? [1, 1]
    super(scope, id, {
      alarmName: `${pipeline.name}-${id}`,
      alarmDescription: links.describe(id, instructionOf(pipeline, props.impact, props.runbook)),
      // the emulator refuses alarms of expressions
      metric: props.isFilled && !pipeline.isEmulated ? filled(props.metric) : props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods,
      datapointsToAlarm,
      treatMissingData: props.missingData ?? TreatMissingData.NOT_BREACHING,
    })
    this.addAlarmAction(new SnsAction(receiver))
  }
}

/**
 * CloudWatch looks at more periods than an alarm evaluates, and fills one that is missing only if these have too few values:
 * without `FILL`, an alarm of one period was seen to ring, or to end, after three or four.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
function filled(metric: Metric): IMetric {
  return new MathExpression({ expression: 'FILL(m, 0)', usingMetrics: { m: metric }, period: metric.period })
}

/** @param section of the runbook */
export function instructionOf({ runbookUrl }: Pick<Pipeline, 'runbookUrl'>, impact: string, section: string): string {
  return `${impact} What to do: ${runbookUrl}#${section}`
}
