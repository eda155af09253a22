/** The middlewares of the handler. Each one does one thing before or after the work of an invocation. */
import type { MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import { deliveriesOf } from './hints.ts'
import type { Telemetry } from './telemetry.ts'
import type { Timing } from './timing.ts'

/** Time to abort an upload and to log the outcome before Lambda ends the process. */
const DEADLINE_MARGIN_MS = 5_000

/** Publishes the metrics at the end of each invocation, also of a failed one. Use it first: then it runs last. */
export function telemetryFlush(telemetry: Pick<Telemetry, 'flush'>): MiddlewareObj {
  const flush = () => telemetry.flush()
  return { after: flush, onError: flush }
}

/** Replaces the event by its deliveries. An event of an unknown kind becomes a delivery that fails. */
export function eventParser(): MiddlewareObj {
  return {
    before: (request) => {
      request.event = deliveriesOf(request.event)
    },
  }
}

export interface LimitedContext extends Context {
  /** Aborts while there is time left to end cleanly. */
  readonly deadline: AbortSignal
  /** Of the function, as Lambda counts it: in whole seconds. */
  readonly timeoutSeconds: number
  readonly timing: Timing
}

/** Adds the deadline. The timeout of middy would fail the whole batch; with this one the handler answers for each message. */
export function workDeadline(timing: Timing): MiddlewareObj {
  return {
    before: ({ context }) => {
      const left = context.getRemainingTimeInMillis()
      const deadline = timing.after(workingMs(left))
      Object.assign(context, { deadline, timeoutSeconds: Math.ceil(left / 1000), timing })
    },
  }
}

/** @returns milliseconds to work, a whole number: `AbortSignal.timeout` refuses others */
export function workingMs(left: number): number {
  return Math.max(0, Math.floor(left - Math.min(DEADLINE_MARGIN_MS, left / 4)))
}
