/** The function's process is killed after each answer of S3; then its message comes again, once. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sqsEvent } from '../../fakes/lambda.ts'
import type { Invocation, InvocationResult } from '../invocation.ts'
import { assertEnd, CASES, type Case, deliveryFor, prepare, settingsFor } from './cases.ts'
import { deliverOnce } from './deliver.ts'
import { keysFor, type MarketBucket, objectAt } from './market-bucket.ts'
import type { Suite } from './suite.ts'

/** Processes side by side: their start takes most of the time. */
const AT_ONCE = 2

export function kills(suite: Suite): void {
  for (const [what, some] of Object.entries<Case>(CASES)) {
    const title = `ends right after a kill at any request for ${what}`
    it(title, { skip: suite.skips[title] ?? false }, async () => {
      const whole = `kill 0 ${what}.parquet`
      const result = await invoke(suite, await prepare(suite.bucket(), whole, some), some)
      await assertEnd(suite, whole, some, 'without a kill')
      const requests = result!.requests.length
      assert.ok(requests >= 4)
      let killAfter = 0
      const runner = async () => {
        while (killAfter < requests) await killAndRepeat(suite, what, some, ++killAfter)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, runner))
    })
  }
}

async function killAndRepeat(suite: Suite, what: string, some: Case, killAfter: number): Promise<void> {
  const name = `kill ${killAfter} ${what}.parquet`
  const event = await prepare(suite.bucket(), name, some)
  const result = await invoke(suite, event, some, killAfter)
  assert.equal(result, undefined, `it lives after ${killAfter} answers`)
  assert.ok(await isWhole(suite.bucket(), name, some), `half an output after a kill at answer ${killAfter}`)
  const delivery = { ...deliveryFor(suite, some), receiveCount: 2 }
  const { isDone, files } = await deliverOnce(suite.bucket().s3, event, delivery)
  assert.ok(isDone, JSON.stringify(files))
  await assertEnd(suite, name, some, `after a kill at answer ${killAfter} of S3`)
}

/** Whether the output, if there is one, is that of one of the contents. */
async function isWhole(bucket: MarketBucket, name: string, { before, last }: Case): Promise<boolean> {
  const output = await objectAt(bucket, keysFor(name).output)
  return !output || [...before, last].some(({ enriched }) => enriched && Buffer.compare(output.bytes, enriched) === 0)
}

/** @returns undefined when the process was killed */
function invoke(suite: Suite, body: object, some: Case, killAfter?: number): Promise<InvocationResult | undefined> {
  const script = fileURLToPath(new URL('../invocation.ts', import.meta.url))
  const invocation: Invocation = {
    event: sqsEvent([body]),
    settings: settingsFor(some),
    ...(killAfter !== undefined && { killAfter }),
  }
  const compileCache = fileURLToPath(new URL('../../../bin/start.js', import.meta.url))
  const env = { ...process.env, ...suite.server().environment, AWS_ENDPOINT_URL_EVENTBRIDGE: suite.bus().endpoint }
  return new Promise((resolve, reject) => {
    const options = ['--import', compileCache, script, JSON.stringify(invocation)]
    execFile(process.execPath, options, { env }, (error, stdout, stderr) => {
      if (!error) resolve(JSON.parse(stdout))
      else if (error.signal === 'SIGKILL') resolve(undefined)
      else reject(new Error(stderr, { cause: error }))
    })
  })
}
