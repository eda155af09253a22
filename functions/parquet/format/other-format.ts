/**
 * Recognises files of other formats by their first bytes, as the program `file` does, and says how to convert them to
 * parquet.
 */
import { quoted } from '../../shared/errors.ts'

/** Bytes that `otherFormat` needs. */
export const FORMAT_BYTES = 4096

const decompressWith = (program: string) => `decompress it with ${program} -dc FILE > NEW, and enrich its content`
const convertWith = (read: string, write = 'to_parquet') => `convert it, for example with ${read}.${write}(NEW)`
const unpackWith = (command: string) => `unpack it with ${command}, and enrich the files in it`

interface Signature {
  /** One character per byte. */
  readonly bytes: string
  readonly at?: number
  readonly what: string
  readonly todo: string
}

const SIGNATURES: readonly Signature[] = [
  { bytes: '\x1f\x8b', what: 'compressed with gzip', todo: decompressWith('gzip') },
  { bytes: '\x28\xb5\x2f\xfd', what: 'compressed with zstd', todo: decompressWith('zstd') },
  { bytes: '\xfd7zXZ\0', what: 'compressed with xz', todo: decompressWith('xz') },
  { bytes: 'BZh', what: 'compressed with bzip2', todo: decompressWith('bzip2') },
  { bytes: '\x04\x22\x4d\x18', what: 'compressed with lz4', todo: decompressWith('lz4') },
  { bytes: '\xff\x06\0\0sNaPpY', what: 'compressed with snappy', todo: decompressWith('snzip') },
  { bytes: '7z\xbc\xaf\x27\x1c', what: 'a 7z archive', todo: unpackWith('7z x') },
  { bytes: 'Rar!\x1a\x07', what: 'a RAR archive', todo: unpackWith('unrar x') },
  { bytes: 'ustar', at: 257, what: 'a tar archive', todo: unpackWith('tar -xf') },
  { bytes: 'ARROW1', what: 'a Feather file (Arrow IPC)', todo: convertWith('pandas.read_feather(FILE)') },
  { bytes: 'FEA1', what: 'a Feather file of version 1', todo: convertWith('pandas.read_feather(FILE)') },
  { bytes: 'ORC', what: 'an ORC file', todo: convertWith('pandas.read_orc(FILE)') },
  { bytes: 'Obj\x01', what: 'an Avro file', todo: convertWith('polars.read_avro(FILE)', 'write_parquet') },
  { bytes: '\x89HDF\r\n\x1a\n', what: 'an HDF5 file', todo: convertWith('pandas.read_hdf(FILE)') },
  { bytes: '\x93NUMPY', what: 'a NumPy array', todo: convertWith('pandas.DataFrame(numpy.load(FILE))') },
  {
    bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    what: 'an old Excel file',
    todo: convertWith('pandas.read_excel(FILE)'),
  },
  {
    bytes: 'SQLite format 3\0',
    what: 'a SQLite database',
    todo: convertWith("pandas.read_sql('SELECT * FROM bars', sqlite3.connect(FILE))"),
  },
  {
    bytes: 'DUCK',
    at: 8,
    what: 'a DuckDB database',
    todo: "take a table out of it, for example with COPY bars TO 'NEW' (FORMAT parquet)",
  },
  {
    bytes: '\0\x05\x16\x07',
    what: 'metadata that macOS stores beside a file',
    todo: 'leave out the files whose names begin with "._"',
  },
]

/**
 * @param head the first FORMAT_BYTES of the file
 * @param tail its end, where a ZIP file lists its content
 * @returns the end of a sentence that names the format and what to do; undefined when the format is unknown
 */
export function otherFormat(head: Uint8Array, tail: Uint8Array): string | undefined {
  // text first: a table of ORCL and other stocks begins like an ORC file
  const text = headText(head)
  if (text !== undefined) return ofText(text)
  const bytes = latin1(head)
  const known = SIGNATURES.find(({ bytes: signature, at = 0 }) => bytes.startsWith(signature, at))
  if (known) return `it is ${known.what}; ${known.todo}`
  if (bytes.startsWith('PK\x03\x04') || bytes.startsWith('PK\x05\x06')) return zipped(bytes + latin1(tail))
  // protocols 2 to 5, and the instruction STOP
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5 && tail.at(-1) === 0x2e) {
    return `it is a Python pickle; if you trust its origin, ${convertWith('pandas.read_pickle(FILE)')}`
  }
  if (head.every((byte) => byte === 0)) {
    return `it begins with ${head.length} zeros, so it was not written or copied to its end; write or copy it again`
  }
  // text in an encoding older than Unicode
  return hasControls(bytes) ? undefined : ofText(bytes)
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

function zipped(bytes: string): string {
  const isSpreadsheet = bytes.includes('xl/workbook.') || bytes.includes('opendocument.spreadsheet')
  return isSpreadsheet
    ? `it is a spreadsheet (Excel or OpenDocument); ${convertWith('pandas.read_excel(FILE)')}`
    : `it is a ZIP archive; ${unpackWith('unzip')}`
}

/** @param head the first FORMAT_BYTES of a file, or less */
export function isCsvText(head: Uint8Array): boolean {
  const text = headText(head) ?? latin1(head).trim()
  return !hasControls(text) && ofMarkup(text) === undefined && delimiterOf(text) !== undefined
}

/** @returns undefined when the bytes are not text */
function headText(head: Uint8Array): string | undefined {
  const isUtf16 = head[0] === 0xff && head[1] === 0xfe
  try {
    const decoder = new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8', { fatal: true })
    // the last character may be cut
    const text = decoder.decode(head, { stream: true })
    return hasControls(text) ? undefined : text.trim()
  } catch {
    return undefined
  }
}

function hasControls(text: string): boolean {
  return [...text].some((c) => (c < ' ' && !'\t\n\f\r'.includes(c)) || c === '\x7f')
}

function ofText(text: string): string {
  const markup = ofMarkup(text)
  if (markup !== undefined) return markup
  const start = beginning(text)
  const delimiter = delimiterOf(text)
  if (delimiter === undefined) return `it is text and ${start}; write its values as parquet`
  const how = delimiter === ',' ? '' : `, sep=${delimiter === '\t' ? "'\\t'" : `'${delimiter}'`}`
  const rename = 'on the command line, give it a name that ends in .csv; elsewhere,'
  return `it is a CSV file and ${start}; ${rename} ${convertWith(`pandas.read_csv(FILE${how})`)}`
}

function beginning(text: string): string {
  return `begins with ${quoted(text.slice(0, 60).split(/\r?\n|\r/)[0]!)}`
}

function delimiterOf(text: string): string | undefined {
  const [header, row] = text.split(/\r?\n|\r/)
  return [',', ';', '\t', '|'].find((mark) => header!.includes(mark) && (row ?? mark).includes(mark))
}

/** @returns undefined for plain text and CSV */
function ofMarkup(text: string): string | undefined {
  if (text.startsWith('version https://git-lfs')) {
    return 'it is a pointer of Git LFS instead of the file; fetch the file with git lfs pull'
  }
  if (/^<table\b/i.test(text)) return `it is a table in HTML; ${convertWith('pandas.read_html(FILE)[0]')}`
  if (/^<(!doctype html|html|head|body)\b/i.test(text)) {
    const title = /<title[^>]*>([^<]*)</i.exec(text)?.[1]?.trim()
    const what = title ? `an HTML page, ${quoted(title)},` : 'an HTML page'
    return `it is ${what} that was downloaded instead of the file; open its address in a browser to see why`
  }
  const error = /<Error>.*?<Code>([^<]+)<\/Code>/s.exec(text)?.[1]
  if (text.startsWith('<') && error) {
    return `it is the error ${quoted(error)}, which a storage such as S3 answered instead of the file; download it again once it may be read`
  }
  if (text.startsWith('<')) return `it is XML and ${beginning(text)}; ${convertWith('pandas.read_xml(FILE)')}`
  if (/^(\{\s*["}]|\[\s*[[{"\d\]-])/.test(text)) {
    const isLines = /^\{.*\}\r?\n\s*\{/.test(text)
    return `it is JSON and ${beginning(text)}; ${convertWith(`pandas.read_json(FILE${isLines ? ', lines=True' : ''})`)}`
  }
  return undefined
}
