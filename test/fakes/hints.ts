/** Hints as messages give them. */
import type { Advanced, Hint } from '../../functions/lambda/hints.ts'

/** A hint of a new object, from S3 itself. */
export function hintAbout(key: string, more: Partial<Hint> = {}): Hint {
  const none = { size: undefined, again: false, deadlines: 0, deferrals: 0, continued: false, announced: undefined }
  return { bucket: 'bars', key, ...none, isDirect: true, ...more }
}

/** What the message says that continues another one. */
export function advancedBy(more: Partial<Advanced>): Advanced {
  return { isVerifying: false, hops: 0, failures: 0, ...more }
}
