/**
 * Decompresses SNAPPY pages in wasm: at 1,400 to 1,800 MiB/s and not 550 to 600, and from the first page on, while the
 * loop in snappy.ts is compiled for 40 ms.
 */
import { SNAPPY_MODULE } from './snappy-module.ts'

/** The memory has room for as many bytes of input and of output. Longer pages are left to snappy.ts. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024

interface SnappyInstance {
  readonly memory: Uint8Array
  decompress(from: number, to: number, start: number, limit: number): number
}

/** Node's types lack these parts of https://webassembly.github.io/spec/js-api/. */
interface WebAssemblyParts {
  readonly Module: new (binary: Uint8Array) => object
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: Pick<SnappyInstance, 'decompress'> & { readonly memory: { readonly buffer: ArrayBuffer } }
  }
}

/** Undefined before the first page; null where wasm cannot be used. */
let instance: SnappyInstance | null | undefined

function started(): SnappyInstance | null {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyParts }).WebAssembly
    const { memory, decompress } = new Instance(new Module(Buffer.from(SNAPPY_MODULE, 'base64'))).exports
    return { memory: new Uint8Array(memory.buffer), decompress }
  } catch {
    return null
  }
}

/**
 * @param compressed the bytes after their length
 * @param out gets `length` bytes
 * @returns false where there is no wasm or too little memory, and for damaged bytes; snappy.ts says what is wrong with them
 */
export function snappyInWasm(compressed: Uint8Array, out: Uint8Array, length: number): boolean {
  if (length > MAX_PAGE_BYTES || compressed.length > MAX_PAGE_BYTES) return false
  instance ??= started()
  if (instance === null) return false
  const { memory, decompress } = instance
  memory.set(compressed)
  const end = MAX_PAGE_BYTES + length
  if (decompress(0, compressed.length, MAX_PAGE_BYTES, end) !== end) return false
  out.set(memory.subarray(MAX_PAGE_BYTES, end))
  return true
}
