/** Counts of work, which do not depend on the machine: calls of functions, and large allocations outside of V8's heap. */
import { Session } from 'node:inspector'

/** By the path of the file below `functions`, then by the name of the function. */
export type Calls = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Counts calls from its creation until `stop`, which makes V8 slow. */
export class CallCounter {
  readonly #session = new Session()

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  }

  /** How often the work calls each function of the program. Nothing else may run beside it. */
  async callsOf(work: () => Promise<void>): Promise<Calls> {
    this.#taken()
    await work()
    return this.#taken()
  }

  /** Since it was asked before. */
  #taken(): Calls {
    const calls = new Map<string, Map<string, number>>()
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error) throw error
      for (const { url, functions } of taken.result) {
        const [, file] = url.split('/functions/')
        if (file === undefined) continue
        const own = new Map<string, number>()
        for (const { functionName, ranges } of functions) {
          own.set(functionName, (own.get(functionName) ?? 0) + ranges[0]!.count)
        }
        calls.set(file, own)
      }
    })
    return calls
  }

  stop(): void {
    this.#session.disconnect()
  }
}

/** Of all functions whose file is in one of the folders. */
export function callsIn(calls: Calls, ...folders: readonly string[]): number {
  const files = [...calls].filter(([file]) => folders.some((folder) => file.startsWith(`${folder}/`)))
  return files.reduce((sum, [, own]) => sum + [...own.values()].reduce((all, count) => all + count, 0), 0)
}

export interface Allocations {
  readonly count: number
  readonly bytes: number
}

const ARRAYS = [
  'ArrayBuffer',
  'Uint8Array',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const
const ALLOCATORS = ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'concat', 'from'] as const

/** New arrays and buffers of at least so many bytes, copies by `slice` included. Must not run beside another one. */
export async function allocationsOf(leastBytes: number, work: () => Promise<void>): Promise<Allocations> {
  let [count, bytes] = [0, 0]
  const see = <T extends { readonly byteLength: number }>(made: T): T => {
    if (made.byteLength >= leastBytes) {
      count++
      bytes += made.byteLength
    }
    return made
  }
  const restore: (() => void)[] = []
  const replace = (of: object, name: string, value: unknown) => {
    const before = Object.getOwnPropertyDescriptor(of, name)!
    Object.defineProperty(of, name, { ...before, value })
    restore.push(() => Object.defineProperty(of, name, before))
  }
  for (const name of ARRAYS) {
    const original = globalThis[name]
    const construct = (target: typeof original, args: readonly unknown[], newTarget: typeof original) => {
      const made = Reflect.construct(target, args, newTarget)
      // an array of a given buffer allocates nothing
      return args[0] instanceof ArrayBufferOf || args[0] instanceof SharedArrayBuffer ? made : see(made)
    }
    replace(globalThis, name, new Proxy(original, { construct }))
  }
  for (const name of ALLOCATORS) {
    const original = Buffer[name] as (...args: unknown[]) => Buffer
    replace(Buffer, name, (...args: unknown[]) => {
      const made = original.apply(Buffer, args)
      return args[0] instanceof ArrayBufferOf ? made : see(made)
    })
  }
  const { slice } = TypedArray
  replace(TypedArray, 'slice', function (this: Uint8Array, ...args: [number, number]) {
    return see(slice.apply(this, args))
  })
  try {
    await work()
  } finally {
    for (const back of restore) back()
  }
  return { count, bytes }
}

const ArrayBufferOf = ArrayBuffer
const TypedArray = Object.getPrototypeOf(Uint8Array.prototype) as { slice: (start: number, end: number) => Uint8Array }
