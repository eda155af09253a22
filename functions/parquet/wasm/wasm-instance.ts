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

let limitBytes = MAX_LIMIT_BYTES
let module: WebAssembly.Module | undefined
let imports: unknown
let current: Exports | undefined

/**
 * Has to be called before each file: sets the bytes that parquet-wasm may allocate, and frees those that the previous
 * file needed.
 */
export function prepareWasm(memoryBytes: number): void {
  const limit = Math.min(MAX_LIMIT_BYTES, Math.floor(memoryBytes))
  if (limit !== limitBytes) {
    limitBytes = limit
    module = undefined
    replaceWasm()
  } else if (current && current.memory.buffer.byteLength > KEPT_MEMORY_BYTES) {
    replaceWasm()
  }
}

export function wasmMemoryLimit(): number {
  return limitBytes
}

/** Compiles and starts parquet-wasm, once per process (about 25 ms). */
export function startWasm(): void {
  if (current) return
  function CapturingInstance(_: WebAssembly.Module, given: unknown) {
    imports = given
    current = newInstance()
    return { exports: standIn(Object.keys(current)) }
  }
  // the only way to get the imports that the package passes to its instance
  api.Instance = CapturingInstance as unknown as typeof Instance
  try {
    initSync({ module: compiled() })
  } finally {
    api.Instance = Instance
  }
}

/**
 * Continues with a new instance. Everything from the old instance must have been freed before: otherwise it would be
 * freed in the new one.
 */
export function replaceWasm(): void {
  const old = current
  if (!old) return
  current = newInstance()
  // detaches the buffer, so that the package notices that its views of the memory are stale
  old.memory.grow(0)
  current.__wbindgen_start()
}

/** Whether the instance trapped, for example because its memory ran out: it cannot be used again. */
export function isTrap(error: unknown): boolean {
  return error instanceof RuntimeError
}

function newInstance(): Exports {
  return new Instance(compiled(), imports).exports
}

function standIn(names: readonly string[]): object {
  const getters = names.map((name) => [name, { get: () => current?.[name] }] as const)
  return Object.defineProperties({}, Object.fromEntries(getters))
}

function compiled(): WebAssembly.Module {
  module ??= new Module(withMemoryLimit(wasmFile(), Math.floor(limitBytes / WASM_PAGE_BYTES)))
  return module
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
      const parts = [
        binary.subarray(0, start),
        Uint8Array.of(id),
        varint(section.length),
        section,
        binary.subarray(end),
      ]
      return new Uint8Array(Buffer.concat(parts))
    }
    start = end
  }
  throw new Error('parquet-wasm has no memory section')
}
