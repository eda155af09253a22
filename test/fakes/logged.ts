/** The log of the function, as its telemetry writes it. */
import { type FileRecord, newTelemetry } from '../../functions/lambda/telemetry.ts'

/** What the function writes to its log of a file: a line of JSON each. */
export function logged(file: FileRecord): Record<string, unknown>[] {
  const lines: string[] = []
  const write = (line: unknown) => lines.push(String(line))
  const { log, info, warn, error } = console
  const environment = { ...process.env }
  // so that the lines take the console, which a test can replace
  Object.assign(process.env, { POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'false' })
  try {
    Object.assign(console, { log: write, info: write, warn: write, error: write })
    const telemetry = newTelemetry()
    telemetry.record(file)
    telemetry.flush()
  } finally {
    Object.assign(console, { log, info, warn, error })
    process.env = environment
  }
  return lines.map((line) => JSON.parse(line))
}
