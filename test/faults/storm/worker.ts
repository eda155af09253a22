/** One invocation of the function, and what can happen to each of its requests. */
import { failure } from '../../fakes/bucket.ts'
import type { VirtualClock } from './clock.ts'

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
}

export interface Chance {
  /** From 0 to 1. */
  next(): number
  below(count: number): number
}

/** What all workers share. */
export interface World {
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly weather: Weather
  readonly trace: (line: () => string) => void
  /** The one that goes on at this moment. */
  current: Worker | undefined
}

/** A request that is sent. */
export interface Call {
  readonly name: string
  readonly isWrite: boolean
  readonly isConditional: boolean
  /** Lets it take effect, once or several times. */
  readonly execute: () => object
}

/** A request is on its way up to a tenth of a second; one that is held, up to minutes. */
const LATENCY_MS = 100
const HELD_MS = [2_000, 20_000, 150_000]
const MAX_REQUESTS_BEFORE_KILL = 14
/** After its deadline the function sends a message that comes after 300 s: a write that is cut off lands before. */
const LANDED_MS = 290_000

export class Worker {
  readonly name: string
  readonly #world: World
  /** When the messages of this invocation come again if nobody acknowledges them; late writes land before. */
  readonly #returnsAt: number
  #requestsLeft: number
  isDead = false
  isDone = false
  /** Requests and pauses that it waits for. */
  #waiting = 0
  /** Names of requests that did not go as usual. */
  readonly troubles = new Set<string>()

  constructor(name: string, world: World, returnsAt: number) {
    const { chance, weather } = world
    this.name = name
    this.#world = world
    this.#returnsAt = returnsAt
    const isKilled = chance.next() < weather.killed
    this.#requestsLeft = isKilled ? chance.below(MAX_REQUESTS_BEFORE_KILL) : Number.POSITIVE_INFINITY
  }

  /** Whether it computes at this moment. */
  get isBusy(): boolean {
    return !this.isDead && !this.isDone && this.#waiting === 0
  }

  die(): void {
    if (this.isDead || this.isDone) return
    this.#world.trace(() => `${this.name} is killed`)
    this.isDead = true
  }

  /** Sends a request into the weather. */
  call({ name, isWrite, isConditional, execute }: Call, signal?: AbortSignal): Promise<object> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<object>()
    const { clock, chance, weather, trace } = this.#world
    if (this.isDead) return promise
    let hasLeft = false
    const effect = (note = '') => {
      const outcome = outcomeOf(execute)
      trace(() => `${this.name} ${name} takes effect${note}: ${shown(outcome)}`)
      return outcome
    }
    const landLater = (before: number) => {
      this.troubles.add(name)
      this.#silently(chance.next() * (before - clock.now), () => effect(' late'))
    }
    if (this.#requestsLeft-- <= 0) {
      this.die()
      this.troubles.add(name)
      const fate = chance.next()
      if (fate < 0.3) effect()
      else if (fate < 0.7 && isWrite) landLater(this.#returnsAt)
      return promise
    }
    const answer = this.#waitFor(() => {
      reject(Object.assign(new Error('aborted'), { name: 'AbortError' }))
      trace(() => `${this.name} ${name} is aborted`)
      this.troubles.add(name)
      const isUnderWay = !hasLeft
      hasLeft = true
      if (isUnderWay && isWrite && chance.next() < 0.5) landLater(clock.now + LANDED_MS)
    }, signal)
    const give = (outcome: Outcome) =>
      answer(() => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value)))
    const fail = (error: unknown) => {
      this.troubles.add(name)
      give({ error })
    }
    const fate = chance.next()
    this.#silently(this.#latency(), () => {
      if (hasLeft) return
      hasLeft = true
      if (fate < weather.failed) fail(chance.next() < 0.5 ? failure('SlowDown', 503) : new Error('socket hang up'))
      else if (isConditional && fate > 1 - weather.conflict) fail(failure('ConditionalRequestConflict', 409))
      else if (fate > weather.failed + weather.lost) give(effect())
      else if (chance.next() < 0.5) {
        if (isWrite && chance.next() < 0.5) landLater(this.#returnsAt)
        else effect(', its answer is lost')
        fail(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
      } else {
        this.troubles.add(name)
        effect(', its answer is lost')
        this.#silently(this.#latency(), () => give(effect(' again')))
      }
    })
    return promise
  }

  /** Waits, as between two attempts. */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (this.isDead) return promise
    const answer = this.#waitFor(() => reject(signal?.reason), signal)
    answer(resolve, ms)
    return promise
  }

  /** @returns lets the worker go on after a while, if it was not aborted before */
  #waitFor(abort: () => void, signal: AbortSignal | undefined): (goOn: () => void, ms?: number) => void {
    this.#waiting++
    let isOver = false
    const end = (how: () => void) => {
      if (isOver || this.isDead || this.isDone) return false
      isOver = true
      this.#waiting--
      this.#world.current = this
      how()
      return true
    }
    signal?.addEventListener('abort', () => end(abort), { once: true })
    return (goOn, ms = this.#latency()) => this.#world.clock.after(ms, () => end(goOn))
  }

  /** Nobody goes on because of it. */
  #silently(ms: number, run: () => void): void {
    this.#world.clock.after(ms, () => {
      run()
      return false
    })
  }

  #latency(): number {
    const { chance, weather } = this.#world
    return chance.next() * (chance.next() < weather.held ? HELD_MS[chance.below(HELD_MS.length)]! : LATENCY_MS)
  }
}

type Outcome = { readonly value: object } | { readonly error: unknown }

function outcomeOf(execute: () => object): Outcome {
  try {
    return { value: execute() }
  } catch (error) {
    return { error }
  }
}

function shown(outcome: Outcome): string {
  if (!('error' in outcome)) return 'done'
  const { error } = outcome
  return error instanceof Error ? `${error.name} ${error.message}` : String(error)
}
