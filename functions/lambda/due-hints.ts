/** The keys of a sequence that messages name, and that are still to be done. */
import { compareKeys } from '../shared/key-order.ts'
import type { Hint } from './hints.ts'

/** The key that has to be reached for all of these. */
export function lastOf(hints: readonly Hint[]): string {
  const keys = hints.map(({ key, advance }) => advance?.through ?? key)
  return keys.sort(compareKeys).at(-1)!
}

/** How far these have come: the key to be reached, the messages that continued each other, and the failures among them. */
export function progressOf(hints: readonly Hint[]) {
  const most = (of: 'hops' | 'failures') => Math.max(...hints.map(({ advance }) => advance?.[of] ?? 0))
  return { through: lastOf(hints), hops: most('hops'), failures: most('failures') }
}

/** Messages for the keys from a key on that somebody asks to make again. */
export function asksAgain(hints: readonly Hint[], from: string) {
  const asked = hints.filter(({ again, key }) => again && compareKeys(key, from) >= 0)
  return asked.map(({ bucket, key }) => ({ bucket, key, again: true }))
}

/** Adds keys to those that are listed: of a deleted object there may be a report left. */
export async function* withKeys(
  listed: AsyncIterable<string>,
  due: readonly Hint[],
): AsyncGenerator<string, undefined> {
  const waiting = due.map(({ key }) => key)
  for await (const key of listed) {
    while (waiting.length > 0 && compareKeys(waiting[0]!, key) < 0) yield waiting.shift()!
    if (waiting[0] === key) waiting.shift()
    yield key
  }
  yield* waiting
  return undefined
}
