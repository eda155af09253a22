/** Uploads a small known file again and again: if it does not come out, the operator knows before a user does. */
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Function as LambdaFunction, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Duration, Size, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import {
  CANARY_METRIC,
  CANARY_PREFIXES,
  CANARY_VARIABLES,
  METRIC_NAMESPACE,
  SERVICE_DIMENSION,
  SERVICE_VARIABLE,
} from '../functions/shared/names.ts'
import { bundledCode } from './bundle.ts'
import type { DropBucket } from './drop-bucket.ts'
import { acknowledgeWildcard, nagNameOf } from './enrichment-function.ts'
import type { Environment } from './environments.ts'

export interface CanaryProps extends Environment {
  readonly every: Duration
  readonly drops: DropBucket
}

/** Cold starts and a busy queue included. */
const TIMEOUT = Duration.minutes(2)

export class Canary extends Construct {
  readonly function: LambdaFunction
  readonly every: Duration

  constructor(scope: Construct, id: string, props: CanaryProps) {
    super(scope, id)
    this.every = props.every
    const { every, drops, architecture, tracing, settings, removalPolicy } = props
    const logGroup = new LogGroup(this, 'Log', { retention: props.logRetention.toDays(), removalPolicy })
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture,
      code: bundledCode('canary'),
      handler: 'index.handler',
      memorySize: Size.mebibytes(512).toMebibytes(),
      timeout: TIMEOUT,
      environment: {
        [CANARY_VARIABLES.bucket]: drops.bucket.bucketName,
        [CANARY_VARIABLES.settings]: JSON.stringify(settings),
        [SERVICE_VARIABLE]: Stack.of(this).stackName,
      },
      role: this.#role(props, logGroup),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      // the next one comes soon enough
      retryAttempts: 0,
    })
    const target = new LambdaTarget(this.function, { retryAttempts: 0 })
    const rule = new Rule(this, 'Schedule', { schedule: Schedule.rate(every), targets: [target] })
    Validations.of(rule).acknowledge({
      id: 'Serverless::Serverless-EventBusDLQ',
      reason: 'An alarm notices a canary that does not run; its event is not worth keeping.',
    })
    const reason = 'An alarm notices when it does not succeed; an event of the schedule is not worth keeping.'
    const rules = ['LambdaDLQ', 'LambdaAsyncFailureDestination', ...(tracing ? [] : ['LambdaTracing'])]
    Validations.of(this.function).acknowledge(
      ...rules.map((rule) => ({ id: `Serverless::Serverless-${rule}`, reason })),
    )
  }

  /** How many canaries succeeded in each period. */
  readonly succeeded = (period: Duration): Metric =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName: CANARY_METRIC,
      dimensionsMap: { [SERVICE_DIMENSION]: Stack.of(this).stackName },
      period,
      statistic: 'Sum',
    })

  #role({ drops, tracing }: CanaryProps, logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }))
    const { bucket } = drops
    const { input, output } = CANARY_PREFIXES
    allow(['s3:PutObject', 's3:DeleteObject'], bucket.arnForObjects(`${input}*`))
    allow(['s3:GetObject', 's3:DeleteObject'], bucket.arnForObjects(`${output}*`))
    allow(['s3:ListBucket'], bucket.bucketArn)
    for (const prefix of [input, output]) {
      acknowledgeWildcard(role, `${nagNameOf(bucket)}/${prefix}*`, 'Only the files of the canary.')
    }
    if (tracing) acknowledgeWildcard(role, '*', 'X-Ray knows no resources to send traces to.')
    return role
  }
}
