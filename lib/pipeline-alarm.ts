/** An alarm. Its constructor requires an impact sentence and a section of the runbook. */
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { Pipeline } from './pipeline-props.ts'

/** A metric, its threshold and the meaning of crossing it. */
export interface AlarmProps {
  readonly metric: IMetric
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
  readonly pipeline: Pick<Pipeline, 'name' | 'runbookUrl'>
  readonly receiver: ITopic
}

export class PipelineAlarm extends Alarm {
  constructor(scope: Construct, id: string, { pipeline, receiver, ...props }: PipelineAlarmProps) {
    const [datapointsToAlarm, evaluationPeriods] = props.of ?? [1, 1]
    super(scope, id, {
      alarmName: `${pipeline.name}-${id}`,
      alarmDescription: descriptionOf(pipeline, props.impact, props.runbook),
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods,
      datapointsToAlarm,
      treatMissingData: props.missingData ?? TreatMissingData.NOT_BREACHING,
    })
    this.addAlarmAction(new SnsAction(receiver))
  }
}

/** @param section of the runbook */
export function descriptionOf({ runbookUrl }: Pick<Pipeline, 'runbookUrl'>, impact: string, section: string): string {
  return `${impact} What to do: ${runbookUrl}#${section}`
}
