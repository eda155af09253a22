/**
 * Time that passes only when nothing is left to do at the present moment. Replaces the timers that the function uses, so
 * that a storm of hours takes milliseconds and is the same each time.
 */
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { random } from '../../random.ts'

interface Action {
  readonly at: number
  readonly order: number
  /** Whether somebody goes on because of it. */
  readonly run: () => boolean | undefined
}

export class VirtualClock {
  /** Milliseconds. */
  now = Date.UTC(2026, 0, 1)
  readonly start = this.now
  #order = 0
  readonly #actions: Action[] = []

  /** @param run returns false if nobody goes on because of it */
  after(ms: number, run: () => boolean | undefined): void {
    const action = { at: this.now + Math.max(0, ms), order: this.#order++, run }
    const heap = this.#actions
    let i = heap.push(action) - 1
    for (let parent = (i - 1) >> 1; i > 0 && isBefore(action, heap[parent]!); parent = (i - 1) >> 1) {
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = action
  }

  /** @returns undefined when nothing is to happen any more; else whether somebody goes on because of what happened */
  step(): boolean | undefined {
    const action = this.#next()
    if (!action) return undefined
    this.now = action.at
    return action.run() !== false
  }

  #next(): Action | undefined {
    const heap = this.#actions
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || heap.length === 0) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return first
  }
}

function isBefore(a: Action, b: Action): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

export interface Timers {
  pause(ms: number, signal: AbortSignal | undefined): Promise<void>
  timeout(ms: number): AbortSignal
}

/** Puts other timers and other chance in the place of the process's own. @returns undoes it */
export function replaceTimers({ pause, timeout }: Timers, seed: number): () => void {
  const original = { pause: timers.setTimeout, timeout: AbortSignal.timeout, random: Math.random }
  timers.setTimeout = ((ms: number, _: unknown, options?: { signal?: AbortSignal }) =>
    pause(ms, options?.signal)) as typeof timers.setTimeout
  AbortSignal.timeout = timeout
  Math.random = random(seed)
  syncBuiltinESMExports()
  return () => {
    timers.setTimeout = original.pause
    AbortSignal.timeout = original.timeout
    Math.random = original.random
    syncBuiltinESMExports()
  }
}
