/** Everything that is deployed, as a list: files dropped, a queue they wait in, the function that enriches them. */
import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { parseSettings } from '../functions/lambda/function-settings.ts'
import { CANARY_PREFIXES } from '../functions/shared/names.ts'
import { AlarmTopics } from './alarm-topics.ts'
import { Alarms } from './alarms.ts'
import { Audit } from './audit.ts'
import { Backfill } from './backfill.ts'
import { Canary } from './canary.ts'
import { Dashboard } from './dashboard.ts'
import { DropBucket } from './drop-bucket.ts'
import { EnrichedTable } from './enriched-table.ts'
import { EnrichmentFunction } from './enrichment-function.ts'
import type { Environment } from './environments.ts'
import { FileMetrics } from './file-metrics.ts'
import { Queues } from './queues.ts'

const EXPIRED_OUTPUTS = 'parquet-supertrend:expired-inputs-remove-outputs'
const EXPIRED_OUTPUTS_MESSAGE =
  'onRemoved is "remove" and incomingExpiration is set: when S3 deletes an expired input, the function deletes its enriched file too. Leave one of them out, unless enriched files should expire with their inputs.'

export interface EnrichmentStackProps extends StackProps {
  readonly environment: Environment
}

export class EnrichmentStack extends Stack {
  constructor(scope: Construct, id: string, { environment, ...props }: EnrichmentStackProps) {
    super(scope, id, props)
    const settings = parseSettings(environment.settings, environment.memory.toMebibytes())
    const { inputPrefix, outputPrefix, failurePrefix } = settings
    const { canaryEvery } = environment
    if (settings.onRemoved === 'remove' && environment.incomingExpiration !== undefined) {
      Annotations.of(this).addWarningV2(EXPIRED_OUTPUTS, EXPIRED_OUTPUTS_MESSAGE)
    }
    const inputPrefixes = canaryEvery === undefined ? [inputPrefix] : [inputPrefix, CANARY_PREFIXES.input]
    const queues = new Queues(this, 'Queues', environment)
    const drops = new DropBucket(this, 'Drops', {
      ...environment,
      inputPrefixes,
      failurePrefix,
      arrivals: queues.arrivals,
    })
    const enrichment = new EnrichmentFunction(this, 'Enrichment', { ...environment, parsed: settings, drops, queues })

    const { function: lambda, logGroup } = enrichment
    const metrics = new FileMetrics(this, 'Metrics', { function: lambda, logGroup, service: this.stackName })
    const canary = canaryEvery && new Canary(this, 'Canary', { ...environment, drops, every: canaryEvery })
    const audit = new Audit(this, 'Audit', { ...environment, parsed: settings, drops, queues })
    const topics = new AlarmTopics(this, 'Topics', { ...environment, needsReceiver: environment.versioned })
    new Alarms(this, 'Alarms', { ...environment, topics, queues, metrics, canary, audit: audit.function })
    new Dashboard(this, 'Dashboard', { ...environment, queues, metrics, logGroup })

    if (environment.table) {
      new EnrichedTable(this, 'Table', { ...environment.table, bucket: drops.bucket, settings })
    }
    const backfill = new Backfill(this, 'Backfill', { ...environment, drops, queues })

    new CfnOutput(this, 'BackfillArn', { value: backfill.stateMachine.stateMachineArn })
    new CfnOutput(this, 'DeadLetterQueueArn', { value: queues.deadLetters.queueArn })
    new CfnOutput(this, 'FailurePrefix', { value: failurePrefix })
    new CfnOutput(this, 'BucketName', { value: drops.bucket.bucketName })
    new CfnOutput(this, 'ArrivalsQueueUrl', { value: queues.arrivals.queueUrl })
    new CfnOutput(this, 'RepairsQueueUrl', { value: queues.repairs.queueUrl })
    new CfnOutput(this, 'PageTopicArn', { value: topics.page.topicArn })
    new CfnOutput(this, 'TicketTopicArn', { value: topics.ticket.topicArn })
    new CfnOutput(this, 'DropInto', { value: `s3://${drops.bucket.bucketName}/${inputPrefix}` })
    new CfnOutput(this, 'EnrichedFiles', { value: `s3://${drops.bucket.bucketName}/${outputPrefix}` })
    new CfnOutput(this, 'FailureReports', { value: `s3://${drops.bucket.bucketName}/${failurePrefix}` })
    // with its alias: the function itself would be $LATEST, which is older than every deployment to what it finds
    new CfnOutput(this, 'FunctionName', { value: enrichment.live.functionName })
    new CfnOutput(this, 'AuditFunctionName', { value: audit.function.functionName })
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: queues.deadLetters.queueUrl })
    if (canary) new CfnOutput(this, 'CanaryFunctionName', { value: canary.function.functionName })
  }
}
