/** Uploads a small known file on a schedule: if it is not enriched, the operator learns it before a user does. */
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { type Rule, Schedule } from 'aws-cdk-lib/aws-events'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { type Duration, Size } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import {
  CANARY_METRIC,
  CANARY_PREFIXES,
  CANARY_VARIABLES,
  METRIC_NAMESPACE,
  SERVICE_DIMENSION,
} from '../functions/shared/names.ts'
import { acknowledgeWildcard } from './enrichment-function.ts'
import { nagNameOf } from './nag-spelling.ts'
import type { Pipeline } from './pipeline-props.ts'
import { ScheduledFunction } from './scheduled-function.ts'
import { canaryWaitOf } from './visibility.ts'

export interface CanaryProps extends Pipeline {
  readonly every: Duration
  readonly bucket: IBucket
}

const MEMORY = Size.mebibytes(512)

export class Canary extends ScheduledFunction {
  readonly every: Duration
  readonly schedule: Rule
  readonly #service: string

  constructor(scope: Construct, id: string, props: CanaryProps) {
    const { every, settings, bucket } = props
    const { input, output } = CANARY_PREFIXES
    super(scope, id, {
      ...props,
      code: 'canary',
      memory: MEMORY,
      timeout: canaryWaitOf(props.maxWait),
      variables: {
        [CANARY_VARIABLES.bucket]: bucket.bucketName,
        [CANARY_VARIABLES.settings]: JSON.stringify(settings),
      },
      permissions: [
        { actions: ['s3:PutObject', 's3:DeleteObject'], resource: bucket.arnForObjects(`${input}*`) },
        { actions: ['s3:GetObject', 's3:DeleteObject'], resource: bucket.arnForObjects(`${output}*`) },
        { actions: ['s3:ListBucket'], resource: bucket.bucketArn },
      ],
      keys: [bucket.encryptionKey],
      errorsReason: 'An alarm reports missing successes; the event of the schedule contains nothing to keep.',
    })
    this.every = every
    this.#service = props.name
    for (const prefix of [input, output]) {
      acknowledgeWildcard(this.role, `${nagNameOf(bucket)}/${prefix}*`, 'Only the files of the canary.')
    }
    const reason = 'An alarm reports a canary that does not run; its event contains nothing to keep.'
    this.schedule = this.callOn('Schedule', Schedule.rate(every), reason)
  }

  /** Number of successful runs of the canary in each period. */
  succeeded(period: Duration): Metric {
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName: CANARY_METRIC,
      dimensionsMap: { [SERVICE_DIMENSION]: this.#service },
      period,
      statistic: 'Sum',
    })
  }
}
