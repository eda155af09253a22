/** Bitmaps in Arrow's order: a bit for each row, the least significant first. */

/** Sets the bits of the rows `from` to `to` (exclusive). */
export function setBits(bits: Uint8Array, from: number, to: number): void {
  for (let row = from; row < to; ) {
    if ((row & 7) === 0 && row + 8 <= to) {
      bits[row >> 3] = 255
      row += 8
    } else {
      bits[row >> 3]! |= 1 << (row & 7)
      row++
    }
  }
}
