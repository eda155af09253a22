/** Refuses two pipelines of one app that use the same part of a bucket. */
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { Construct, IConstruct } from 'constructs'
import type { FunctionSettings } from '../functions/lambda/settings-types.ts'
import { RefusedError } from '../functions/shared/errors.ts'
import { CANARY_PREFIXES } from '../functions/shared/names.ts'

interface Claim {
  readonly prefix: string
  readonly by: string
}
/** By the app, then by the name of the bucket. */
const claimsIn = new WeakMap<IConstruct, Map<string, Claim[]>>()

/**
 * S3 refuses two notifications whose prefixes overlap, and with EventBridge two functions would enrich the same file. An
 * output below the input prefix of another pipeline would be enriched again, for ever if that is mutual.
 * @throws RefusedError when another pipeline of the app uses a prefix that begins with one of these, or with which one of
 * these begins
 */
export function claimPrefixes(
  pipeline: Construct,
  bucket: IBucket,
  settings: FunctionSettings,
  hasCanary: boolean,
): void {
  const ofApp = claimsIn.get(pipeline.node.root) ?? new Map<string, Claim[]>()
  claimsIn.set(pipeline.node.root, ofApp)
  const claims = ofApp.get(bucket.bucketName) ?? []
  const own = [...usedBy(settings), ...(hasCanary ? [CANARY_PREFIXES.all] : [])]
  for (const prefix of own) {
    const other = claims.find((claim) => claim.prefix.startsWith(prefix) || prefix.startsWith(claim.prefix))
    if (other) throw refusal(other, { prefix, by: pipeline.node.path })
  }
  ofApp.set(bucket.bucketName, [...claims, ...own.map((prefix) => ({ prefix, by: pipeline.node.path }))])
}

function usedBy(settings: FunctionSettings): string[] {
  const { inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, carry } = settings
  const all = [inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, carry?.prefix]
  return all.filter((prefix) => prefix !== undefined)
}

function refusal(other: Claim, { prefix, by }: Claim): RefusedError {
  const advice =
    prefix === CANARY_PREFIXES.all
      ? 'only one pipeline of a bucket can have a canary'
      : 'allowed are prefixes of which none begins with another'
  const both = `${other.by} uses "${other.prefix}" of this bucket and ${by} "${prefix}"`
  return new RefusedError('settings', `${both}; ${advice}`)
}
