/** Copies arrays into one, in order. */
export function concatBytes(arrays: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const array of arrays) length += array.length
  const bytes = new Uint8Array(length)
  let at = 0
  for (const array of arrays) {
    bytes.set(array, at)
    at += array.length
  }
  return bytes
}
