/** Decides which keys are not reconciled, and which of those must not get lost. */
import type { Dependencies } from './dependencies.ts'
import type { Hint } from './hints.ts'
import { hasSuffix, type ReasonToIgnore, reasonToIgnore, settingsFor } from './keys.ts'

/** @returns undefined for a key that has to be reconciled */
export function ignoredFor(
  { bucket, key }: Hint,
  environment: Dependencies['environment'],
): ReasonToIgnore | undefined {
  if (!isOurs(bucket, environment)) {
    const ours = [environment.bucket, ...(environment.sourceBuckets ?? [])].join(' or ')
    return { code: 'other-bucket', reason: `the bucket is not ${ours}` }
  }
  return reasonToIgnore(settingsFor(environment.settings, key), key)
}

function isOurs(name: string, { bucket, sourceBuckets = [] }: Dependencies['environment']): boolean {
  return bucket === undefined || bucket === name || sourceBuckets.includes(name)
}

/**
 * True when the input prefix was changed while this message waited: the message must not get lost. The settings may name
 * the former prefixes. If they do not, only S3's own notifications and the function's own messages prove it; those of SNS
 * or EventBridge may be about any object.
 */
export function isStranded({ bucket, key, isDirect }: Hint, environment: Dependencies['environment']): boolean {
  const { settings } = environment
  const { inputPrefix, formerPrefixes, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, suffixes } = settings
  const own = [inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix]
  const isElsewhere = !own.some((prefix) => prefix !== undefined && key.startsWith(prefix))
  const mayBeFormer = formerPrefixes?.some((prefix) => key.startsWith(prefix)) ?? isDirect
  return mayBeFormer && isElsewhere && hasSuffix(key, suffixes) && isOurs(bucket, environment)
}
