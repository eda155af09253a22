/** An open INPUT of the command line. */
import type { ByteSource } from '../../functions/shared/byte-source.ts'
import type { S3Object, S3Port } from '../../functions/storage/s3-client.ts'

export interface CsvFile {
  readonly bytes: number
  /** Whether its first line names its columns. */
  readonly hasHeader: boolean
}

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
  /** Of a CSV, which this is a temporary parquet file of. */
  readonly csv?: CsvFile
}
