/** Reads page headers and compares them with their chunk. */

import type { Bytes } from '../../shared/byte-window.ts'
import { RefusedError } from '../../shared/errors.ts'
import type { ColumnChunk } from './column-chunk.ts'
import {
  type Compression,
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
import type { WarningCollector } from './file-warnings.ts'
import { isRepeated, type Leaf, maxDefinitionLevel, valueWidth } from './schema.ts'
import { pageHeaderShape } from './shapes.ts'
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
  /** Stated by v2 pages only. */
  readonly nulls: number | undefined
  readonly encoding: number
  /** Bytes of the levels of a v2 page, which precede its values and are never compressed; 0 for other pages. */
  readonly levelsLength: number
  /** How many of them are repetition levels, which come first. */
  readonly repetitionsLength: number
  /** The compression of its values: that of the chunk, or UNCOMPRESSED where a v2 page says so. */
  readonly compression: Compression
}

/** A page with its header and its body in memory. */
export interface WholePage extends PageHeader {
  /** Offset in the file. */
  readonly at: number
  /** The name of its column in messages. */
  readonly label: string
  /** Header and body. */
  readonly bytes: Uint8Array
}

/** A header has about 30 bytes, a few hundred with statistics; some writers cut text statistics at some KB only. */
const [HEADER_BYTES, MAX_HEADER_BYTES] = [64, 1024 * 1024]

/** The chunk of a page. */
export interface HeaderContext {
  readonly leaf: Leaf
  readonly chunk: ColumnChunk
  /** The name of the column in messages. */
  readonly label: string
  readonly warnings: WarningCollector
}

/**
 * Reads the next header without using up its bytes.
 * @param at its offset in the file, for messages
 * @throws RefusedError when it cannot be read or contradicts its chunk
 */
export function readPageHeader(bytes: Bytes, context: HeaderContext, at: number): Promise<PageHeader> | PageHeader {
  const { label } = context
  const read = (view: Uint8Array, wanted: number): Promise<PageHeader> | PageHeader => {
    if (view.length === 0) throw damaged(label, 'its pages hold fewer values than stated')
    const header = parseHeader(view, context, at)
    // decode all of it now: the struct is a view of bytes that move when more are asked for
    if (header instanceof ThriftStruct) return checked(header, context, at)
    // the end of the header may not have arrived yet
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

function parseHeader(bytes: Uint8Array, context: HeaderContext, at: number): ThriftStruct | TruncatedThrift {
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

/**
 * Decodes the struct and compares it with its chunk. The header is made in one piece: made by spreading others, it took
 * 5 % of the time of a file with pages of one row.
 */
function checked(header: ThriftStruct, context: HeaderContext, at: number): PageHeader {
  const { leaf, chunk, label, warnings } = context
  const kind = header.integer(PAGE_HEADER.type)
  const uncompressedLength = header.integer(PAGE_HEADER.uncompressedPageSize) ?? -1
  const bodyLength = header.integer(PAGE_HEADER.compressedPageSize) ?? -1
  if (uncompressedLength < 0 || bodyLength < 0) throw damaged(label, `the page at byte ${at} has a negative size`)
  if (kind === INDEX_PAGE) return indexPage(header.end, bodyLength, uncompressedLength)
  const details = kind === undefined ? undefined : detailsOf(header, kind)
  if (kind === undefined || !details) throw damaged(label, `the page at byte ${at} is of the unknown kind ${kind}`)
  const compression = isBodyCompressed(kind, details) ? chunk.compression : 'UNCOMPRESSED'
  if (compression === 'UNCOMPRESSED' && uncompressedLength !== bodyLength) {
    const stated = `${bodyLength} bytes, not compressed, and ${uncompressedLength} bytes`
    throw damaged(label, `the page at byte ${at} states ${stated}`)
  }
  if (kind === DATA_PAGE && maxDefinitionLevel(leaf) > 0) checkLevelEncoding(details, label, at)
  const values = details.integer(DATA_PAGE_HEADER.numValues) ?? -1
  if (values < 0) throw damaged(label, `the page at byte ${at} states ${values} values`)
  const levels =
    kind === DATA_PAGE_V2
      ? levelsOfV2(details, { values, bytes: Math.min(bodyLength, uncompressedLength) }, context, at)
      : NO_LEVELS
  const page: PageHeader = {
    kind,
    headerLength: header.end,
    bodyLength,
    uncompressedLength,
    crc: header.integer(PAGE_HEADER.crc),
    values,
    nulls: levels.nulls,
    encoding: details.integer((kind === DATA_PAGE_V2 ? DATA_PAGE_HEADER_V2 : DATA_PAGE_HEADER).encoding) ?? 0,
    levelsLength: levels.levelsLength,
    repetitionsLength: levels.repetitionsLength,
    compression,
  }
  if (kind === DICTIONARY_PAGE) checkDictionary(page, leaf, label, at)
  else if (!isStated(page.encoding, chunk)) warnings.add('encodings', label)
  return page
}

type StatedLevels = Pick<PageHeader, 'nulls' | 'levelsLength' | 'repetitionsLength'>

const NO_LEVELS: StatedLevels = { nulls: undefined, levelsLength: 0, repetitionsLength: 0 }

/** A page that no reader of today uses; it is passed over. */
function indexPage(headerLength: number, bodyLength: number, uncompressedLength: number): PageHeader {
  const none = { crc: undefined, values: 0, encoding: 0, compression: 'UNCOMPRESSED' } as const
  return { kind: INDEX_PAGE, headerLength, bodyLength, uncompressedLength, ...none, ...NO_LEVELS }
}

/**
 * The struct for the page's kind. A dictionary page states its values and its encoding under the numbers of a data
 * page.
 * @returns undefined for a kind that does not exist
 */
function detailsOf(header: ThriftStruct, kind: number): ThriftStruct | undefined {
  if (kind === DATA_PAGE) return header.struct(PAGE_HEADER.dataPageHeader)
  if (kind === DATA_PAGE_V2) return header.struct(PAGE_HEADER.dataPageHeaderV2)
  return kind === DICTIONARY_PAGE ? header.struct(PAGE_HEADER.dictionaryPageHeader) : undefined
}

function isBodyCompressed(kind: number, details: ThriftStruct): boolean {
  return kind !== DATA_PAGE_V2 || (details.boolean(DATA_PAGE_HEADER_V2.isCompressed) ?? true)
}

function checkLevelEncoding(details: ThriftStruct, label: string, at: number): void {
  const encoding = details.integer(DATA_PAGE_HEADER.definitionLevelEncoding)
  if (encoding === RLE) return
  const what = `${label}: the levels of the page at byte ${at} are ${ENCODINGS[encoding!]}`
  throw new RefusedError('unsupported', `${what}; allowed is RLE`)
}

function checkDictionary(
  { encoding, values, uncompressedLength }: Pick<PageHeader, 'encoding' | 'values' | 'uncompressedLength'>,
  leaf: Leaf,
  label: string,
  at: number,
): void {
  if (encoding !== PLAIN && encoding !== PLAIN_DICTIONARY) {
    throw damaged(label, `the dictionary at byte ${at} is ${ENCODINGS[encoding]}`)
  }
  const width = valueWidth(leaf)
  if (width !== 'bytes' && uncompressedLength !== values * width) {
    throw damaged(label, `the dictionary at byte ${at} states ${values} values in ${uncompressedLength} bytes`)
  }
}

/** @param page its values, and the bytes that its levels may take */
function levelsOfV2(
  details: ThriftStruct,
  page: { readonly values: number; readonly bytes: number },
  { leaf, label, warnings }: HeaderContext,
  at: number,
): StatedLevels {
  const rows = details.integer(DATA_PAGE_HEADER_V2.numRows) ?? page.values
  if (!isRepeated(leaf) && rows !== page.values) {
    throw damaged(label, `the page at byte ${at} states ${page.values} values in ${rows} rows`)
  }
  const definitions = details.integer(DATA_PAGE_HEADER_V2.definitionLevelsByteLength) ?? 0
  const repetitionsLength = details.integer(DATA_PAGE_HEADER_V2.repetitionLevelsByteLength) ?? 0
  const levelsLength = definitions + repetitionsLength
  if (repetitionsLength > 0 && !isRepeated(leaf)) warnings.add('repetition-levels', label)
  if (definitions < 0 || repetitionsLength < 0 || levelsLength > page.bytes) {
    throw damaged(label, `the levels of the page at byte ${at} are longer than the page`)
  }
  return { nulls: details.integer(DATA_PAGE_HEADER_V2.numNulls) ?? 0, levelsLength, repetitionsLength }
}

/** Whether the values of a page are indices of a dictionary. */
export function hasIndices({ encoding }: Pick<PageHeader, 'encoding'>): boolean {
  return encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY
}

/** Whether a chunk states the encoding of one of its pages. */
function isStated(encoding: number, { encodings }: ColumnChunk): boolean {
  if (encodings === undefined) return true
  // two numbers for one encoding: some writers state the one and use the other
  return hasIndices({ encoding })
    ? encodings.includes(PLAIN_DICTIONARY) || encodings.includes(RLE_DICTIONARY)
    : encodings.includes(encoding)
}

export function damaged(label: string, what: string, cause?: unknown): RefusedError {
  return new RefusedError('corrupt', `the file is damaged: ${label}: ${what}`, cause === undefined ? {} : { cause })
}
