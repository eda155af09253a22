/** A second S3 server on this machine, written independently of the first: SeaweedFS, all its services in one process. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../parquet-files.ts'
import { ACCESS, type S3Server, SECRET, serverAt } from './server.ts'

const ADDRESS = '127.0.0.1'

/** The program is named by `SEAWEEDFS`, which `run.ts` sets. */
export async function startSeaweedfs(): Promise<S3Server> {
  const program = process.env.SEAWEEDFS
  if (!program) throw new Error('SEAWEEDFS does not name the server: run this by `npm run test:s3`')
  const folder = temporaryFolder()
  const [data, identities] = [path.join(folder, 'data'), path.join(folder, 'identities.json')]
  mkdirSync(data)
  const credentials = [{ accessKey: ACCESS, secretKey: SECRET }]
  writeFileSync(identities, JSON.stringify({ identities: [{ name: 'test', credentials, actions: ['Admin'] }] }))
  const port = await freePort()
  const options = [
    `-dir=${data}`,
    `-ip=${ADDRESS}`,
    `-ip.bind=${ADDRESS}`,
    '-filer',
    '-s3',
    `-s3.port=${port}`,
    `-s3.config=${identities}`,
    // each volume is grown to its limit only as it fills
    '-master.volumeSizeLimitMB=64',
    '-volume.max=100',
    '-volume.preStopSeconds=0',
    // on by default: statistics of its use, sent to its makers
    '-master.telemetry=false',
    `-master.telemetry.url=http://${ADDRESS}:9`,
    // on by default: two services that nobody asks here
    '-s3.port.iceberg=0',
    '-s3.port.lance=0',
    `-s3.localSocket=${path.join(folder, 's3.sock')}`,
    `-filer.localSocket=${path.join(folder, 'filer.sock')}`,
  ]
  // its own default would be the port plus 10,000, which may be taken
  for (const name of ['s3.port.grpc', 'master.port', 'master.port.grpc', 'volume.port', 'volume.port.grpc']) {
    options.push(`-${name}=${await freePort()}`)
  }
  for (const name of ['filer.port', 'filer.port.grpc']) options.push(`-${name}=${await freePort()}`)
  const server = spawn(program, ['server', ...options], { cwd: folder, stdio: 'ignore' })
  return serverAt(`http://${ADDRESS}:${port}`, server, 'SeaweedFS')
}
