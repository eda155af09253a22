/** The keys of a sequence that messages name, and that are still to be done. */
import { compareKeys } from '../shared/key-order.ts'
import type { Hint, SentHint } from './hints.ts'

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

/**
 * Messages about the keys after a key that its own message does not cover: an output that is right is to be made again, or the
 * object may be deleted, and a report that it left is in no listing.
 */
export function afterKey(hints: readonly Hint[], key: string): SentHint[] {
  const isOwed = (hint: Hint) => (hint.again || hint.size === undefined) && compareKeys(hint.key, key) > 0
  return hints.filter(isOwed).map(({ size: _, isDirect: __, sequence: ___, ...hint }) => hint)
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
