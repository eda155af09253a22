/** A real S3 server on this machine: versitygw, one process over two folders. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../parquet-files.ts'
import { ACCESS, type S3Server, SECRET, serverAt } from './server.ts'

/** The program is named by `VERSITYGW`, which `run.ts` sets. */
export async function startVersitygw(): Promise<S3Server> {
  const program = process.env.VERSITYGW
  if (!program) throw new Error('VERSITYGW does not name the server: run this by `npm run test:s3`')
  const folder = temporaryFolder()
  const [objects, versions] = [path.join(folder, 'objects'), path.join(folder, 'versions')]
  for (const name of [objects, versions]) mkdirSync(name)
  const port = await freePort()
  const options = ['--port', `127.0.0.1:${port}`, '--access', ACCESS, '--secret', SECRET, '--quiet']
  const server = spawn(program, [...options, 'posix', '--versioning-dir', versions, objects], { stdio: 'ignore' })
  return serverAt(`http://127.0.0.1:${port}`, server, 'versitygw')
}
