import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { readFooter } from '../../../functions/parquet/format/footer.ts'
import { FORMAT_BYTES, otherFormat } from '../../../functions/parquet/format/other-format.ts'
import { barsFile, memorySource, random, someBars } from '../../parquet-files.ts'

const parquet = barsFile(someBars(300))
const bytesOf = (...parts: (string | Uint8Array)[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))))
const utf8 = (text: string) => new Uint8Array(Buffer.from(text))
const rest = Uint8Array.from({ length: 500 }, (_, i) => (i * 7) % 256)

const csv = 'datetime,open,high,low,close\n2024-01-01,1,2,0,1\n'
const page = '<html><head><title>Sign in</title></head><body></body></html>'

describe('a file that is not parquet', () => {
  for (const [what, bytes, message] of [
    ['gzip', gzipSync(parquet), /it is compressed with gzip; decompress it with gzip -dc FILE > NEW/],
    ['zstd', zstdCompressSync(parquet), /it is compressed with zstd/],
    ['xz', bytesOf('\xfd7zXZ\0', rest), /it is compressed with xz/],
    ['bzip2', bytesOf('BZh91AY&SY', rest), /it is compressed with bzip2/],
    ['lz4', bytesOf('\x04\x22\x4d\x18', rest), /it is compressed with lz4/],
    ['ZIP', bytesOf('PK\x03\x04', rest, 'PK\x01\x02bars.parquet', rest), /it is a ZIP archive; unpack it/],
    [
      'Excel',
      bytesOf('PK\x03\x04', rest, '[Content_Types].xml xl/workbook.xml'),
      /it is a spreadsheet \(Excel.*read_excel/,
    ],
    [
      'Excel, with its parts listed at the end',
      bytesOf('PK\x03\x04', rest, new Uint8Array(9000), 'xl/workbook.bin'),
      /Excel/,
    ],
    ['old Excel', bytesOf('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', rest), /it is an old Excel file/],
    ['tar', bytesOf('bars.parquet', new Uint8Array(245), 'ustar\0', rest), /it is a tar archive/],
    ['Feather', bytesOf('ARROW1\0\0', rest, 'ARROW1'), /it is a Feather file \(Arrow IPC\); .*pandas\.read_feather/],
    ['Feather 1', bytesOf('FEA1', rest, 'FEA1'), /it is a Feather file of version 1/],
    ['ORC', bytesOf('ORC', rest), /it is an ORC file; .*read_orc/],
    ['Avro', bytesOf('Obj\x01', rest), /it is an Avro file; .*read_avro\(FILE\)\.write_parquet/],
    ['HDF5', bytesOf('\x89HDF\r\n\x1a\n', rest), /it is an HDF5 file; .*read_hdf/],
    ['SQLite', bytesOf('SQLite format 3\0', rest), /it is a SQLite database; .*read_sql/],
    ['DuckDB', bytesOf(rest.subarray(0, 8), 'DUCK', rest), /it is a DuckDB database; .*COPY bars TO/],
    ['NumPy', bytesOf('\x93NUMPY', rest), /it is a NumPy array/],
    ['pickle', bytesOf('\x80\x04\x95', rest, '.'), /it is a Python pickle; if you trust its origin.*read_pickle/],
    ['macOS', bytesOf('\0\x05\x16\x07', rest), /leave out the files whose names begin with "\._"/],
    ['zeros', new Uint8Array(9000), /it begins with 4096 zeros/],
    [
      'CSV',
      utf8(csv),
      /it is a CSV file and begins with "datetime,open,high,low,close"; .*name that ends in \.csv; .*pandas\.read_csv\(FILE\)\.to_parquet/,
    ],
    ['CSV of one line', utf8('datetime,open,high,low,close\n'), /it is a CSV file/],
    ['CSV with a byte order mark', utf8(`\ufeff${csv}`), /it is a CSV file and begins with "datetime/],
    [
      'CSV in UTF-16',
      new Uint8Array(Buffer.from(`\ufeff${csv}`, 'utf16le')),
      /it is a CSV file and begins with "datetime/,
    ],
    ['CSV in GBK', bytesOf('\xc8\xd5\xc6\xda,\xbf\xaa\xc5\xcc\n1,2\n', csv), /it is a CSV file/],
    ['CSV with semicolons', utf8(csv.replaceAll(',', ';')), /read_csv\(FILE, sep=';'\)/],
    ['CSV with tabs', utf8(csv.replaceAll(',', '\t')), /read_csv\(FILE, sep='\\t'\)/],
    ['CSV that begins as ORC does', utf8('ORCL,2024-01-01,1,2,0,1\nORCL,2024-01-02,1,2,0,1\n'), /it is a CSV file/],
    [
      'CSV that goes on after a character that is cut',
      utf8(csv + 'é,'.repeat(5000)).subarray(0, 4096),
      /it is a CSV file/,
    ],
    ['JSON', utf8('{"datetime": [1, 2], "close": [1, 2]}'), /it is JSON .*pandas\.read_json\(FILE\)/],
    ['JSON, a list', utf8('[{"datetime": 1, "close": 2}]'), /it is JSON/],
    ['JSON lines', utf8('{"a": 1, "b": 2}\n{"a": 1, "b": 2}\n'), /read_json\(FILE, lines=True\)/],
    ['HTML', utf8(`\n<!DOCTYPE html>\n${page}`), /it is an HTML page, "Sign in", that was downloaded instead/],
    ['HTML without a title', utf8('<HTML><body>Not found</body></HTML>'), /it is an HTML page that/],
    ['a table in HTML', utf8('<table border="1"><tr><td>1</td></tr></table>'), /it is a table in HTML; .*read_html/],
    [
      'an error of S3',
      utf8('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>No</Message></Error>'),
      /it is the error "AccessDenied", which a storage such as S3 answered/,
    ],
    ['XML', utf8('<?xml version="1.0"?><bars></bars>'), /it is XML and begins with/],
    [
      'Git LFS',
      utf8('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
      /it is a pointer of Git LFS.*git lfs pull/,
    ],
    ['text', utf8('404: Not Found'), /it is text and begins with "404: Not Found"/],
  ] as const) {
    it(`is named with a remedy: ${what}`, async () => {
      await assert.rejects(readFooter(memorySource(bytes), 2 ** 30), (error: Error & { code: string }) => {
        assert.equal(error.code, 'not-parquet')
        assert.match(error.message, /^not a parquet file: it ends with [^\p{C}]+$/u)
        assert.match(error.message, message)
        return true
      })
    })
  }

  it('is not named when it is nothing known, or was parquet', async () => {
    const next = random(3)
    const noise = Uint8Array.from({ length: 5000 }, () => Math.floor(next() * 256))
    for (const bytes of [noise, brotliCompressSync(parquet), parquet.slice(0, -100), bytesOf('\x01', parquet)]) {
      await assert.rejects(readFooter(memorySource(bytes), 2 ** 30), /was it cut or changed\?/)
    }
  })

  it('gives a message that is short and can be printed, whatever is in it', () => {
    const slow = `<html><title>${' '.repeat(4000)}`
    const evil = `<html><title>${'\u202e\u2028x'.repeat(500)}</title>`
    for (const text of [
      slow,
      evil,
      `<Error><Code>${'y'.repeat(3000)}</Code></Error>`,
      `${'z\u2029'.repeat(900)},1\n1,2`,
    ]) {
      const message = otherFormat(utf8(text).subarray(0, FORMAT_BYTES), utf8(text))!
      assert.ok(message.length < 800, message)
      assert.match(message, /^[^\p{C}\p{Zl}\p{Zp}]+$/u)
    }
  })
})
