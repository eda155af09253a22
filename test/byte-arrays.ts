/** Byte arrays one behind the other, as a decoded column has them. */
export function byteArrays(parts: readonly Uint8Array[]) {
  const ends = new Int32Array(parts.length)
  for (const [i, { length }] of parts.entries()) ends[i] = (ends[i - 1] ?? 0) + length
  const starts = ends.map((end, i) => end - parts[i]!.length)
  return { values: new Uint8Array(Buffer.concat(parts)), starts, ends }
}
