/** What can happen to a request: what the weather brings, and what a plan wants. */

export interface Chance {
  /** From 0 to 1. */
  next(): number
  below(count: number): number
}

export function pick<T>({ below }: Chance, list: readonly T[]): T {
  return list[below(list.length)]!
}

/** Shares of requests, 0 to 1. */
export interface Weather {
  /** Waits before it takes effect, or its answer waits. */
  readonly held: number
  /** Fails without an effect. */
  readonly failed: number
  /** No answer comes. The effect is there, or comes late. S3's client sends half of them again. */
  readonly lost: number
  /** Of conditional writes: two at the same moment. */
  readonly conflict: number
  /** Of invocations: killed at some request. */
  readonly killed: number
  /** A request that is not held is on its way so long at most, and so is its answer. */
  readonly latencyMs: number
}

export const CALM: Weather = { held: 0, failed: 0, lost: 0, conflict: 0, killed: 0, latencyMs: 100 }

/** A request that is held is on its way up to minutes. */
const HELD_MS = [2_000, 20_000, 150_000]

export type Fate = 'answered' | 'failed' | 'conflict' | 'unanswered' | 'late' | 'sent twice'

/** Fates and delays that a plan may want. */
export const INCIDENTS = [
  'held',
  'answer held',
  'failed',
  'conflict',
  'killed',
  'unanswered',
  'late',
  'sent twice',
] as const

/** One request that a plan picks. */
export interface Incident {
  /** Counted from 1. */
  readonly invocation: number
  /** Number of the request within the invocation, from 0. */
  readonly request: number
  /** Whether it is the first write from that number on. */
  readonly isWrite: boolean
  readonly what: (typeof INCIDENTS)[number]
  /** How long it is held, or how late it takes effect. */
  readonly ms: number
}

/** A request that is sent. */
export interface Call {
  readonly name: string
  readonly isWrite: boolean
  readonly isConditional: boolean
  /** Lets it take effect, once or several times. */
  readonly execute: () => object
}

/** What the weather does to a request. */
export function drawnFate({ next }: Chance, weather: Weather, { isWrite, isConditional }: Call): Fate {
  const drawn = next()
  if (drawn < weather.failed) return 'failed'
  if (isConditional && drawn > 1 - weather.conflict) return 'conflict'
  if (drawn > weather.failed + weather.lost) return 'answered'
  if (next() < 0.5) return 'sent twice'
  return isWrite && next() < 0.5 ? 'late' : 'unanswered'
}

/** What a plan does to a request; undefined: the weather decides. */
export function fateOf(incident: Incident | undefined, { isWrite, isConditional }: Call): Fate | undefined {
  switch (incident?.what) {
    case 'failed':
    case 'unanswered':
    case 'sent twice':
      return incident.what
    case 'late':
      return isWrite ? 'late' : 'unanswered'
    case 'conflict':
      return isConditional ? 'conflict' : undefined
    default:
      return undefined
  }
}

/** How long a request, or its answer, is on its way. */
export function drawnLatencyMs({ next, below }: Chance, { held, latencyMs }: Weather): number {
  return next() * (next() < held ? HELD_MS[below(HELD_MS.length)]! : latencyMs)
}

export type Outcome = { readonly value: object } | { readonly error: unknown }

export function outcomeOf({ execute }: Call): Outcome {
  try {
    return { value: execute() }
  } catch (error) {
    return { error }
  }
}

export function shownOutcome(outcome: Outcome): string {
  if (!('error' in outcome)) return 'done'
  const { error } = outcome
  return error instanceof Error ? `${error.name} ${error.message}` : String(error)
}
