/** The arguments of one reconcile, and the objects that it finds. */
import type { Carry } from '../enrich/carry/sequence.ts'
import type { NewPages } from '../enrich/enrich.ts'
import type { EnrichSettings } from '../enrich/settings.ts'
import type { RefusedError } from '../shared/errors.ts'
import type { StorageClass } from '../shared/names.ts'
import type { ObjectSource } from '../storage/object-source.ts'
import type { S3Object, S3Port } from '../storage/s3-client.ts'
import type { UncertainWriteError } from '../storage/write-target.ts'
import type { CarriedIdentity, Deployment, Identity, OwnObject } from './identity.ts'
import type { Keys } from './keys.ts'

/** The beginning of a file of a sequence. */
export interface WorkCarry extends CarriedIdentity {
  /** Reads the state. */
  open(): Promise<Carry>
  /** Is called with the state that the file passes on. */
  onState(state: Uint8Array): void
  /**
   * Names the earlier outputs that the file was compared with, because it has bars from before its beginning.
   * @param count number of these; left out: those that were opened
   * @returns undefined for none
   */
  compared(count?: number): Promise<string | undefined>
}

/** One key to reconcile, with its settings and the facts from its message. */
export interface Work {
  readonly s3: S3Port
  readonly bucket: string
  readonly keys: Keys
  readonly enrich: EnrichSettings
  readonly deployment: Deployment
  readonly onRemoved: 'keep' | 'remove'
  readonly overwriteForeign: boolean
  readonly storageClass: StorageClass | undefined
  /** The event says that the object is new and small: the first request reads it, and no request looks for an output. */
  readonly isProbablyNewAndSmall: boolean
  /** The message came from a backfill, an audit or a redrive: it announces only its own writes. */
  readonly isRepair: boolean
  /** True: enrich the file although its output is right. */
  readonly again: boolean
  /** Is asked before each computation. @returns the reason to refuse this source: work on it has failed too often */
  verdict(source: S3Object): Promise<RefusedError | undefined>
  readonly requestId: string
  /** Of the function. */
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
  /** Is called with a write beside the output that may still take effect. */
  readonly onUncertain?: ((error: UncertainWriteError) => void) | undefined
  readonly newPages: NewPages | undefined
  /** Flips that the notice about the file lists; 0 for none. */
  readonly noticeFlips: number
  /** Undefined: the file is in no sequence. */
  readonly carry?: WorkCarry | undefined
}

/** An object at one of the keys that the function writes. */
export interface Found {
  readonly eTag: string
  readonly lastModified: Date | undefined
  /** Undefined: another program wrote it. */
  readonly own: OwnObject | undefined
}

/** The objects of a key as one look found them: own objects first, then the source. */
export interface Look {
  readonly source: S3Object
  readonly open: () => Promise<ObjectSource>
  readonly identity: Identity
  /** Also undefined after a quick look, which skips the output: the write is then on the condition that there is none. */
  readonly output: Found | undefined
  readonly report: Found | undefined
}

/** A newer deployment has to do what remains: SQS delivers the message again until that deployment receives it. */
export function leftToNewer({ keys }: Work, what: string): Error {
  return new Error(`a newer deployment wrote objects of ${keys.input}: ${what}`)
}

/** The key changed during the work, so it needs another look. */
export const LOOK_AGAIN = Symbol('look again')
