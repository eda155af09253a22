/**
 * One invocation of the function as a process of its own: `node invocation.ts '{"event": ..., "killAfter": 3}'`. Prints
 * what became of it as JSON; with `killAfter` it ends without a word after so many answers of S3.
 */
import type { Context } from 'aws-lambda'
import { parseSettings, type SettingsInput } from '../../functions/lambda/function-settings.ts'
import { createHandler } from '../../functions/lambda/handler.ts'
import type { FileRecord } from '../../functions/lambda/telemetry.ts'
import { eventBus, newEventBridgeClient } from '../../functions/storage/event-bus.ts'
import { newS3Client, type S3Port } from '../../functions/storage/s3-client.ts'
import { SILENT_TELEMETRY } from '../fakes/silent-telemetry.ts'

export interface Invocation {
  readonly event: unknown
  readonly killAfter?: number
  readonly settings?: SettingsInput
}

export interface InvocationResult {
  readonly answer: unknown
  readonly files: FileRecord[]
  readonly requests: { readonly name: string; readonly uploadedBytes: number }[]
  readonly deadLetters: unknown[]
}

const { event, killAfter, settings = {} }: Invocation = JSON.parse(process.argv[2]!)
const client = newS3Client({ forcePathStyle: true })
const requests: InvocationResult['requests'] = []
let answers = 0
const send = async (command: { readonly input: { readonly Body?: Uint8Array } }, options: object) => {
  requests.push({ name: command.constructor.name, uploadedBytes: command.input.Body?.length ?? 0 })
  try {
    return await (client.send as (command: object, options: object) => Promise<unknown>)(command, options)
  } finally {
    // "there is no such object" is an answer, too
    if (++answers === killAfter) process.kill(process.pid, 'SIGKILL')
  }
}
const files: FileRecord[] = []
const deadLetters: unknown[] = []
const handler = createHandler({
  s3: { send } as unknown as S3Port,
  environment: {
    settings: parseSettings(settings, 512),
    bucket: undefined,
    deployment: { stack: 'stack', number: 1 },
  },
  queue: {
    retryIn: async () => {},
    send: async () => {},
    sendInGroup: async () => {},
    giveUp: async (body, attributes) => {
      deadLetters.push({ body, attributes })
    },
  },
  telemetry: {
    ...SILENT_TELEMETRY,
    record: (file) => files.push(file),
  },
  announce: settings.eventBus === undefined ? undefined : eventBus(newEventBridgeClient(), settings.eventBus),
})
const context = { awsRequestId: 'r1', getRemainingTimeInMillis: () => 120_000 } as Context
const answer = await handler(event, context)
const result: InvocationResult = { answer, files, requests, deadLetters }
process.stdout.write(JSON.stringify(result))
client.destroy()
