/** Finds the input of a report. */
import { isShortened, keysOf } from '../lambda/keys.ts'
import { readCurrentObject } from '../storage/object-source.ts'
import type { Audited } from './judge-key.ts'
import { REPORT_ENDING } from './merge-listings.ts'

/** @returns undefined for an object that is not a report of the function */
export async function inputOfReport(
  { s3, bucket, settings, signal }: Audited,
  reportKey: string,
): Promise<string | undefined> {
  const { failurePrefix, inputPrefix } = settings
  if (!reportKey.endsWith(REPORT_ENDING)) return undefined
  if (!isShortened(reportKey)) return inputPrefix + reportKey.slice(failurePrefix.length, -REPORT_ENDING.length)
  const report = await readCurrentObject(s3, { bucket, key: reportKey }, signal)
  const input = report && keyIn(Buffer.from(report).toString())
  return typeof input === 'string' && keysOf(settings, input).report === reportKey ? input : undefined
}

function keyIn(report: string): unknown {
  try {
    return JSON.parse(report)?.source?.key
  } catch {
    return undefined
  }
}
