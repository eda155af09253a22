/** Warnings at the synthesis about properties that are allowed, and may do something else than the user thinks. */
import { Annotations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Pipeline, SupertrendPipelineProps } from './pipeline-props.ts'

const OUTPUTS_EXPIRE =
  'onRemoved is "remove" and incomingExpiration is set: when S3 deletes an expired input, the function deletes its enriched file too; leave out one of them, unless enriched files are to expire with their inputs'

/** Properties of the new bucket, without effect in one that the user brings. */
const OF_NEW_BUCKETS = [
  'versioned',
  'incomingExpiration',
  'noncurrentExpiration',
  'reportExpiration',
  'chartExpiration',
] as const

export function warnAbout(construct: Construct, props: SupertrendPipelineProps, { parsed }: Pipeline): void {
  const warn = (id: string, text: string) => Annotations.of(construct).addWarningV2(`parquet-supertrend:${id}`, text)
  const ignored = OF_NEW_BUCKETS.filter((name) => props[name])
  if (props.bucket && ignored.length > 0) {
    const rules = 'its owner sets such rules, and docs/deployment.md lists those that it needs'
    warn('own-bucket', `${ignored.join(', ')}: without effect in a bucket that exists; ${rules}`)
  } else if (parsed.onRemoved === 'remove' && props.incomingExpiration !== undefined) {
    warn('outputs-expire', OUTPUTS_EXPIRE)
  }
}
