/** Telemetry for tests that look at what the function does, not at what it says. */
import type { Telemetry } from '../../functions/lambda/telemetry.ts'

export const SILENT_TELEMETRY: Telemetry = {
  start: () => {},
  record: () => {},
  advanced: () => {},
  failedAgain: () => {},
  flush: () => {},
}
