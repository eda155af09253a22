/** The bundled function in a process of its own: `fork(..., [BUNDLE])`; each message is an event, each answer its cost. */
import { pathToFileURL } from 'node:url'
import type { Context } from 'aws-lambda'
import { peakMemoryMiB } from '../../functions/shared/peak-memory.ts'

export interface Invocation {
  readonly answer: unknown
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMemoryMiB: number
}

const { handler } = await import(pathToFileURL(process.argv[2]!).href)
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 300_000 } as Context

process.on('message', async (event) => {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const answer: unknown = await handler(event, context)
  const { user, system } = process.cpuUsage(cpu)
  process.send!({
    answer,
    wallMs: performance.now() - started,
    cpuMs: (user + system) / 1000,
    peakMemoryMiB: peakMemoryMiB(),
  } satisfies Invocation)
})
process.on('disconnect', () => process.exit())
process.send!('ready')
