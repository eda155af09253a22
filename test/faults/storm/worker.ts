/** One invocation of the function, and what happens to each of its requests. */
import { failure } from '../../fakes/bucket.ts'
import type { VirtualClock } from './clock.ts'
import {
  type Call,
  type Chance,
  drawnFate,
  drawnLatencyMs,
  type Fate,
  fateOf,
  type Incident,
  type Outcome,
  outcomeOf,
  shownOutcome,
  type Weather,
} from './fate.ts'

/** What all workers share. */
export interface World {
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly weather: Weather
  readonly trace: (line: () => string) => void
  /** The one that goes on at this moment. */
  current: Worker | undefined
}

const MAX_REQUESTS_BEFORE_KILL = 14

export class Worker {
  readonly name: string
  readonly #world: World
  /** When the messages of this invocation come again if nobody acknowledges them; late writes land before. */
  readonly #returnsAt: number
  readonly #incidents: Incident[]
  readonly #requestsBeforeKill: number
  #requests = 0
  isDead = false
  isDone = false
  /** Requests and pauses that it waits for. */
  #waiting = 0
  /** Names of requests that did not go as usual. */
  readonly troubles = new Set<string>()

  /** @param incidents of this invocation */
  constructor(name: string, world: World, returnsAt: number, incidents: readonly Incident[]) {
    const { chance, weather } = world
    this.name = name
    this.#world = world
    this.#returnsAt = returnsAt
    this.#incidents = [...incidents]
    const isKilled = chance.next() < weather.killed
    this.#requestsBeforeKill = isKilled ? chance.below(MAX_REQUESTS_BEFORE_KILL) : Number.POSITIVE_INFINITY
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
  call(call: Call, signal?: AbortSignal): Promise<object> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<object>()
    if (this.isDead) return promise
    const { name, isWrite } = call
    const { clock, chance, weather, trace } = this.#world
    const incident = this.#incidentOf(call)
    if (this.#requests++ >= this.#requestsBeforeKill || incident?.what === 'killed') {
      this.#dieDuring(call, incident)
      return promise
    }
    let hasArrived = false
    const answer = this.#waitFor(() => {
      reject(Object.assign(new Error('aborted'), { name: 'AbortError' }))
      trace(() => `${this.name} ${name} is aborted`)
      this.troubles.add(name)
      if (!hasArrived && isWrite && chance.next() < 0.5)
        this.#landLater(call, chance.next() * (this.#returnsAt - clock.now))
      hasArrived = true
    }, signal)
    const give = (outcome: Outcome) => {
      const ms = this.#latency() + (incident?.what === 'answer held' ? incident.ms : 0)
      answer(() => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value)), ms)
    }
    const fate = fateOf(incident, call) ?? drawnFate(chance, weather, call)
    this.#silently(this.#latency() + (incident?.what === 'held' ? incident.ms : 0), () => {
      if (hasArrived) return
      hasArrived = true
      if (fate !== 'answered') this.troubles.add(name)
      if (fate === 'late') this.#landLater(call, incident?.ms ?? chance.next() * (this.#returnsAt - clock.now))
      if (fate === 'sent twice') {
        this.#takeEffect(call, ', its answer is lost')
        this.#silently(this.#latency(), () => give(this.#takeEffect(call, ' again')))
      } else give(this.#outcomeOf(fate, call))
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

  #incidentOf({ isWrite }: Call): Incident | undefined {
    const i = this.#incidents.findIndex((incident) =>
      incident.isWrite ? isWrite && this.#requests >= incident.request : this.#requests === incident.request,
    )
    return i < 0 ? undefined : this.#incidents.splice(i, 1)[0]
  }

  #dieDuring(call: Call, incident: Incident | undefined): void {
    const { clock, chance } = this.#world
    this.die()
    this.troubles.add(call.name)
    const drawn = chance.next()
    if (drawn < 0.3) this.#takeEffect(call)
    else if (drawn < 0.7 && call.isWrite) {
      this.#landLater(call, incident?.ms ?? chance.next() * (this.#returnsAt - clock.now))
    }
  }

  #outcomeOf(fate: Fate, call: Call): Outcome {
    const error = (error: Error) => ({ error })
    switch (fate) {
      case 'failed':
        return error(this.#world.chance.next() < 0.5 ? failure('SlowDown', 503) : new Error('socket hang up'))
      case 'conflict':
        return error(failure('ConditionalRequestConflict', 409))
      case 'unanswered':
        this.#takeEffect(call, ', its answer is lost')
        return error(connectionLost())
      case 'late':
        return error(connectionLost())
      default:
        return this.#takeEffect(call)
    }
  }

  #takeEffect(call: Call, note = ''): Outcome {
    const outcome = outcomeOf(call)
    this.#world.trace(() => `${this.name} ${call.name} takes effect${note}: ${shownOutcome(outcome)}`)
    return outcome
  }

  #landLater(call: Call, ms: number): void {
    this.troubles.add(call.name)
    this.#silently(ms, () => this.#takeEffect(call, ' late'))
  }

  /** @returns lets the worker go on after a while, if it was not aborted before */
  #waitFor(abort: () => void, signal: AbortSignal | undefined): (goOn: () => void, ms: number) => void {
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
    return (goOn, ms) => this.#world.clock.after(ms, () => end(goOn))
  }

  /** Nobody goes on because of it. */
  #silently(ms: number, run: () => void): void {
    this.#world.clock.after(ms, () => {
      run()
      return false
    })
  }

  #latency(): number {
    return drawnLatencyMs(this.#world.chance, this.#world.weather)
  }
}

function connectionLost(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}
