/** The codes of long symbols that were found before, by their bytes. */

/** A power of two. With 4,096 different symbols, one in 60 is not found and has to be hashed in each row. */
const SLOTS = 8192
/** Slots in which a symbol may be. */
const PROBES = 4
/** Longer symbols are not kept: the table has at most 2 MiB. */
const MAX_BYTES = 256

/** Forgets symbols when there are many, so its memory is limited, however many a file has. */
export class LongSymbols {
  readonly #symbols: (Uint8Array | undefined)[] = new Array(SLOTS).fill(undefined)
  readonly #codes = new Int32Array(SLOTS)

  /** @returns undefined when the symbol is not known, or was forgotten */
  codeOf(bytes: Uint8Array, start: number, end: number): number | undefined {
    const first = slotOfSymbol(bytes, start, end)
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = (first + probe) & (SLOTS - 1)
      const symbol = this.#symbols[slot]
      if (symbol === undefined) return undefined
      if (isThatSymbol(symbol, bytes, start, end)) return this.#codes[slot]!
    }
    return undefined
  }

  add(bytes: Uint8Array, start: number, end: number, code: number): void {
    if (end - start > MAX_BYTES) return
    const first = slotOfSymbol(bytes, start, end)
    let slot = first
    for (let probe = 0; probe < PROBES; probe++) {
      const next = (first + probe) & (SLOTS - 1)
      if (this.#symbols[next] !== undefined) continue
      slot = next
      break
    }
    // a copy, also of a Buffer, whose slice would be the same memory
    this.#symbols[slot] = new Uint8Array(bytes.subarray(start, end))
    this.#codes[slot] = code
  }
}

/** The finalizer of MurmurHash3 over words, as the symbols of an exchange differ in few bits. */
function slotOfSymbol(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0
  let i = start
  for (; i + 4 <= end; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    hash = Math.imul(hash ^ word, 0x85_eb_ca_6b)
    hash ^= hash >>> 13
  }
  for (; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0xc2_b2_ae_35)
  return (hash ^ (hash >>> 16)) & (SLOTS - 1)
}

function isThatSymbol(symbol: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (symbol.length !== end - start) return false
  for (let i = 0; i < symbol.length; i++) if (symbol[i] !== bytes[start + i]) return false
  return true
}
