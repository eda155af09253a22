/** Enriches what lies in the bucket already: every key under a prefix goes to the same function, side by side. */
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import {
  DefinitionBody,
  DistributedMap,
  JsonPath,
  LogLevel,
  ResultWriterV2,
  S3ObjectsItemReader,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions'
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks'
import { type CfnElement, Duration, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct, type IConstruct } from 'constructs'
import { BACKFILL_RESULTS_PREFIX } from '../functions/shared/names.ts'
import type { DropBucket } from './drop-bucket.ts'
import type { Environment } from './environments.ts'

export interface BackfillProps
  extends Pick<Environment, 'maxConcurrency' | 'logRetention' | 'removalPolicy' | 'tracing'> {
  readonly drops: DropBucket
  readonly function: LambdaFunction
}

/** A few files that cannot be enriched must not end the run: each has its report. */
const TOLERATED_FAILURE_PERCENTAGE = 10

export class Backfill extends Construct {
  readonly stateMachine: StateMachine

  constructor(scope: Construct, id: string, props: BackfillProps) {
    super(scope, id)
    const { bucket } = props.drops
    const files = new DistributedMap(this, 'Files', {
      itemReader: new S3ObjectsItemReader({ bucket, prefix: JsonPath.stringAt('$.prefix') }),
      itemSelector: { bucket: bucket.bucketName, key: JsonPath.stringAt('$$.Map.Item.Value.Key') },
      maxConcurrency: props.maxConcurrency,
      toleratedFailurePercentage: TOLERATED_FAILURE_PERCENTAGE,
      resultWriterV2: new ResultWriterV2({ bucket, prefix: BACKFILL_RESULTS_PREFIX }),
    })
    const enrich = new LambdaInvoke(this, 'Enrich', {
      lambdaFunction: props.function,
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
    })
    enrich.addRetry({ interval: Duration.seconds(5), maxAttempts: 4, backoffRate: 2 })
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      definitionBody: DefinitionBody.fromChainable(files.itemProcessor(enrich)),
      tracingEnabled: props.tracing,
      logs: {
        destination: new LogGroup(this, 'Log', {
          retention: props.logRetention.toDays(),
          removalPolicy: props.removalPolicy,
        }),
        level: LogLevel.ALL,
      },
    })
    this.#acknowledge(props.function)
    if (!props.tracing) {
      const reason = 'Switched off for this environment.'
      const rules = ['AwsSolutions::AwsSolutions-SF2', 'Serverless::Serverless-StepFunctionStateMachineXray']
      Validations.of(this).acknowledge(...rules.map((id) => ({ id, reason })))
    }
  }

  #acknowledge(lambda: LambdaFunction): void {
    const idOf = (construct: IConstruct) => Stack.of(this).getLogicalId(construct.node.defaultChild as CfnElement)
    const runs = `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${idOf(this.stateMachine)}"}]}]}`
    const reasons = {
      '*': 'X-Ray and the delivery of logs know no resources.',
      [`<${idOf(lambda)}.Arn>:*`]: 'Any version of this one function.',
      [`${runs}:*`]: 'A distributed map starts runs of its own.',
      [`${runs}/*:*`]: 'A distributed map follows runs of its own.',
    }
    for (const [resource, reason] of Object.entries(reasons)) {
      Validations.of(this).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason })
    }
  }
}
