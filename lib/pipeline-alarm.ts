/** An alarm, which cannot be made without saying what it means and where it is written what to do. */
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { AlarmLinks } from './alarm-links.ts'
import type { Pipeline } from './pipeline-props.ts'

/** What is the trouble: too many of something, or too few. */
export interface AlarmProps {
  readonly metric: IMetric
  readonly threshold: number
  readonly comparison?: ComparisonOperator
  /** How many of how many periods must be over the threshold; one of one where it is not said. */
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
  readonly links: AlarmLinks
  readonly receiver: ITopic
}

export class PipelineAlarm extends Alarm {
  constructor(scope: Construct, id: string, { pipeline, links, receiver, ...props }: PipelineAlarmProps) {
    const [datapointsToAlarm, evaluationPeriods] = props.of ?? [1, 1]
    super(scope, id, {
      alarmName: `${pipeline.name}-${id}`,
      alarmDescription: links.describe(id, instructionOf(pipeline, props.impact, props.runbook)),
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
export function instructionOf({ runbookUrl }: Pick<Pipeline, 'runbookUrl'>, impact: string, section: string): string {
  return `${impact} What to do: ${runbookUrl}#${section}`
}
