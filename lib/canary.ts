/** A small known file, dropped again and again: if it does not come out, somebody is told before a user is. */
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Function as LambdaFunction, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Duration, Size, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { CANARY_VARIABLES } from '../functions/shared/names.ts'
import { bundledCode } from './bundle.ts'
import type { DropBucket } from './drop-bucket.ts'
import { acknowledgeWildcard, nagNameOf } from './enrichment-function.ts'
import type { Environment } from './environments.ts'

export interface CanaryProps extends Environment {
  readonly every: Duration
  readonly drops: DropBucket
  readonly deadLetters: Queue
  readonly inputPrefix: string
  readonly outputPrefix: string
}

/** Cold starts and a busy queue included. */
const TIMEOUT = Duration.minutes(2)

export class Canary extends Construct {
  readonly function: LambdaFunction

  constructor(scope: Construct, id: string, props: CanaryProps) {
    super(scope, id)
    const { every, drops, deadLetters, architecture, tracing, settings, removalPolicy } = props
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
      },
      role: this.#role(props, logGroup),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      // the next one comes soon enough
      retryAttempts: 0,
    })
    const target = new LambdaTarget(this.function, { deadLetterQueue: deadLetters, retryAttempts: 0 })
    new Rule(this, 'Schedule', { schedule: Schedule.rate(every), targets: [target] })
    const reason = 'Its errors are an alarm; an event of the schedule is not worth keeping.'
    const rules = ['LambdaDLQ', 'LambdaAsyncFailureDestination', ...(tracing ? [] : ['LambdaTracing'])]
    Validations.of(this.function).acknowledge(
      ...rules.map((rule) => ({ id: `Serverless::Serverless-${rule}`, reason })),
    )
  }

  #role({ drops, inputPrefix, outputPrefix, tracing }: CanaryProps, logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }))
    const { bucket } = drops
    allow(['s3:PutObject', 's3:DeleteObject'], bucket.arnForObjects(`${inputPrefix}canary/*`))
    allow(['s3:GetObject', 's3:DeleteObject'], bucket.arnForObjects(`${outputPrefix}canary/*`))
    allow(['s3:ListBucket'], bucket.bucketArn)
    for (const prefix of [inputPrefix, outputPrefix]) {
      acknowledgeWildcard(role, `${nagNameOf(bucket)}/${prefix}canary/*`, 'Only the files of the canary.')
    }
    if (tracing) acknowledgeWildcard(role, '*', 'X-Ray knows no resources to send traces to.')
    return role
  }
}
