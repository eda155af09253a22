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

/** Calls `use` for each run of equal bits, in order. */
export function bitRuns(bits: Uint8Array, rows: number, use: (isSet: boolean, from: number, to: number) => void): void {
  for (let from = 0; from < rows; ) {
    const isSet = (bits[from >> 3]! & (1 << (from & 7))) !== 0
    const whole = isSet ? 255 : 0
    let to = from + 1
    while (to < rows) {
      if ((to & 7) === 0 && bits[to >> 3] === whole) to += 8
      else if (((bits[to >> 3]! & (1 << (to & 7))) !== 0) === isSet) to++
      else break
    }
    to = Math.min(to, rows)
    use(isSet, from, to)
    from = to
  }
}
