/**
 * The wasm instance of parquet-wasm. Its memory is capped. It is replaced after a trap, and when one file has made it
 * large, because wasm memory never shrinks.
 *
 * The package starts one instance and keeps it. Here it gets a stand-in, whose exports are those of the current
 * instance.
 */
import { existsSync, readFileSync } from 'node:fs'
import { initSync } from 'parquet-wasm/esm'
import { readVarint, varint } from '../format/varint.ts'

interface Exports {
  readonly [name: string]: unknown
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  __wbindgen_start(): void
}

/** The parts of https://webassembly.github.io/spec/js-api/ that are used here; Node's types lack some of them. */
interface WebAssemblyApi {
  readonly Module: new (binary: Uint8Array<ArrayBuffer>) => WebAssembly.Module
  Instance: new (module: WebAssembly.Module, imports: unknown) => { readonly exports: Exports }
  readonly RuntimeError: ErrorConstructor
}

const api = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly
const { Module, Instance, RuntimeError } = api

const WASM_PAGE_BYTES = 65_536
const MAX_LIMIT_BYTES = 2 ** 31
/** An instance with more memory than usual pieces need is not kept for the next file. */
const KEPT_MEMORY_BYTES = 64 * 1024 * 1024

/** The one instance of the process, with the memory that it may take. */
class CappedInstance {
  #limitBytes = MAX_LIMIT_BYTES
  /** Compiled for the limit. */
  #module: WebAssembly.Module | undefined
  /** Those that the package gives to its instance. */
  #imports: unknown
  #exports: Exports | undefined

  get limitBytes(): number {
    return this.#limitBytes
  }

  /**
   * Has to be called before each file: sets the bytes that parquet-wasm may allocate, and frees those that the previous
   * file needed.
   */
  prepare(memoryBytes: number): void {
    const limit = Math.min(MAX_LIMIT_BYTES, Math.floor(memoryBytes))
    if (limit !== this.#limitBytes) {
      this.#limitBytes = limit
      this.#module = undefined
      this.replace()
    } else if (this.#exports && this.#exports.memory.buffer.byteLength > KEPT_MEMORY_BYTES) {
      this.replace()
    }
  }

  /** Compiles and starts parquet-wasm, once per process (about 25 ms). */
  start(): void {
    if (this.#exports) return
    const started = (imports: unknown) => {
      this.#imports = imports
      this.#exports = this.#create()
      return { exports: this.#standIn(Object.keys(this.#exports)) }
    }
    function CapturingInstance(_: WebAssembly.Module, imports: unknown) {
      return started(imports)
    }
    // the only way to get the imports that the package passes to its instance
    api.Instance = CapturingInstance as unknown as typeof Instance
    try {
      initSync({ module: this.#compiled() })
    } finally {
      api.Instance = Instance
    }
  }

  /**
   * Continues with a new instance. Everything from the old instance must have been freed before: otherwise it would be
   * freed in the new one.
   */
  replace(): void {
    const old = this.#exports
    if (!old) return
    this.#exports = this.#create()
    // detaches the buffer, so that the package notices that its views of the memory are stale
    old.memory.grow(0)
    this.#exports.__wbindgen_start()
  }

  #create(): Exports {
    return new Instance(this.#compiled(), this.#imports).exports
  }

  #compiled(): WebAssembly.Module {
    this.#module ??= new Module(withMemoryLimit(wasmFile(), Math.floor(this.#limitBytes / WASM_PAGE_BYTES)))
    return this.#module
  }

  #standIn(names: readonly string[]): object {
    const getters = names.map((name) => [name, { get: () => this.#exports?.[name] }] as const)
    return Object.defineProperties({}, Object.fromEntries(getters))
  }
}

export const wasmInstance = new CappedInstance()

/** Whether the instance trapped, for example because its memory ran out: it cannot be used again. */
export function isTrap(error: unknown): boolean {
  return error instanceof RuntimeError
}

function wasmFile(): Uint8Array<ArrayBuffer> {
  // next to the bundle in the function, in node_modules elsewhere
  const beside = new URL('./parquet_wasm_bg.wasm', import.meta.url)
  return readFileSync(
    existsSync(beside) ? beside : new URL(import.meta.resolve('parquet-wasm/esm/parquet_wasm_bg.wasm')),
  )
}

const MEMORY_SECTION = 5

/** The binary with a maximum in its memory section. Source: https://webassembly.github.io/spec/core/binary/modules.html */
function withMemoryLimit(binary: Uint8Array, maxPages: number): Uint8Array<ArrayBuffer> {
  for (let start = 8; start < binary.length; ) {
    const id = binary[start]!
    const { value: length, end: from } = readVarint(binary, start + 1)!
    const end = from + length
    if (id === MEMORY_SECTION) {
      // the section holds one memory: a flag for its maximum, its minimum, its maximum
      const { value: minimum } = readVarint(binary, from + 2)!
      const section = Buffer.concat([Uint8Array.of(1, 1), varint(minimum), varint(maxPages)])
      const arrays = [
        binary.subarray(0, start),
        Uint8Array.of(id),
        varint(section.length),
        section,
        binary.subarray(end),
      ]
      return new Uint8Array(Buffer.concat(arrays))
    }
    start = end
  }
  throw new Error('parquet-wasm has no memory section')
}
