/** A second S3 server on this machine, written independently of the first: MinIO, one process over one folder. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../parquet-files.ts'
import { ACCESS, type S3Server, SECRET, serverAt } from './server.ts'

/** The program is named by `MINIO`, which `run.ts` sets. */
export async function startMinio(): Promise<S3Server> {
  const program = process.env.MINIO
  if (!program) throw new Error('MINIO does not name the server: run this by `npm run test:s3`')
  const folder = temporaryFolder()
  const [data, certificates] = [path.join(folder, 'data'), path.join(folder, 'certificates')]
  const [address, consoleAddress] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
  const options = ['--address', address, '--console-address', consoleAddress, '--certs-dir', certificates]
  const env = {
    ...process.env,
    MINIO_ROOT_USER: ACCESS,
    MINIO_ROOT_PASSWORD: SECRET,
    // the console, a server of its own
    MINIO_BROWSER: 'off',
    // what it would ask or tell its makers
    MINIO_UPDATE: 'off',
    MINIO_CALLHOME_ENABLE: 'off',
  }
  const server = spawn(program, ['server', ...options, data], { cwd: folder, env, stdio: 'ignore' })
  return serverAt(`http://${address}`, server, 'MinIO')
}
