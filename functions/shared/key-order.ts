/** The order of S3: that of the bytes of the keys in UTF-8. */

/** Compares two keys as S3 does, by their bytes in UTF-8. JavaScript orders characters beyond U+FFFF differently. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Surrogates (U+D800 to U+DFFF) encode the characters beyond U+FFFF, which come after all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
