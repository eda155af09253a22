/** Opens and writes the FILEs of the command line: paths, objects in S3, or - for standard input and output. */
import { createWriteStream } from 'node:fs'
import { mkdir, realpath } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { type ByteSource, type OutputBytes, wholeOutput } from '../../functions/shared/byte-source.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { checkLocalTarget, openLocalFile, type StagedFile, stageLocalFile } from '../../functions/storage/local-file.ts'
import type { ObjectAddress, S3Object, S3Port } from '../../functions/storage/s3-client.ts'
import { writeStandardOutput } from './standard-output.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface InputFile extends ByteSource {
  /** The name as given. */
  readonly name: string
  readonly bytesRead: number
  checkUnchanged(): Promise<void>
  close(): Promise<void>
  /** The object, if it is in S3, so that S3 can copy it. */
  readonly object?: { readonly s3: S3Port; readonly address: S3Object }
  /** Whether the operating system can copy it by its name. */
  readonly isLocal: boolean
}

/** The bytes of an output: if it is appended, those of the input, then these; otherwise these alone. */
export const STANDARD = '-'
const S3_URI = /^s3:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/s

/** @throws RefusedError `path` when it cannot be read, saying what to do */
export async function openInput(name: string): Promise<InputFile> {
  if (name === STANDARD) return spooled(process.stdin)
  if (isObject(name)) return openObjectInput(name)
  const file = await openLocalFile(name)
  return Object.assign(file, { isLocal: true })
}

export function isObject(name: string): boolean {
  return name.startsWith('s3://')
}

/** @throws RefusedError `path` before any work is done */
export async function checkOutput(name: string): Promise<void> {
  if (name === STANDARD) {
    if (process.stdout.isTTY) {
      throw new RefusedError('path', 'standard output is a terminal; send it to a file or a program, or name an OUTPUT')
    }
  } else if (isObject(name)) addressOf(name)
  else await checkLocalTarget(name)
}

const NO_FOLDER: Readonly<Record<string, string>> = {
  ENOENT: 'it is no name of a folder',
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links go in a circle',
}

/**
 * @param option that names the folder
 * @throws RefusedError `path`
 */
export async function makeFolder(name: string, option: string): Promise<void> {
  try {
    await mkdir(name, { recursive: true })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    const why = NO_FOLDER[code] ?? code
    throw new RefusedError('path', `${option}: the folder ${quoted(name)} cannot be made: ${why}`, { cause: error })
  }
}

/** @returns bytes written from here; those that S3 or the operating system copied are not counted */
export async function writeOutput(name: string, input: InputFile, output: OutputBytes): Promise<number> {
  const [written] = await writeOutputs(input, [{ name, output }])
  return written!
}

/**
 * Writes several outputs of one input in the given order. All local files are complete before the first of them takes its
 * place; objects and standard output are written when it is their turn.
 * @returns bytes written from here, for each output
 */
export async function writeOutputs(
  input: InputFile,
  outputs: readonly { readonly name: string; readonly output: OutputBytes }[],
): Promise<number[]> {
  const staged = new Map<string, StagedFile>()
  try {
    for (const { name, output } of outputs) if (isLocal(name)) staged.set(name, await stage(name, input, output))
    const written: number[] = []
    for (const { name, output } of outputs) {
      const file = staged.get(name)
      await file?.commit()
      staged.delete(name)
      written.push(file?.bytesWritten ?? (await writeElsewhere(name, input, output)))
    }
    return written
  } finally {
    for (const file of staged.values()) await file.discard()
  }
}

function isLocal(name: string): boolean {
  return name !== STANDARD && !isObject(name)
}

function stage(name: string, input: InputFile, output: OutputBytes): Promise<StagedFile> {
  if (output.layout === 'appended' && !input.isLocal) {
    return stageLocalFile(name, input, false, wholeOutput(input, output))
  }
  return stageLocalFile(name, input, output.layout === 'appended', output.bytes())
}

function writeElsewhere(name: string, input: InputFile, output: OutputBytes): Promise<number> {
  const whole = () => wholeOutput(input, output)
  return name === STANDARD ? writeStandardOutput(whole()) : writeObjectOutput(name, input, output, whole)
}

/**
 * Checks that files of removed rows do not replace any other file that is read or written.
 * @param option that names them
 * @throws RefusedError `path`
 */
export async function checkApart(
  names: readonly string[],
  option: string,
  inputs: readonly string[],
  outputs: readonly string[],
): Promise<void> {
  // both are called "-", but standard input and output are two places
  const others = [...inputs.filter((name) => name !== STANDARD), ...outputs]
  const taken = new Set(await Promise.all(others.map(placeOf)))
  for (const name of names) {
    if (!taken.has(await placeOf(name))) continue
    throw new RefusedError('path', `${option}: ${quoted(name)} is an INPUT or OUTPUT too; name another place`)
  }
}

/** The same for all names of one place. */
async function placeOf(name: string): Promise<string> {
  if (!isLocal(name)) return name
  const folder = path.dirname(path.resolve(name))
  return realpath(name).catch(async () => path.join(await realpath(folder).catch(() => folder), path.basename(name)))
}

const TURN_MS = 50

/** Copies a stream to a file, because parquet is read from its end. */
async function spooled(stream: NodeJS.ReadableStream & { isTTY?: boolean }): Promise<InputFile> {
  if (stream.isTTY) throw new RefusedError('path', 'standard input is a terminal; send a file to it, or name an INPUT')
  const { folder, remove } = await temporaryFolder()
  try {
    const name = path.join(folder, 'input.parquet')
    await pipeline(stream, createWriteStream(name))
    const file = await openLocalFile(name)
    const { slice, close: closeFile } = file
    let turn = performance.now()
    const sliceInTurns: typeof slice = async (start, end, into) => {
      // reads are synchronous, so Ctrl-C is only handled in turns of the event loop like this one
      if (performance.now() - turn > TURN_MS) {
        await setImmediate()
        turn = performance.now()
      }
      return slice(start, end, into)
    }
    const close = async () => {
      await closeFile()
      await remove()
    }
    return Object.assign(file, { isLocal: true, slice: sliceInTurns, close })
  } catch (error) {
    await remove()
    throw error
  }
}

function addressOf(name: string): ObjectAddress {
  const { bucket, key } = S3_URI.exec(name)?.groups ?? {}
  if (bucket === undefined || key === undefined || key.endsWith('/')) {
    throw new RefusedError('path', `${quoted(name)} names no object; allowed is s3://BUCKET/KEY`)
  }
  return { bucket, key }
}

// the AWS SDK takes 100 ms to load, so it is loaded only for objects

async function connection() {
  const { newS3Client } = await import('../../functions/storage/s3-client.ts')
  // other servers with the S3 interface seldom have a host for each bucket
  return newS3Client({ forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) })
}

async function openObjectInput(name: string): Promise<InputFile> {
  const address = addressOf(name)
  const { headObject, openObject } = await import('../../functions/storage/object-source.ts')
  const s3 = await connection()
  return reachable(name, async () => {
    const head = await headObject(s3, address)
    if (!head) {
      const missing = new RefusedError('path', `${quoted(name)} cannot be used: there is no such object`)
      throw (await missingBucket(s3, address)) ?? missing
    }
    const object = { ...address, ...head }
    const source = await openObject(s3, object)
    return {
      name,
      byteLength: source.byteLength,
      slice: (start, end, room) => reachable(name, () => source.slice(start, end, room)),
      get bytesRead() {
        return source.bytesRead
      },
      // each read already demands the version that was opened
      checkUnchanged: async () => {},
      close: async () => s3.destroy(),
      object: { s3, address: object },
      isLocal: false,
    }
  })
}

/** Finds out whether a missing object's bucket is missing too: HEAD does not tell. @returns undefined when it exists */
async function missingBucket(s3: S3Port, { bucket }: ObjectAddress): Promise<Error | undefined> {
  const { HeadBucketCommand } = await import('@aws-sdk/client-s3')
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }))
    return undefined
  } catch (error) {
    const isMissing = error instanceof Error && error.name === 'NotFound'
    return isMissing ? Object.assign(new Error('no bucket', { cause: error }), { name: 'NoSuchBucket' }) : undefined
  }
}

async function writeObjectOutput(
  name: string,
  input: InputFile,
  output: OutputBytes,
  whole: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const { PARQUET_CONTENT_TYPE, publishObject, writeObject } = await import('../../functions/storage/publish-object.ts')
  const target = { ...addressOf(name), contentType: PARQUET_CONTENT_TYPE }
  return reachable(name, async () => {
    if (input.object) {
      const { s3, address } = input.object
      return (await publishObject(s3, { input: address, source: input, target, output })).bytesWritten
    }
    const s3 = await connection()
    try {
      const { bytesWritten } = await writeObject(s3, target, whole())
      await input.checkUnchanged()
      return bytesWritten
    } finally {
      s3.destroy()
    }
  })
}

const TODO: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket',
  NoSuchKey: 'there is no such object',
  NotFound: 'there is no such object or bucket',
  AccessDenied: 'access is denied; check the policy of the role or user',
  Forbidden: 'access is denied; check the policy of the role or user',
  CredentialsProviderError: 'there are no AWS credentials; set AWS_PROFILE, or log in with `aws sso login`',
  ExpiredToken: 'the AWS credentials are expired; log in again',
  InvalidAccessKeyId: 'the AWS credentials are not known',
  SignatureDoesNotMatch: 'the AWS credentials are wrong',
  PermanentRedirect: 'the bucket is in another region; set AWS_REGION',
}

/** Turns failures of S3 that the user can resolve into refusals that say how. */
async function reachable<T>(name: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!(error instanceof Error) || error instanceof RefusedError) throw error
    const isChanged = error.name === 'SourceChangedError'
    const reason = isChanged
      ? 'it was replaced or deleted while it was read; run it again'
      : (TODO[error.name] ??
        (error.message === 'Region is missing' ? 'no region is set; set AWS_REGION' : unreachableReason(error)))
    if (reason === undefined) throw error
    throw new RefusedError('path', `${quoted(name)} cannot be used: ${reason}`, { cause: error })
  }
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'])

/** @returns undefined when the error is not one of the connection */
function unreachableReason(error: Error & { code?: string; hostname?: string }): string | undefined {
  const isTimeout = error.name === 'TimeoutError'
  if (!isTimeout && !UNREACHABLE.has(error.code ?? '')) return undefined
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  const endpoint = AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL ?? error.hostname
  const where = endpoint === undefined ? 'S3' : quoted(endpoint)
  return `${where} does not answer (${error.code ?? error.name}); check AWS_ENDPOINT_URL, AWS_REGION and the network`
}
