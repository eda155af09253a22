/** S3 in memory, exact where the commit protocol depends on it: conditions, versions, multipart, checksums, copies. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3ServiceException } from '@aws-sdk/client-s3'
import type { S3Port } from '../../functions/storage/s3-client.ts'

const MIB = 1024 * 1024

interface Version {
  readonly id: string
  readonly bytes: Uint8Array
  readonly eTag: string
  readonly metadata: Record<string, string>
  readonly contentType: string | undefined
  readonly modified: Date
  /** A delete marker. */
  readonly isDeleted?: boolean
}

interface Part {
  readonly bytes: Uint8Array
  readonly eTag: string
}

interface Upload {
  readonly key: string
  readonly metadata: Record<string, string>
  readonly contentType: string | undefined
  /** Of the parts' checksums, if the upload was started with one: the only kind that the fake knows. */
  readonly algorithm: 'CRC32' | undefined
  readonly parts: Map<number, Part>
}

/** A request as it arrived, without its body. */
export interface Request {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  readonly bodyBytes: number
}

export interface Created {
  readonly key: string
  readonly eTag: string
  readonly size: number
  readonly sequencer: string
  readonly versionId: string | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: the input of any of the SDK's commands
type Input = any
type Answer = Record<string, unknown>
interface Command {
  readonly input: Input
}

export interface FakeBucketOptions {
  readonly name?: string
  readonly versioned?: boolean
  /** S3 refuses smaller parts, but as the last one. */
  readonly minPartBytes?: number
  /** Bytes of a chunk in the body of an answer. */
  readonly chunkBytes?: number
}

export class FakeBucket implements S3Port {
  readonly name: string
  readonly #isVersioned: boolean
  readonly #minPartBytes: number
  readonly #chunkBytes: number
  readonly #objects = new Map<string, Version[]>()
  readonly #uploads = new Map<string, Upload>()
  readonly requests: Request[] = []
  /** Keys of objects that were uploaded with a key of the uploader (SSE-C): S3 answers no HEAD and no GET without it. */
  readonly encrypted = new Set<string>()
  readonly #failing = new Map<string, { readonly key: string | undefined; readonly error: Error }>()
  /** Milliseconds; a test may put its own clock here. */
  now: () => number = Date.now
  #clock = 0

  constructor(options: FakeBucketOptions = {}) {
    this.name = options.name ?? 'market-data'
    this.#isVersioned = options.versioned ?? false
    this.#minPartBytes = options.minPartBytes ?? 5 * MIB
    this.#chunkBytes = options.chunkBytes ?? 64 * 1024
  }

  get keys(): string[] {
    return [...this.#objects.keys()].filter((key) => this.#latest(key)).sort()
  }

  /** Of all objects, also of those whose latest version is a delete marker. */
  get keysWithVersions(): string[] {
    return [...this.#objects.keys()].sort()
  }

  get uploadsUnderWay(): string[] {
    return [...this.#uploads.values()].map((upload) => upload.key)
  }

  get uploadIds(): string[] {
    return [...this.#uploads.keys()]
  }

  bytesOf(key: string): Uint8Array | undefined {
    return this.#latest(key)?.bytes
  }

  metadataOf(key: string): Record<string, string> | undefined {
    return this.#latest(key)?.metadata
  }

  /** When the current object was written. */
  modifiedOf(key: string): Date | undefined {
    return this.#latest(key)?.modified
  }

  eTagOf(key: string): string | undefined {
    return this.#latest(key)?.eTag
  }

  versionIdOf(key: string): string | undefined {
    return this.#isVersioned ? this.#latest(key)?.id : undefined
  }

  /** Names the upload that a key holds, as a message about slow work does. */
  uploadOf(key: string): string {
    const parts = [this.eTagOf(key), this.versionIdOf(key), this.modifiedOf(key)?.toISOString()]
    return parts.filter((part) => part !== undefined).join(' ')
  }

  /**
   * Puts an object there as a user does, and gives the event that S3 would send.
   * @param eTag given where the same bytes are put there often: to hash 5 MiB takes 10 ms
   */
  upload(key: string, bytes: Uint8Array, metadata: Record<string, string> = {}, eTag = md5(bytes)): Created {
    const version = this.#store(key, { bytes, eTag, metadata, contentType: undefined })
    const sequencer = (0x5_0000_0000 + this.#clock * 17).toString(16).toUpperCase().padStart(16, '0')
    const versionId = this.#isVersioned ? version.id : undefined
    return { key, eTag: version.eTag, size: bytes.length, sequencer, versionId }
  }

  /** Puts an object there, whatever is there already. */
  put(key: string, bytes: Uint8Array, metadata: Record<string, string>): void {
    this.#store(key, { bytes, eTag: md5(bytes), metadata, contentType: undefined })
  }

  /** Makes the next request of this name, and of this key if it is given, fail. */
  failNext(name: string, key?: string, error: Error = failure('InternalError', 500)): void {
    this.#failing.set(name, { key, error })
  }

  delete(key: string): void {
    this.#objects.delete(key)
  }

  send = (async (command: Command, options?: { readonly abortSignal?: AbortSignal }) => {
    const { name, input, bytes } = arrived(command)
    this.requests.push({ name, input, bodyBytes: bytes.length })
    options?.abortSignal?.throwIfAborted()
    // an answer never comes in the same turn
    await new Promise((resolve) => setImmediate(resolve))
    options?.abortSignal?.throwIfAborted()
    const failing = this.#failing.get(name)
    if (failing && [undefined, input.Key].includes(failing.key)) {
      this.#failing.delete(name)
      throw failing.error
    }
    return this.#answer(name, input, bytes)
  }) as S3Port['send']

  /**
   * Takes what a request holds now, for a test that decides itself when requests take effect.
   * @returns lets the request take effect, once or several times, and returns what S3 answers
   * @throws S3ServiceException from the returned function
   */
  request(command: Command): () => Answer {
    const { name, input, bytes } = arrived(command)
    return () => this.#answer(name, input, bytes)
  }

  #answer(name: string, input: Input, bytes: Uint8Array): Answer {
    if (input.Bucket !== this.name) throw failure('NoSuchBucket', 404)
    const answer = this.#operations[name]?.(input, bytes)
    if (!answer) throw new Error(`the fake knows no ${name}`)
    return { $metadata: { httpStatusCode: 200 }, ...answer }
  }

  readonly #operations: Record<string, (input: Input, bytes: Uint8Array) => Answer> = {
    PutObject: (input, bytes) => {
      checkChecksum(input, bytes)
      this.#checkCondition(input)
      const { Key, Metadata, ContentType } = input
      const stored = { bytes, eTag: md5(bytes), metadata: Metadata ?? {}, contentType: ContentType }
      return this.#answerTo(this.#store(Key, stored))
    },
    GetObject: (input) => {
      const version = this.#find(input)
      const { bytes } = version
      const headers = { ...this.#headers(version), ETag: quoted(version.eTag) }
      if (input.Range === undefined) {
        return { ...headers, ContentLength: bytes.length, Body: this.#body(bytes) }
      }
      const [start, end] = rangeOf(input.Range, bytes.length)
      const ContentRange = `bytes ${start}-${end - 1}/${bytes.length}`
      const part = bytes.subarray(start, end)
      const $metadata = { httpStatusCode: 206 }
      return { ...headers, $metadata, ContentLength: part.length, ContentRange, Body: this.#body(part) }
    },
    HeadObject: (input) => {
      const version = this.#find(input, true)
      return { ...this.#headers(version), ETag: quoted(version.eTag), ContentLength: version.bytes.length }
    },
    DeleteObject: ({ Key, IfMatch, VersionId }) => {
      if (VersionId !== undefined) {
        this.#deleteVersion(Key, VersionId)
        return { $metadata: { httpStatusCode: 204 } }
      }
      const latest = this.#latest(Key)
      if (IfMatch !== undefined && !latest) throw failure('NoSuchKey', 404)
      if (IfMatch !== undefined && latest && IfMatch !== quoted(latest.eTag)) throw failure('PreconditionFailed', 412)
      if (!this.#isVersioned) this.#objects.delete(Key)
      else {
        const marker = { bytes: new Uint8Array(0), eTag: '', metadata: {}, contentType: undefined, isDeleted: true }
        this.#store(Key, marker)
      }
      return { $metadata: { httpStatusCode: 204 } }
    },
    CreateMultipartUpload: ({ Key, Metadata, ContentType, ChecksumAlgorithm: algorithm, ChecksumType }) => {
      if (ChecksumType || !['CRC32', undefined].includes(algorithm))
        throw new Error("the fake knows the parts' CRC32 only")
      const UploadId = `upload-${++this.#clock}`
      const upload = { key: Key, metadata: Metadata ?? {}, contentType: ContentType, algorithm, parts: new Map() }
      this.#uploads.set(UploadId, upload)
      return { UploadId }
    },
    UploadPart: (input, bytes) => {
      const upload = this.#upload(input)
      // a client of `newS3Client` sends a checksum only if it is told to
      const algorithm = input.ChecksumCRC32 === undefined ? input.ChecksumAlgorithm : 'CRC32'
      if (algorithm !== upload.algorithm) throw failure('InvalidRequest', 400)
      checkChecksum(input, bytes)
      const eTag = md5(bytes)
      upload.parts.set(input.PartNumber, { bytes, eTag })
      return { ETag: quoted(eTag), ChecksumCRC32: algorithm && checksum(bytes) }
    },
    UploadPartCopy: (input) => {
      const upload = this.#upload(input)
      const [path, versionId] = String(input.CopySource).split('?versionId=')
      const [bucket, ...key] = path!.split('/')
      if (bucket !== this.name) throw failure('NoSuchBucket', 404)
      const Key = decodeURIComponent(key.join('/'))
      const VersionId = versionId && decodeURIComponent(versionId)
      const source = this.#find({ Key, VersionId, IfMatch: input.CopySourceIfMatch })
      if (input.CopySourceRange !== undefined && source.bytes.length <= this.#minPartBytes) {
        throw failure('InvalidRequest', 400)
      }
      const whole: [number, number] = [0, source.bytes.length]
      const [start, end] = input.CopySourceRange ? rangeOf(input.CopySourceRange, source.bytes.length) : whole
      const bytes = source.bytes.subarray(start, end)
      const eTag = md5(bytes)
      upload.parts.set(input.PartNumber, { bytes, eTag })
      return { CopyPartResult: { ETag: quoted(eTag), ChecksumCRC32: upload.algorithm && checksum(bytes) } }
    },
    CompleteMultipartUpload: (input) => {
      const upload = this.#upload(input)
      const asked: { PartNumber: number; ETag: string; ChecksumCRC32?: string }[] = input.MultipartUpload?.Parts ?? []
      const parts = asked.map(({ PartNumber, ETag, ChecksumCRC32 }, i) => {
        if (i > 0 && PartNumber <= asked[i - 1]!.PartNumber) throw failure('InvalidPartOrder', 400)
        const part = upload.parts.get(PartNumber)
        if (!part || quoted(part.eTag) !== ETag) throw failure('InvalidPart', 400)
        if (upload.algorithm && ChecksumCRC32 === undefined) throw failure('InvalidRequest', 400)
        if (ChecksumCRC32 !== (upload.algorithm && checksum(part.bytes))) throw failure('InvalidPart', 400)
        if (i < asked.length - 1 && part.bytes.length < this.#minPartBytes) throw failure('EntityTooSmall', 400)
        return part
      })
      if (parts.length === 0) throw failure('MalformedXML', 400)
      this.#checkCondition(input)
      this.#uploads.delete(input.UploadId)
      const digest = md5(Buffer.concat(parts.map((part) => Buffer.from(part.eTag, 'hex'))))
      const bytes = new Uint8Array(Buffer.concat(parts.map((part) => part.bytes)))
      const { metadata, contentType } = upload
      return this.#answerTo(this.#store(input.Key, { bytes, eTag: `${digest}-${parts.length}`, metadata, contentType }))
    },
    AbortMultipartUpload: (input) => {
      this.#upload(input)
      this.#uploads.delete(input.UploadId)
      return { $metadata: { httpStatusCode: 204 } }
    },
    ListObjectsV2: ({ Prefix = '', StartAfter = '', ContinuationToken, MaxKeys = 1000, EncodingType }) => {
      const after = Buffer.from(ContinuationToken ?? StartAfter)
      const keys = [...this.#objects.keys()]
        .filter((key) => key.startsWith(Prefix) && this.#latest(key))
        .map((key) => ({ key, bytes: Buffer.from(key) }))
        .filter(({ bytes }) => Buffer.compare(bytes, after) > 0)
        .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
        .map(({ key }) => key)
      const page = keys.slice(0, MaxKeys)
      const isTruncated = keys.length > page.length
      return {
        EncodingType,
        IsTruncated: isTruncated,
        ...(isTruncated && { NextContinuationToken: page.at(-1) }),
        Contents: page.map((key) => {
          const { eTag, bytes, modified } = this.#latest(key)!
          const Key =
            EncodingType === 'url' ? encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/') : key
          return { Key, ETag: quoted(eTag), Size: bytes.length, LastModified: modified }
        }),
      }
    },
    ListObjectVersions: ({ Prefix = '' }) => {
      const all = [...this.#objects].filter(([key]) => key.startsWith(Prefix))
      const versions = all.flatMap(([Key, versions]) =>
        versions.map(({ id, isDeleted }) => ({ Key, VersionId: this.#isVersioned ? id : 'null', isDeleted })),
      )
      return {
        Versions: versions.filter(({ isDeleted }) => !isDeleted),
        DeleteMarkers: versions.filter(({ isDeleted }) => isDeleted),
      }
    },
    ListMultipartUploads: () => ({
      Uploads: [...this.#uploads].map(([UploadId, { key }]) => ({ UploadId, Key: key })),
    }),
  }

  #deleteVersion(key: string, id: string): void {
    const left = (this.#objects.get(key) ?? []).filter((version) => this.#isVersioned && version.id !== id)
    if (left.length > 0) this.#objects.set(key, left)
    else this.#objects.delete(key)
  }

  #latest(key: string): Version | undefined {
    const version = this.#objects.get(key)?.at(-1)
    return version?.isDeleted ? undefined : version
  }

  #store(key: string, version: Omit<Version, 'id' | 'modified'>): Version {
    // S3 tells whole seconds
    const modified = new Date(Math.floor(this.now() / 1000) * 1000)
    const stored = { ...version, modified, id: `v${++this.#clock}`, bytes: new Uint8Array(version.bytes) }
    const before = this.#isVersioned ? (this.#objects.get(key) ?? []) : []
    this.#objects.set(key, [...before, stored])
    return stored
  }

  #find({ Key, VersionId, IfMatch }: Input, isHead = false): Version {
    const version = VersionId
      ? this.#objects.get(Key)?.find(({ id, isDeleted }) => id === VersionId && !isDeleted)
      : this.#latest(Key)
    // the answer to a HEAD has no body that could name the reason
    if (!version) throw failure(VersionId ? 'NoSuchVersion' : isHead ? 'NotFound' : 'NoSuchKey', 404)
    if (this.encrypted.has(Key)) throw isHead ? failure('BadRequest', 400) : lackingKey()
    if (IfMatch !== undefined && IfMatch !== quoted(version.eTag)) throw failure('PreconditionFailed', 412)
    return version
  }

  #upload({ UploadId, Key }: Input): Upload {
    const upload = this.#uploads.get(UploadId)
    if (!upload || upload.key !== Key) throw failure('NoSuchUpload', 404)
    return upload
  }

  #checkCondition({ Key, IfMatch, IfNoneMatch }: Input): void {
    const latest = this.#latest(Key)
    if (IfNoneMatch === '*' && latest) throw failure('PreconditionFailed', 412)
    if (IfMatch === undefined) return
    if (!latest) throw failure('NoSuchKey', 404)
    if (IfMatch !== quoted(latest.eTag)) throw failure('PreconditionFailed', 412)
  }

  #answerTo(version: Version): Answer {
    return { ETag: quoted(version.eTag), ...(this.#isVersioned && { VersionId: version.id }) }
  }

  #headers({ id, metadata, contentType, modified }: Version): Answer {
    return {
      Metadata: metadata,
      ContentType: contentType,
      LastModified: modified,
      ...(this.#isVersioned && { VersionId: id }),
    }
  }

  #body(bytes: Uint8Array) {
    const size = this.#chunkBytes
    return {
      async *[Symbol.asyncIterator]() {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
      },
      transformToByteArray: async () => bytes.slice(),
      destroy: () => {},
    }
  }
}

/** The body is copied: the sender may use the buffer again. */
function arrived(command: Command) {
  const name = command.constructor.name.replace(/Command$/, '')
  const { Body, ...input } = command.input
  const bytes = Body === undefined ? new Uint8Array(0) : new Uint8Array(Buffer.from(Body))
  return { name, input, bytes }
}

function lackingKey(): S3ServiceException {
  const message =
    'The object was stored using a form of Server Side Encryption. The correct parameters must be provided.'
  return Object.assign(failure('InvalidRequest', 400), { message })
}

export function failure(name: string, httpStatusCode: number): S3ServiceException {
  const $fault = httpStatusCode < 500 ? 'client' : 'server'
  return new S3ServiceException({ name, message: name, $fault, $metadata: { httpStatusCode } })
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

function quoted(eTag: string): string {
  return `"${eTag}"`
}

function checksum(bytes: Uint8Array): string {
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32(bytes))
  return crc.toString('base64')
}

function checkChecksum({ ChecksumCRC32, ContentMD5 }: Input, bytes: Uint8Array): void {
  if (ContentMD5 !== undefined && ContentMD5 !== Buffer.from(md5(bytes), 'hex').toString('base64')) {
    throw failure('BadDigest', 400)
  }
  if (ChecksumCRC32 !== undefined && ChecksumCRC32 !== checksum(bytes)) throw failure('BadDigest', 400)
}

/** The range of `bytes=START-END`, its end made exclusive. */
function rangeOf(range: string, size: number): [start: number, end: number] {
  const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? []
  if (start === undefined || last === undefined) throw failure('InvalidArgument', 400)
  if (Number(start) >= size) throw failure('InvalidRange', 416)
  return [Number(start), Math.min(size, Number(last) + 1)]
}
