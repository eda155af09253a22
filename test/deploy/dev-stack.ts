/** `npm run dev:stack`: the emulator with the app deployed, left running for a person to play with. */
import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { setInterval } from 'node:timers/promises'
import { temporaryFolder } from '../parquet-files.ts'
import { newAccount } from './deployment.ts'

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort())
const aborted = new Promise<never>((_, reject) => {
  ending.signal.addEventListener('abort', () => reject(ending.signal.reason))
})
aborted.catch(() => {})
const account = await newAccount(['local'])
try {
  console.log('deploying to an emulated account')
  const deploying = account.bootstrap().then(() => account.deploy('local'))
  deploying.catch(() => {})
  await Promise.race([aborted, deploying])
  const { UploadTo, EnrichedFiles, FailureReports } = await account.outputs('local')
  const variables = Object.entries(account.emulator.environment).map(([name, value]) => `export ${name}=${value}`)
  const log = path.join(temporaryFolder(), 'function.log')
  console.log(`
Deployed. In another terminal, first

${variables.join('\n')}

then, with the AWS CLI or any SDK,

aws s3 cp FILE.parquet ${UploadTo}
aws s3 ls ${EnrichedFiles}
aws s3 ls ${FailureReports}
npm run status -- --environment local
npm run backfill -- --environment local --yes

The function's log: ${log}
Ctrl-C ends it all.`)
  let written = 0
  for await (const _ of setInterval(500, undefined, { signal: ending.signal })) {
    const lines = account.host.log.slice(written)
    written += lines.length
    if (lines.length > 0) appendFileSync(log, `${lines.join('\n')}\n`)
  }
} catch (error) {
  if (!ending.signal.aborted) throw error
} finally {
  await account.stop()
}
