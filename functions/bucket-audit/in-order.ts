/** Works on several items at a time. */

/** A HEAD takes 20 ms, so this many at once make 3,000 a second. */
export const HEADS_AT_ONCE = 64

/** Works on up to `atOnce` items at a time. @yields the results in the order of the items */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => R | Promise<R>,
): AsyncGenerator<R, undefined> {
  const results: (R | Promise<R>)[] = []
  for await (const item of items) {
    const result = work(item)
    // a failure is thrown in its turn, or not at all if an earlier one ended the loop
    if (result instanceof Promise) result.catch(() => {})
    results.push(result)
    if (results.length >= atOnce) yield await results.shift()!
  }
  for (const result of results) yield await result
  return undefined
}
