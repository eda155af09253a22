/** Opens and writes the files of the command line that are objects in S3. */
import type { BytePieces, OutputBytes } from '../../functions/shared/byte-source.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import type { ObjectAddress, S3Port } from '../../functions/storage/s3-client.ts'
import type { InputFile } from './input-file.ts'

const S3_URI = /^s3:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/s

export function objectAddress(name: string): ObjectAddress {
  const { bucket, key } = S3_URI.exec(name)?.groups ?? {}
  if (bucket === undefined || key === undefined || key.endsWith('/')) {
    throw new RefusedError('path', `${quoted(name)} names no object; allowed is s3://BUCKET/KEY`)
  }
  return { bucket, key }
}

// the AWS SDK takes 100 ms to load, so it is loaded only for objects

async function connection() {
  const { newS3Client } = await import('../../functions/storage/s3-client.ts')
  const endpoint = endpointUrl()
  if (endpoint !== undefined && !URL.canParse(endpoint)) {
    throw new RefusedError(
      'settings',
      `AWS_ENDPOINT_URL is ${quoted(endpoint)}; allowed is a URL such as http://localhost:9000`,
    )
  }
  // other servers with the S3 interface seldom have a host for each bucket
  return newS3Client({ forcePathStyle: endpoint !== undefined })
}

/** A variable that is set but empty is not set for the AWS SDK either. */
function endpointUrl(): string | undefined {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  return AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL || undefined
}

export async function openObjectInput(name: string): Promise<InputFile> {
  const address = objectAddress(name)
  const [{ headObject }, { openObject }] = await Promise.all([
    import('../../functions/storage/object-head.ts'),
    import('../../functions/storage/object-source.ts'),
  ])
  const s3 = await connection()
  return reachable(name, async () => {
    const head = await headObject(s3, address)
    if (!head) {
      const missing = new RefusedError(
        'path',
        `${quoted(name)} cannot be used: there is no such object${patternHint(name)}`,
      )
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

export async function isObjectTaken(name: string): Promise<boolean> {
  const { headObject } = await import('../../functions/storage/object-head.ts')
  const s3 = await connection()
  try {
    return await reachable(name, async () => (await headObject(s3, objectAddress(name))) !== undefined)
  } finally {
    s3.destroy()
  }
}

/** @returns the names of all objects below `s3://BUCKET/PREFIX/`, in the order of their keys */
export async function objectsBelow(name: string): Promise<string[]> {
  const { bucket, prefix = '' } = /^s3:\/\/(?<bucket>[^/]+)\/(?<prefix>.*)$/s.exec(name)?.groups ?? {}
  if (bucket === undefined)
    throw new RefusedError('path', `${quoted(name)} names no prefix; allowed is s3://BUCKET/PREFIX/`)
  const { listObjects } = await import('../../functions/storage/list-objects.ts')
  const s3 = await connection()
  try {
    return await reachable(name, async () => {
      const names: string[] = []
      for await (const page of listObjects(s3, { bucket, prefix })) {
        names.push(...page.map(({ key }) => `s3://${bucket}/${key}`))
      }
      return names
    })
  } finally {
    s3.destroy()
  }
}

/** A key may contain stars, so a pattern is noticed only when there is no such object. */
function patternHint(name: string): string {
  return /[*?]/.test(name) ? '; patterns are for local files' : ''
}

/** Finds out whether a missing object's bucket is missing too, which HEAD does not say. @returns undefined when it exists */
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

export async function writeObjectOutput(
  name: string,
  input: InputFile,
  output: OutputBytes,
  whole: () => BytePieces,
): Promise<number> {
  const { PARQUET_CONTENT_TYPE, publishObject, writeObject } = await import('../../functions/storage/publish-object.ts')
  const target = { ...objectAddress(name), contentType: output.contentType ?? PARQUET_CONTENT_TYPE }
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
      : (profileReason(error) ?? TODO[error.name] ?? regionReason(error) ?? unreachableReason(error))
    if (reason === undefined) throw error
    throw new RefusedError('path', `${quoted(name)} cannot be used: ${reason}`, { cause: error })
  }
}

/** @returns undefined when the profile that is set is not the reason */
function profileReason({ name, message }: Error): string | undefined {
  const profile = process.env.AWS_PROFILE
  if (!profile) return undefined
  if (name === 'CredentialsProviderError') {
    return `the profile ${quoted(profile)} of AWS_PROFILE has no credentials that can be used; \`aws configure list-profiles\` lists the profiles, and \`aws sso login\` logs in`
  }
  if (message !== 'Region is missing') return undefined
  return `the profile ${quoted(profile)} of AWS_PROFILE states no region, or there is no such profile; \`aws configure list-profiles\` lists them, and AWS_REGION sets a region`
}

/** @returns undefined when the region is not the reason */
function regionReason({ message }: Error): string | undefined {
  if (message === 'Region is missing') return 'no region is set; set AWS_REGION'
  if (!message.startsWith('Region not accepted')) return undefined
  return `AWS_REGION is ${quoted(process.env.AWS_REGION ?? '')}; allowed is the name of a region such as us-east-1`
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'])

/** @returns undefined when the error is not one of the connection */
function unreachableReason(error: Error & { code?: string; hostname?: string }): string | undefined {
  if (error.code === 'ERR_INVALID_URL')
    return 'AWS_ENDPOINT_URL is no URL; allowed is one such as http://localhost:9000'
  const isTimeout = error.name === 'TimeoutError'
  if (!isTimeout && !UNREACHABLE.has(error.code ?? '')) return undefined
  const endpoint = endpointUrl() ?? error.hostname
  const where = endpoint === undefined ? 'S3' : quoted(endpoint)
  return `${where} does not answer (${error.code ?? error.name}); check AWS_ENDPOINT_URL, AWS_REGION and the network`
}
