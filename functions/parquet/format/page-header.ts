/** What a page says of itself, checked against its chunk. */

import type { Bytes } from '../../shared/byte-window.ts'
import { RefusedError } from '../../shared/errors.ts'
import type { ColumnChunk } from './column-chunk.ts'
import {
  DATA_PAGE,
  DATA_PAGE_V2,
  DICTIONARY_PAGE,
  ENCODINGS,
  INDEX_PAGE,
  PLAIN,
  PLAIN_DICTIONARY,
  RLE,
  RLE_DICTIONARY,
} from './enumerations.ts'
import { DATA_PAGE_HEADER, DATA_PAGE_HEADER_V2, PAGE_HEADER } from './fields.ts'
import type { FileWarnings } from './file-warnings.ts'
import { isRepeated, type Leaf, maxDefinitionLevel, valueWidth } from './schema.ts'
import { pageHeader as pageHeaderShape } from './shapes.ts'
import { ThriftStruct } from './thrift.ts'
import { TruncatedThrift } from './thrift-scanner.ts'
import { checkShape } from './thrift-shape.ts'

export interface PageHeader {
  /** DATA_PAGE, DATA_PAGE_V2, DICTIONARY_PAGE or INDEX_PAGE. */
  readonly kind: number
  readonly headerLength: number
  readonly bodyLength: number
  readonly uncompressedLength: number
  readonly crc: number | undefined
  /** Values, nulls included. */
  readonly values: number
  /** As a v2 page states them. */
  readonly nulls: number | undefined
  readonly encoding: number
  /** Bytes of the levels that lie before the values of a v2 page and are never compressed; 0 for other pages. */
  readonly levelsLength: number
  /** The first of them, before those that tell the nulls. */
  readonly repetitionsLength: number
  readonly isCompressed: boolean
}

/** A header is about 30 bytes, or a few hundred when it carries statistics; text statistics may be cut at some KB. */
const [HEADER_BYTES, MAX_HEADER_BYTES] = [64, 1024 * 1024]

/** What a header is read for. */
export interface HeaderContext {
  readonly leaf: Leaf
  readonly chunk: ColumnChunk
  /** How messages name the column. */
  readonly label: string
  readonly warnings: FileWarnings
}

/**
 * Reads the header that comes next, and leaves it there.
 * @param at its offset in the file, for messages
 * @throws RefusedError when it cannot be read or contradicts its chunk
 */
export function readPageHeader(bytes: Bytes, context: HeaderContext, at: number): Promise<PageHeader> | PageHeader {
  const { label } = context
  const read = (view: Uint8Array, wanted: number): Promise<PageHeader> | PageHeader => {
    if (view.length === 0) throw damaged(label, 'its pages hold fewer values than stated')
    const header = parse(view, context, at)
    // all of it now: the header is a view of bytes that move when more are asked for
    if (header instanceof ThriftStruct) return describe(header, context, at)
    // it may just not be here as a whole yet
    if (view.length < wanted || wanted > MAX_HEADER_BYTES) {
      throw damaged(label, `the page header at byte ${at} is cut`, header)
    }
    return more(8 * wanted)
  }
  const more = (wanted: number) => {
    const view = bytes.atLeast(wanted)
    return view instanceof Promise ? view.then((arrived) => read(arrived, wanted)) : read(view, wanted)
  }
  return more(HEADER_BYTES)
}

function parse(bytes: Uint8Array, context: HeaderContext, at: number): ThriftStruct | TruncatedThrift {
  const { label, warnings } = context
  try {
    const header = new ThriftStruct(bytes)
    checkShape(header.raw(), pageHeaderShape, 'page', (field) => warnings.add('field-type', `${label}, ${field}`))
    return header
  } catch (error) {
    if (error instanceof TruncatedThrift) return error
    if (error instanceof RefusedError && error.code === 'unsupported') throw error
    throw damaged(label, `the page header at byte ${at} cannot be read`, error)
  }
}

function describe(header: ThriftStruct, { leaf, chunk, label, warnings }: HeaderContext, at: number): PageHeader {
  const kind = header.integer(PAGE_HEADER.type)
  const uncompressedLength = header.integer(PAGE_HEADER.uncompressedPageSize) ?? -1
  const bodyLength = header.integer(PAGE_HEADER.compressedPageSize) ?? -1
  if (uncompressedLength < 0 || bodyLength < 0) throw damaged(label, `the page at byte ${at} has a negative size`)
  const crc = header.integer(PAGE_HEADER.crc)
  const lengths = {
    headerLength: header.end,
    uncompressedLength,
    bodyLength,
    crc,
    levelsLength: 0,
    repetitionsLength: 0,
  }
  if (kind === INDEX_PAGE) {
    return { kind, ...lengths, values: 0, nulls: undefined, encoding: 0, isCompressed: false }
  }
  const details =
    kind === DATA_PAGE
      ? header.struct(PAGE_HEADER.dataPageHeader)
      : kind === DATA_PAGE_V2
        ? header.struct(PAGE_HEADER.dataPageHeaderV2)
        : kind === DICTIONARY_PAGE
          ? header.struct(PAGE_HEADER.dictionaryPageHeader)
          : undefined
  if (kind === undefined || !details) throw damaged(label, `the page at byte ${at} is of the unknown kind ${kind}`)
  const isCompressed =
    chunk.compression !== 'UNCOMPRESSED' &&
    (kind !== DATA_PAGE_V2 || (details.boolean(DATA_PAGE_HEADER_V2.isCompressed) ?? true))
  if (!isCompressed && uncompressedLength !== bodyLength) {
    const stated = `${bodyLength} bytes, not compressed, and ${uncompressedLength} bytes`
    throw damaged(label, `the page at byte ${at} states ${stated}`)
  }
  if (
    kind === DATA_PAGE &&
    maxDefinitionLevel(leaf) > 0 &&
    details.integer(DATA_PAGE_HEADER.definitionLevelEncoding) !== RLE
  ) {
    const what = `${label}: the levels of the page at byte ${at} are ${ENCODINGS[details.integer(DATA_PAGE_HEADER.definitionLevelEncoding)!]}`
    throw new RefusedError('unsupported', `${what}; allowed is RLE`)
  }
  const values = details.integer(DATA_PAGE_HEADER.numValues) ?? -1
  if (values < 0) throw damaged(label, `the page at byte ${at} states ${values} values`)
  const encoding = details.integer((kind === DATA_PAGE_V2 ? DATA_PAGE_HEADER_V2 : DATA_PAGE_HEADER).encoding) ?? 0
  if (kind === DICTIONARY_PAGE) {
    if (encoding !== PLAIN && encoding !== PLAIN_DICTIONARY) {
      throw damaged(label, `the dictionary at byte ${at} is ${ENCODINGS[encoding]}`)
    }
    const width = valueWidth(leaf)
    if (width !== 'bytes' && uncompressedLength !== values * width) {
      throw damaged(label, `the dictionary at byte ${at} states ${values} values in ${uncompressedLength} bytes`)
    }
  } else if (!isStated(encoding, chunk)) warnings.add('encodings', label)
  if (kind !== DATA_PAGE_V2) {
    return { kind, ...lengths, values, nulls: undefined, encoding, isCompressed }
  }
  const rows = details.integer(DATA_PAGE_HEADER_V2.numRows) ?? values
  if (!isRepeated(leaf) && rows !== values) {
    throw damaged(label, `the page at byte ${at} states ${values} values in ${rows} rows`)
  }
  const [definitions, repetitionsLength] = [
    details.integer(DATA_PAGE_HEADER_V2.definitionLevelsByteLength) ?? 0,
    details.integer(DATA_PAGE_HEADER_V2.repetitionLevelsByteLength) ?? 0,
  ]
  const levelsLength = definitions + repetitionsLength
  if (repetitionsLength > 0 && !isRepeated(leaf)) warnings.add('repetition-levels', label)
  if (definitions < 0 || repetitionsLength < 0 || levelsLength > Math.min(bodyLength, uncompressedLength)) {
    throw damaged(label, `the levels of the page at byte ${at} are longer than the page`)
  }
  const nulls = details.integer(DATA_PAGE_HEADER_V2.numNulls) ?? 0
  return { kind, ...lengths, values, nulls, encoding, levelsLength, repetitionsLength, isCompressed }
}

/** Whether a chunk states the encoding of one of its pages. */
function isStated(encoding: number, { encodings }: ColumnChunk): boolean {
  if (encodings === undefined) return true
  // two numbers for the same: writers state one and use the other
  const isDictionary = encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY
  return isDictionary
    ? encodings.includes(PLAIN_DICTIONARY) || encodings.includes(RLE_DICTIONARY)
    : encodings.includes(encoding)
}

export function damaged(label: string, what: string, cause?: unknown): RefusedError {
  return new RefusedError('corrupt', `the file is damaged: ${label}: ${what}`, cause === undefined ? {} : { cause })
}
