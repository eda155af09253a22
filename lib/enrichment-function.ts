/** The function, what it may do, and what it is told. */
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { FUNCTION_VARIABLES } from '../functions/shared/names.ts'
import { bundledCode } from './bundle.ts'
import type { DropBucket } from './drop-bucket.ts'
import type { Environment } from './environments.ts'
import type { FailureQueues } from './failure-queues.ts'

export interface EnrichmentFunctionProps extends Environment {
  readonly inputPrefix: string
  readonly outputPrefix: string
  readonly failurePrefix: string
  readonly drops: DropBucket
  readonly queues: FailureQueues
}

export class EnrichmentFunction extends Construct {
  readonly function: LambdaFunction

  constructor(scope: Construct, id: string, props: EnrichmentFunctionProps) {
    super(scope, id)
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention.toDays(),
      removalPolicy: props.removalPolicy,
    })
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: bundledCode(),
      handler: 'index.handler',
      memorySize: props.memory.toMebibytes(),
      timeout: props.timeout,
      environment: variables(props),
      role: this.#role(props, logGroup),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // INFO has a report of every invocation: how it ended, how long it took, how much memory
      systemLogLevelV2: SystemLogLevel.INFO,
    })
    this.function.addEventSource(
      new SqsEventSource(props.queues.arrivals, {
        batchSize: 1,
        maxConcurrency: props.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    )
  }

  #role(
    { drops, queues, inputPrefix, outputPrefix, failurePrefix, settings }: EnrichmentFunctionProps,
    logGroup: LogGroup,
  ): Role {
    const { bucket } = drops
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }))
    allow(['s3:GetObject', 's3:GetObjectVersion'], bucket.arnForObjects(`${inputPrefix}*`))
    allow(['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], bucket.arnForObjects(`${outputPrefix}*`))
    allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], bucket.arnForObjects(`${failurePrefix}*`))
    // without it S3 says of an object that is not there that access is denied
    allow(['s3:ListBucket'], bucket.bucketArn)
    queues.deadLetters.grantSendMessages(role)
    if (settings.eventBus !== undefined) {
      allow(
        ['events:PutEvents'],
        Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: settings.eventBus }),
      )
    }
    return role
  }
}

function variables({ settings, queues }: EnrichmentFunctionProps): Record<string, string> {
  return {
    [FUNCTION_VARIABLES.settings]: JSON.stringify(settings),
    [FUNCTION_VARIABLES.arrivalsQueueUrl]: queues.arrivals.queueUrl,
    [FUNCTION_VARIABLES.deadLetterQueueUrl]: queues.deadLetters.queueUrl,
  }
}
