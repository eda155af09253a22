/** The function, what it may do, and what it is told. */
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Function as LambdaFunction, LoggingFormat, Runtime, SystemLogLevel, Tracing } from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { type CfnElement, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { FUNCTION_VARIABLES, SERVICE_VARIABLE } from '../functions/shared/names.ts'
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
  readonly logGroup: LogGroup

  constructor(scope: Construct, id: string, props: EnrichmentFunctionProps) {
    super(scope, id)
    this.logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention.toDays(),
      removalPolicy: props.removalPolicy,
    })
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: props.architecture,
      code: bundledCode('lambda'),
      handler: 'index.handler',
      memorySize: props.memory.toMebibytes(),
      timeout: props.timeout,
      environment: { ...variables(props), [SERVICE_VARIABLE]: Stack.of(this).stackName },
      role: this.#role(props),
      logGroup: this.logGroup,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      // INFO has a report of every invocation: how it ended, how long it took, how much memory
      systemLogLevelV2: SystemLogLevel.INFO,
    })
    Validations.of(this.function).acknowledge(
      {
        id: 'Serverless::Serverless-LambdaDLQ',
        reason: 'It is called by the queue, which has a dead-letter queue of its own.',
      },
      {
        id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
        reason: 'A source of type SQS has none: what fails goes to the dead-letter queue of the queue.',
      },
    )
    if (!props.tracing) {
      const reason = 'Switched off for this environment.'
      Validations.of(this.function).acknowledge({ id: 'Serverless::Serverless-LambdaTracing', reason })
    }
    this.function.addEventSource(
      new SqsEventSource(props.queues.arrivals, {
        batchSize: 1,
        maxConcurrency: props.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    )
  }

  #role(props: EnrichmentFunctionProps): Role {
    const { drops, queues, inputPrefix, outputPrefix, failurePrefix, settings } = props
    const { bucket } = drops
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    this.logGroup.grantWrite(role)
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }))
    const allowUnder = (prefix: string, actions: string[]) => {
      allow(actions, bucket.arnForObjects(`${prefix}*`))
      acknowledgeWildcard(role, `${nagNameOf(bucket)}/${prefix}*`, 'What is dropped is called as people like.')
    }
    allowUnder(inputPrefix, ['s3:GetObject', 's3:GetObjectVersion'])
    allowUnder(outputPrefix, ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'])
    allowUnder(failurePrefix, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'])
    if (settings.chartPrefix !== undefined) allowUnder(settings.chartPrefix, ['s3:GetObject', 's3:PutObject'])
    // without it S3 says of an object that is not there that access is denied
    allow(['s3:ListBucket'], bucket.bucketArn)
    allow(['sqs:SendMessage'], queues.deadLetters.queueArn)
    if (settings.eventBus !== undefined) {
      const bus = { service: 'events', resource: 'event-bus', resourceName: settings.eventBus }
      allow(['events:PutEvents'], Stack.of(this).formatArn(bus))
    }
    if (props.tracing) acknowledgeWildcard(role, '*', 'X-Ray knows no resources to send traces to.')
    return role
  }
}

export function acknowledgeWildcard(role: Role, resource: string, reason: string): void {
  Validations.of(role).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason })
}

/** How cdk-nag spells the ARN of a bucket. */
export function nagNameOf(bucket: IBucket): string {
  const resource = bucket.node.defaultChild
  if (resource) return `<${Stack.of(bucket).getLogicalId(resource as CfnElement)}.Arn>`
  return `arn:<AWS::Partition>:s3:::${bucket.bucketName}`
}

function variables({ settings, queues }: EnrichmentFunctionProps): Record<string, string> {
  return {
    [FUNCTION_VARIABLES.settings]: JSON.stringify(settings),
    [FUNCTION_VARIABLES.arrivalsQueueUrl]: queues.arrivals.queueUrl,
    [FUNCTION_VARIABLES.deadLetterQueueUrl]: queues.deadLetters.queueUrl,
  }
}
