/** What goes around the work of each invocation, one thing each. */
import type { MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import { deliveriesOf } from './hints.ts'
import type { Telemetry } from './telemetry.ts'

/** The time that is kept to give up an upload and to say so, before Lambda ends the process. */
const DEADLINE_MARGIN_MS = 5_000

/** Metrics leave with each invocation, however it ends. Used first, so that it is the last to run. */
export function telemetryFlush(telemetry: Pick<Telemetry, 'flush'>): MiddlewareObj {
  const flush = () => telemetry.flush()
  return { after: flush, onError: flush }
}

/** The event becomes the deliveries that it holds; one of no known kind becomes a delivery that fails. */
export function eventParser(): MiddlewareObj {
  return {
    before: (request) => {
      request.event = deliveriesOf(request.event)
    },
  }
}

export interface LimitedContext extends Context {
  /** Aborted in time to end cleanly. */
  readonly deadline: AbortSignal
}

/** middy's own early end would throw the whole batch away; this one lets the handler say of each message what became of it. */
export function workDeadline(): MiddlewareObj {
  return {
    before: ({ context }) => {
      Object.assign(context, { deadline: AbortSignal.timeout(workingMs(context.getRemainingTimeInMillis())) })
    },
  }
}

/** How much of the time that is left is worked: a whole number, as timers take. */
export function workingMs(left: number): number {
  return Math.max(0, Math.floor(left - Math.min(DEADLINE_MARGIN_MS, left / 4)))
}
