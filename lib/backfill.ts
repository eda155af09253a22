/**
 * Sends every key under a prefix to the queue of repairs: a distributed map lists the keys, and its child executions send
 * them. It needs no Lambda function: 10 million keys cost 3 dollars of Step Functions.
 */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import {
  DefinitionBody,
  DistributedMap,
  type DistributedMapProps,
  type IChainable,
  ItemBatcher,
  JitterType,
  JsonPath,
  LogLevel,
  Map as MapState,
  type QueryLanguage,
  S3ObjectsItemReader,
  StateMachine,
  StateMachineType,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions'
import { SqsSendMessage } from 'aws-cdk-lib/aws-stepfunctions-tasks'
import { ArnFormat, type CfnElement, Duration, Stack, Token, Validations } from 'aws-cdk-lib/core'
import { Construct, type IConstruct } from 'constructs'
import { BACKFILL_RESULTS_PREFIX, KEYS_PER_CHILD } from '../functions/shared/names.ts'
import { allowKeys } from './encryption.ts'
import { nagNameOf } from './nag-spelling.ts'
import { PipelineLog } from './pipeline-log.ts'
import type { Pipeline } from './pipeline-props.ts'
import type { Queues } from './queues.ts'

export interface BackfillProps extends Pipeline {
  readonly bucket: IBucket
  readonly queues: Queues
}

/** The input of an execution. */
export interface BackfillInput {
  /** The bucket of the pipeline, or a source bucket. */
  readonly bucket: string
  readonly prefix: string
  /** True: also enrich files whose output is already right. */
  readonly again: boolean
  /** 1: no output exists yet, so the function reads a file without looking for its output first. */
  readonly isNew: 0 | 1
}

/** Children at a time and messages at a time in each: some 5,000 keys a second. */
const CHILDREN_AT_ONCE = 10
const MESSAGES_AT_ONCE = 10

export class Backfill extends Construct {
  readonly stateMachine: StateMachine

  constructor(scope: Construct, id: string, props: BackfillProps) {
    super(scope, id)
    const { bucket } = props
    const files = new MapWithResults(this, 'Files', {
      resultsBucket: bucket,
      resultsPrefix: BACKFILL_RESULTS_PREFIX,
      mapExecutionType: StateMachineType.EXPRESS,
      itemReader: new ReaderOfKnownBuckets({
        bucketNamePath: JsonPath.stringAt('$.bucket'),
        prefix: JsonPath.stringAt('$.prefix'),
      }),
      ...batches(props.isEmulated),
      maxConcurrency: CHILDREN_AT_ONCE,
      // no key may be lost: an execution that could not send a message fails
      toleratedFailurePercentage: 0,
    })
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      definitionBody: DefinitionBody.fromChainable(files.itemProcessor(this.#send(props))),
      tracingEnabled: props.tracing,
      logs: { destination: new PipelineLog(this, 'Log', props), level: LogLevel.ERROR },
    })
    this.addSourceBucket(bucket)
    const under = (prefix: string) => bucket.arnForObjects(`${prefix}*`)
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
        resources: [under(BACKFILL_RESULTS_PREFIX)],
      }),
    )
    allowKeys(this.stateMachine.role, [bucket.encryptionKey, props.encryptionKey])
    this.#acknowledge(props)
  }

  /** Allows runs about another bucket. Their results are in the first one. */
  addSourceBucket(bucket: IBucket): void {
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
    )
  }

  /** Sends each key of a batch to the queue of repairs. */
  #send({ queues }: BackfillProps): IChainable {
    const keys = new MapState(this, 'Keys', {
      itemsPath: JsonPath.stringAt('$.Items'),
      itemSelector: {
        bucket: JsonPath.stringAt('$.BatchInput.bucket'),
        key: JsonPath.stringAt('$$.Map.Item.Value.Key'),
        // null or the size: only a new key is sent with its size
        'size.$': 'States.ArrayGetItem(States.Array(null, $$.Map.Item.Value.Size), $.BatchInput.isNew)',
        again: JsonPath.objectAt('$.BatchInput.again'),
      },
      maxConcurrency: MESSAGES_AT_ONCE,
      // the answers of SQS are not needed
      resultSelector: { sent: JsonPath.arrayLength(JsonPath.objectAt('$')) },
    })
    const send = new SqsSendMessage(this, 'Send', {
      queue: queues.repairs,
      messageBody: TaskInput.fromObject({
        bucket: JsonPath.stringAt('$.bucket'),
        key: JsonPath.stringAt('$.key'),
        size: JsonPath.objectAt('$.size'),
        again: JsonPath.objectAt('$.again'),
      }),
    })
    send.addRetry({
      interval: Duration.seconds(2),
      maxAttempts: 6,
      backoffRate: 2,
      jitterStrategy: JitterType.FULL,
    })
    return keys.itemProcessor(send)
  }

  #acknowledge({ bucket, tracing }: BackfillProps): void {
    const idOf = (construct: IConstruct) => Stack.of(this).getLogicalId(construct.node.defaultChild as CfnElement)
    const { region, account } = Stack.of(this)
    // as cdk-nag spells them
    const [inRegion, ofAccount] = [spelt(region, 'AWS::Region'), spelt(account, 'AWS::AccountId')]
    const runs = `arn:<AWS::Partition>:states:${inRegion}:${ofAccount}:execution:{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${idOf(this.stateMachine)}"}]}]}`
    const reasons = {
      '*': 'The actions of X-Ray and of log delivery accept no resource.',
      [`${nagNameOf(bucket)}/${BACKFILL_RESULTS_PREFIX}*`]: 'Each execution writes its own results.',
      [`${runs}:*`]: 'A distributed map starts child executions.',
      [`${runs}/*:*`]: 'A distributed map describes and stops its child executions.',
    }
    for (const [resource, reason] of Object.entries(reasons)) {
      Validations.of(this).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason })
    }
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Action::kms:GenerateDataKey*]',
      reason: 'Two kinds of data keys; CDK lets each sender to an encrypted queue generate both.',
    })
    const reason = 'An execution sends one message for each key: to log millions of them would cost more.'
    Validations.of(this).acknowledge({ id: 'AwsSolutions::AwsSolutions-SF1', reason })
    if (!tracing) {
      const reason = 'Switched off for this environment.'
      const rules = ['AwsSolutions::AwsSolutions-SF2', 'Serverless::Serverless-StepFunctionStateMachineXray']
      Validations.of(this).acknowledge(...rules.map((id) => ({ id, reason })))
    }
  }
}

function spelt(value: string, pseudoParameter: string): string {
  return Token.isUnresolved(value) ? `<${pseudoParameter}>` : value
}

/** The emulator does not support batches, so there each key is a batch of one. */
function batches(isEmulated: boolean): Partial<DistributedMapProps> {
  // field names of the states language: CDK does not translate a batch input
  const batchInput = { 'bucket.$': '$.bucket', 'again.$': '$.again', 'isNew.$': '$.isNew' }
  if (!isEmulated) return { itemBatcher: new ItemBatcher({ maxItemsPerBatch: KEYS_PER_CHILD, batchInput }) }
  return { itemSelector: { Items: JsonPath.array(JsonPath.stringAt('$$.Map.Item.Value')), BatchInput: batchInput } }
}

/** CDK allows every bucket to a reader that takes the name of the bucket from the input of a run. */
class ReaderOfKnownBuckets extends S3ObjectsItemReader {
  override providePolicyStatements(): PolicyStatement[] {
    return []
  }
}

interface MapWithResultsProps extends DistributedMapProps {
  readonly resultsBucket: IBucket
  readonly resultsPrefix: string
}

/**
 * Writes its results to the bucket, because a state may return only 256 KiB, the results of 1,000 child executions. CDK
 * has two properties for that: one works only with a feature flag, the other only without it, so this class uses neither.
 */
class MapWithResults extends DistributedMap {
  readonly #parameters: { readonly Bucket: string; readonly Prefix: string }

  constructor(scope: Construct, id: string, { resultsBucket, resultsPrefix, ...props }: MapWithResultsProps) {
    super(scope, id, props)
    this.#parameters = { Bucket: resultsBucket.bucketName, Prefix: resultsPrefix }
  }

  override toStateJson(queryLanguage?: QueryLanguage): object {
    const resource = { service: 'states', region: '', account: '', resource: 's3', resourceName: 'putObject' }
    const Resource = Stack.of(this).formatArn({ ...resource, arnFormat: ArnFormat.COLON_RESOURCE_NAME })
    return { ...super.toStateJson(queryLanguage), ResultWriter: { Resource, Parameters: this.#parameters } }
  }
}
