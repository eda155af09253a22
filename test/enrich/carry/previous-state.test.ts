import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noteIn, stateIn } from '../../../functions/enrich/carry/previous-state.ts'
import { stateDigest } from '../../../functions/market/carry/state-bytes.ts'
import { FILE_METADATA, KEY_VALUE } from '../../../functions/parquet/format/fields.ts'
import { thrift } from '../../../functions/parquet/format/thrift.ts'
import { FOOTER_NOTE_KEY } from '../../../functions/shared/names.ts'
import { craft, marketColumns } from '../../faults/crafted-file.ts'
import { memorySource } from '../../parquet-files.ts'

/** A file whose note is this text. */
function fileWithNote(note: string): Uint8Array {
  const pair = { [KEY_VALUE.key]: thrift.binary(FOOTER_NOTE_KEY), [KEY_VALUE.value]: thrift.binary(note) }
  const footer = { [FILE_METADATA.keyValueMetadata]: thrift.list([thrift.struct(pair)]) }
  return craft({ columns: marketColumns(2), rows: 2, footer })
}

const fileWithState = (state: object) => fileWithNote(JSON.stringify({ carry: { after: null, state } }))
const BUDGET = 2 ** 30
const sha256 = stateDigest(new Uint8Array(8))

describe('the place of a state in the note of a file', () => {
  const noteOf = (bytes: Uint8Array) => noteIn(memorySource(bytes), 'a.parquet', BUDGET)

  it('is any range of bytes', async () => {
    for (const [offset, length] of [
      [0, 1],
      [4, 100],
      [2 ** 40, 2 ** 30],
    ] as const) {
      const { state } = await noteOf(fileWithState({ offset, length, sha256 }))
      assert.deepEqual([state.offset, state.length], [offset, length])
    }
  })

  it('is none when another program changed the note', async () => {
    const notes = [
      JSON.stringify({}),
      JSON.stringify({ carry: {} }),
      'no JSON',
      ...[
        { offset: -1, length: 1 },
        { offset: 0, length: 0 },
        { offset: 0, length: -1 },
        { offset: 0.5, length: 1 },
        { offset: 0, length: 1.5 },
        { offset: '0', length: 1 },
        { length: 1 },
      ].map((state) => JSON.stringify({ carry: { state } })),
    ]
    for (const note of notes) {
      const message = /^a\.parquet has no state to continue from; it was enriched without carry: /
      await assert.rejects(noteOf(fileWithNote(note)), { code: 'no-state', message })
    }
  })

  it('is none in a file without a note', async () => {
    const message = /^a\.parquet has no state to continue from; it has no note of parquet-supertrend/
    await assert.rejects(noteOf(craft({ columns: marketColumns(2), rows: 2 })), { code: 'no-state', message })
  })
})

describe('the bytes of a state', () => {
  it('may be anywhere in the file, and are those with the stated digest', async () => {
    const { length } = fileWithState({ offset: 100, length: 8, sha256 })
    const offset = length - 8
    const end = fileWithState({ offset, length: 8, sha256 }).subarray(-8)
    const bytes = fileWithState({ offset, length: 8, sha256: stateDigest(end) })
    assert.equal(bytes.length, offset + 8)
    assert.deepEqual(await stateIn(memorySource(bytes), 'a.parquet', BUDGET), end.slice())
  })

  it('are damaged when they have another digest, or would be behind the end of the file', async () => {
    const refused = async (state: object) => {
      const source = memorySource(fileWithState(state))
      const slice = (start: number, end: number) => {
        assert.ok(end <= source.byteLength, 'the bytes behind the file are read')
        return source.slice(start, end)
      }
      const of = stateIn({ byteLength: source.byteLength, slice }, 'a.parquet', BUDGET)
      await assert.rejects(of, {
        code: 'state-damaged',
        message: /^a\.parquet does not have the state that its footer/,
      })
    }
    await refused({ offset: 4, length: 8, sha256 })
    const { length } = fileWithState({ offset: 100, length: 8, sha256 })
    await refused({ offset: length - 7, length: 8, sha256 })
    await refused({ offset: 2 ** 40, length: 8, sha256 })
  })
})
