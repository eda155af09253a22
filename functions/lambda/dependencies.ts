/** The ports and settings of a delivery, and its invocation. */
import type { NewPages } from '../enrich/enrich.ts'
import type { Announce } from '../storage/event-bus.ts'
import type { MessageQueue } from '../storage/message-queue.ts'
import type { S3Port } from '../storage/s3-client.ts'
import type { FunctionEnvironment } from './function-environment.ts'
import type { FileRecord, Telemetry } from './telemetry.ts'
import type { Timing } from './timing.ts'

export interface Dependencies {
  readonly s3: S3Port
  readonly queue: MessageQueue
  readonly environment: Omit<FunctionEnvironment, 'queues'>
  readonly telemetry: Telemetry
  /** Undefined: no notices. */
  readonly announce?: Announce | undefined
  /** Creates the store for the pages of the new columns; undefined: memory and disk. */
  readonly newPages?: NewPages | undefined
  /** Undefined: that of the process. */
  readonly timing?: Timing | undefined
}

export interface Invocation {
  readonly requestId: string
  /** Aborted in time to end cleanly. */
  readonly deadline: AbortSignal
  /** Of the function. */
  readonly timeoutSeconds: number
  readonly timing: Timing
  record(file: FileRecord): void
}
