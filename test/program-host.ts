/** A process that runs one program after the other, each with its own arguments, variables, output and exit code. */
import { fileURLToPath } from 'node:url'

export interface Call {
  /** Of a script in `bin`. */
  readonly name: string
  readonly env: NodeJS.ProcessEnv
  readonly args: readonly string[]
  /** The folder that relative paths begin from; else that of the process. */
  readonly cwd?: string | undefined
}

export interface CallResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const home = process.cwd()
let calls = 0

async function run({ name, env, args, cwd = home }: Call): Promise<CallResult> {
  const script = new URL(`../bin/${name}.ts`, import.meta.url)
  process.argv.splice(1, process.argv.length, fileURLToPath(script), ...args)
  // only this module is loaded again; those that it imports stay
  script.search = `call=${++calls}`
  for (const variable of Object.keys(process.env)) if (!(variable in env)) delete process.env[variable]
  Object.assign(process.env, env)
  process.exitCode = undefined
  process.chdir(cwd)
  const [stdout, stderr] = [process.stdout, process.stderr].map(collected)
  try {
    await import(script.href)
  } finally {
    for (const stream of [stdout, stderr]) stream!.release()
    process.chdir(home)
  }
  return { code: Number(process.exitCode ?? 0), stdout: stdout!.text(), stderr: stderr!.text() }
}

/** Takes what is written to a stream from now on, and the listeners that a program adds to it. */
function collected(stream: NodeJS.WriteStream) {
  const pieces: Buffer[] = []
  const [write, listeners] = [stream.write, stream.listeners('error')]
  stream.write = ((piece: Uint8Array | string, encoding?: unknown, callback = encoding) => {
    // the memory of a piece is used again
    pieces.push(Buffer.from(piece as string))
    if (typeof callback === 'function') queueMicrotask(callback as () => void)
    return true
  }) as typeof stream.write
  return {
    text: () => Buffer.concat(pieces).toString(),
    release: () => {
      stream.write = write
      for (const listener of stream.listeners('error')) {
        if (!listeners.includes(listener)) stream.off('error', listener as () => void)
      }
    },
  }
}

process.exit = () => {
  throw new Error('a program that calls process.exit() needs a process of its own')
}
process.on('message', async (call: Call) => process.send!(await run(call)))
