/**
 * What AWS charges in us-east-1, in dollars, without free tiers, in November 2026: https://aws.amazon.com/lambda/pricing/ (arm64),
 * /s3/pricing/, /sqs/pricing/, /cloudwatch/pricing/, /xray/pricing/ and /step-functions/pricing/.
 */
export const PRICE = {
  gbSecond: 0.0000133334,
  invocation: 0.2e-6,
  get: 0.4e-6,
  put: 5e-6,
  /** One to send a message, to receive it, or to delete it. */
  sqsRequest: 0.4e-6,
  logGB: 0.5,
  trace: 5e-6,
  transition: 25e-6,
  expressRequest: 1e-6,
  expressGBSecond: 16.67e-6,
} as const

const PUTS = ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'UploadPartCopy', 'CompleteMultipartUpload']

/** In three digits where it is less than a dollar. */
export const shownDollars = (dollars: number) => `$${dollars.toFixed(dollars < 1 ? 3 : 2)}`

/** Of S3, by operation. */
export function requestsDollars(requests: Readonly<Record<string, number>>): number {
  return Object.entries(requests).reduce(
    (sum, [name, count]) => sum + count * (PUTS.includes(name) ? PRICE.put : PRICE.get),
    0,
  )
}

/** S3 sends a message for each file, and Lambda takes them one by one. */
export const MESSAGE_DOLLARS = 3 * PRICE.sqsRequest

/** Lambda itself writes two lines for each invocation, `platform.start` and `platform.report`. Their size is an estimate. */
const PLATFORM = { lines: 2, bytes: 600 }
/** CloudWatch counts each line as so many bytes more. */
const LINE_BYTES = 26

/** @param lines and bytes that the function writes for a file */
export function logDollars(lines: number, bytes: number): number {
  const all = bytes + PLATFORM.bytes + LINE_BYTES * (lines + PLATFORM.lines)
  return (all / 1e9) * PRICE.logGB
}

/** Of the sends of a child of the backfill, ten at a time and each of some 30 ms, in the least memory that is charged. */
const CHILD = { seconds: 0.3, gb: 64 / 1024 }

/** Of Step Functions, for each key of a backfill: its share of a child execution and of the transition that starts it. */
export function backfillDollars(keysPerChild: number): number {
  const child = PRICE.transition + PRICE.expressRequest + CHILD.seconds * CHILD.gb * PRICE.expressGBSecond
  return child / keysPerChild
}
