/** Estimates the time and the price of a backfill from the sizes of its files. */
import { KEYS_PER_CHILD } from '../../functions/shared/names.ts'

export interface Estimate {
  readonly files: number
  readonly bytes: number
  readonly seconds: number
  readonly dollars: number
}

export interface EstimateProps {
  /** The memory of the function. */
  readonly memoryMiB: number
  /** The number of repairs that run at the same time. */
  readonly concurrency: number
  /** True when nothing is enriched yet: the function then reads a small file without a HEAD of its output. */
  readonly isNew: boolean
}

/**
 * Seconds for a file of 1,440 rows, and for each MB of a file of 5 million rows (103 MB). Measured with the bundle, on an S3
 * server with 20 ms of latency and 80 MB/s, with the share of a processor that Lambda gives to each memory size.
 */
const MEASURED = [
  { memoryMiB: 256, seconds: 0.142, secondsPerMB: 0.125 },
  { memoryMiB: 512, seconds: 0.123, secondsPerMB: 0.057 },
  { memoryMiB: 1024, seconds: 0.12, secondsPerMB: 0.0257 },
  { memoryMiB: 1769, seconds: 0.119, secondsPerMB: 0.0238 },
] as const
/** Two round trips. */
const SAVED_IF_NEW_SECONDS = 0.04

/** For larger files, S3 copies the input, and the function reads it in pieces. */
const LARGE_BYTES = 5 * 2 ** 20
/** Measured: 102 requests for 41 MB. */
const BYTES_PER_READ = 400e3
/** A HEAD of the output, two of the report and one of the input; a GET of the input. */
const READS = { small: 5, smallAndNew: 3, large: 4 } as const
/** A large output needs four: begin the upload, copy the input, upload the new columns, complete the upload. */
const WRITES = { small: 1, large: 4 } as const
/** A message is sent, received and deleted. */
const SQS_REQUESTS = 3
/** Measured: the function logs 2,320 bytes and Lambda 520 for a file; CloudWatch adds 26 to each of the 5 lines. */
const LOG_BYTES = 2_970
/** A child sends 100 messages, 10 at a time; each takes 20 ms. */
const CHILD_SECONDS = 0.2

/**
 * In us-east-1 on arm64: https://aws.amazon.com/lambda/pricing/, /s3/pricing/, /sqs/pricing/, /step-functions/pricing/,
 * /cloudwatch/pricing/. Those of S3 are as its price list of September 2026 has them; all others as several guides of 2025 and
 * 2026 quote these pages, which could not be read themselves.
 */
const DOLLARS = {
  gbSecond: 0.0000133334,
  invocation: 0.2e-6,
  read: 0.4e-6,
  /** Also a page of a listing. */
  write: 5e-6,
  message: 0.4e-6,
  logByte: 0.5e-9,
  /** A distributed map starts each child with one transition. */
  transition: 25e-6,
  expressRequest: 1e-6,
  expressGbSecond: 16.67e-6,
} as const
const EXPRESS_GB = 64 / 1024
const LISTED_AT_ONCE = 1000
/** The estimate, the map and the final audit list the inputs, and that audit also lists the outputs. */
const LISTINGS = 4

/** Adds up one file after the other, so that it needs no memory for their sizes. */
export class BackfillEstimate {
  readonly #props: EstimateProps
  readonly #measured: (typeof MEASURED)[number]
  #files = 0
  #bytes = 0
  #busySeconds = 0
  #longestSeconds = 0
  #requestDollars = 0

  constructor(props: EstimateProps) {
    this.#props = props
    // the next smaller measured size, so that the estimate is not too low
    this.#measured = MEASURED.findLast(({ memoryMiB }) => memoryMiB <= props.memoryMiB) ?? MEASURED[0]
  }

  add(bytes: number): void {
    const { isNew, memoryMiB } = this.#props
    const isLarge = bytes >= LARGE_BYTES
    const slower = Math.max(1, this.#measured.memoryMiB / memoryMiB)
    const fixed = this.#measured.seconds - (isNew && !isLarge ? SAVED_IF_NEW_SECONDS : 0)
    const seconds = slower * (fixed + (bytes / 1e6) * this.#measured.secondsPerMB)
    const small = isNew ? READS.smallAndNew : READS.small
    const reads = isLarge ? READS.large + Math.ceil(bytes / BYTES_PER_READ) : small
    this.#files++
    this.#bytes += bytes
    this.#busySeconds += seconds
    this.#longestSeconds = Math.max(this.#longestSeconds, seconds)
    this.#requestDollars += reads * DOLLARS.read + (isLarge ? WRITES.large : WRITES.small) * DOLLARS.write
  }

  get total(): Estimate {
    const { memoryMiB, concurrency } = this.#props
    const perChild = DOLLARS.transition + DOLLARS.expressRequest + CHILD_SECONDS * EXPRESS_GB * DOLLARS.expressGbSecond
    const perFile = DOLLARS.invocation + SQS_REQUESTS * DOLLARS.message + LOG_BYTES * DOLLARS.logByte
    const pages = LISTINGS * Math.ceil(this.#files / LISTED_AT_ONCE)
    const dollars =
      this.#requestDollars +
      this.#busySeconds * (memoryMiB / 1024) * DOLLARS.gbSecond +
      this.#files * perFile +
      Math.ceil(this.#files / KEYS_PER_CHILD) * perChild +
      pages * DOLLARS.write
    const seconds = Math.max(this.#longestSeconds, this.#busySeconds / concurrency)
    return { files: this.#files, bytes: this.#bytes, seconds, dollars }
  }
}
