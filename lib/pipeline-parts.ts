/** The pipeline as a list of its parts: the bucket, the queues, the function, and their alarms, audit and canary. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import { CANARY_PREFIXES } from '../functions/shared/names.ts'
import { AlarmTopics } from './alarm-topics.ts'
import { Alarms } from './alarms.ts'
import { Arrivals } from './arrivals.ts'
import { Audit } from './audit.ts'
import { Backfill } from './backfill.ts'
import { Canary } from './canary.ts'
import { Dashboard } from './dashboard.ts'
import { Encryption } from './encryption.ts'
import { EnrichedTable } from './enriched-table.ts'
import { EnrichmentFunction } from './enrichment-function.ts'
import { FileMetrics } from './file-metrics.ts'
import { OnCall } from './on-call.ts'
import { OperatorOutputs } from './operator-outputs.ts'
import type { Pipeline } from './pipeline-props.ts'
import { Queues } from './queues.ts'
import { SavedQueries } from './saved-queries.ts'
import { SequenceQueues } from './sequence-queues.ts'
import { UploadBucket } from './upload-bucket.ts'

/**
 * Creates the parts, each after those that it refers to.
 * @param ownBucket the bucket of the caller; undefined: a new one
 */
export function createParts(scope: Construct, pipeline: Pipeline, ownBucket: IBucket | undefined) {
  const { name, parsed, canaryEvery } = pipeline
  const entrance = createEntrance(scope, pipeline, ownBucket)
  const { bucket } = entrance
  const deployed = { ...pipeline, ...entrance }
  const enrichment = new EnrichmentFunction(scope, 'Enrichment', deployed)
  const { function: enriching, logGroup } = enrichment
  const metrics = new FileMetrics(scope, 'Metrics', { function: enriching, logGroup, service: name })
  const canary = canaryEvery && new Canary(scope, 'Canary', { ...deployed, every: canaryEvery })
  const audit = new Audit(scope, 'Audit', deployed)
  const topics = new AlarmTopics(scope, 'Topics', pipeline)
  new Alarms(scope, 'Alarms', { ...deployed, topics, metrics, logGroup, canary, audit: audit.function })
  new Dashboard(scope, 'Dashboard', { ...deployed, metrics })
  if (!pipeline.isEmulated) new SavedQueries(scope, 'Queries', { name, logGroup })
  if (pipeline.table) new EnrichedTable(scope, 'Table', { ...pipeline.table, name, bucket, settings: parsed })
  const backfill = new Backfill(scope, 'Backfill', deployed)
  const { arrivals, repairs, sequences } = enrichment.sources
  const onCall = new OnCall(scope, 'OnCall', {
    pipeline,
    ...entrance,
    topics: [topics.page, topics.ticket],
    live: enrichment.live as IFunction,
    sources: [arrivals, repairs, ...(sequences ? [sequences] : [])].map((source) => source.eventSourceMappingArn),
    logs: [logGroup, audit.function.logGroup, ...(canary ? [canary.function.logGroup] : [])],
    canary,
    backfill: backfill.stateMachine,
    hasPolicy: pipeline.onCallPolicy ?? false,
  })
  if (pipeline.outputs) {
    const { function: auditing } = audit
    const { live, sources } = enrichment
    const named = {
      pipeline,
      ...entrance,
      topics,
      function: enriching,
      live: live as IFunction,
      sources,
      audit: auditing,
    }
    new OperatorOutputs(scope, 'Outputs', {
      ...named,
      canary,
      backfill: backfill.stateMachine,
      onCallPolicies: onCall.policies,
    })
  }
  return { ...entrance, enrichment, metrics, canary, audit, topics, backfill, onCall }
}

/** Creates the bucket, and the queues that its events come to. */
function createEntrance(scope: Construct, pipeline: Pipeline, ownBucket: IBucket | undefined) {
  const { parsed, canaryEvery, via, encryptionKey } = pipeline
  const bucket = ownBucket ?? (new UploadBucket(scope, 'Bucket', pipeline) as IBucket)
  const queues = new Queues(scope, 'Queues', pipeline)
  const sequenceQueues = parsed.carry && new SequenceQueues(scope, 'Sequences', pipeline)
  const { arrivals: queue, deadLetters } = queues
  if (encryptionKey) new Encryption(scope, 'Encryption', { key: encryptionKey, via })
  const prefixes = canaryEvery === undefined ? [parsed.inputPrefix] : [parsed.inputPrefix, CANARY_PREFIXES.input]
  new Arrivals(scope, 'Arrivals', { bucket, via, prefixes, queue, deadLetters })
  return { bucket, queues, sequenceQueues }
}
