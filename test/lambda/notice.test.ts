import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hint } from '../../functions/lambda/hints.ts'
import { announcedSource, noticeOf } from '../../functions/lambda/notice.ts'
import type { Outcome } from '../../functions/lambda/outcome.ts'

const [OUTPUT, REPORT] = ['enriched/a.parquet', 'failed/a.parquet.json']
const named = { bucket: 'market-data', key: 'incoming/a.parquet' }
const hint = { ...named, announced: undefined } as Hint
const metadata = { 'source-etag': 'abc', 'rows-read': '60', 'rows-written': '50', 'duplicates-dropped': '10' }
const refusedMetadata = { ...metadata, 'source-modified': '2026-01-01T00:00:00.000Z', code: 'no-rows' }
const output = { outputKey: OUTPUT, metadata }
const report = { reportKey: REPORT, code: 'no-rows', metadata: refusedMetadata }

/** @returns the type and the details of the notice about an outcome; undefined when there is none */
function told(outcome: object, wasTriedBefore = false, announced?: string) {
  return noticeOf({ ...hint, announced }, outcome as Outcome, wasTriedBefore)
}

describe('a notice', () => {
  it('names a file that was enriched, and its counts', () => {
    const quality = {
      rowsRead: 60,
      rowsWritten: 50,
      duplicatesDropped: 10,
      duplicatesConflicting: 2,
      warnings: ['gaps'],
      rowsCarried: 5,
    }
    const outcome = { outcome: 'enriched', outputKey: OUTPUT, layout: 'compacted', elapsedMs: 7, quality, metadata }
    const { rowsCarried: _, ...counts } = quality
    assert.deepEqual(told(outcome), {
      type: 'Market File Enriched',
      detail: { ...named, outputKey: OUTPUT, layout: 'compacted', ...counts, elapsedMs: 7 },
    })
  })

  it('names a file that was refused, and the reason', () => {
    const refusal = { code: 'no-rows', reason: 'the file has no rows', reportKey: REPORT }
    const notice = { type: 'Market File Refused', detail: { ...named, ...refusal } }
    assert.deepEqual(told({ outcome: 'refused', ...refusal }), notice)
  })

  for (const outcome of ['gone', 'deferred', 'ignored', 'failed']) {
    it(`is not sent about a key that is ${outcome}`, () => {
      assert.equal(told({ outcome, ...output, mayBeNews: true }, true), undefined)
    })
  }

  for (const outcome of ['unchanged', 'superseded']) {
    it(`is sent about an output that is ${outcome} only if this delivery or an earlier attempt may have written it`, () => {
      const detail = { ...named, outputKey: OUTPUT, rowsRead: 60, rowsWritten: 50, duplicatesDropped: 10 }
      const notice = { type: 'Market File Enriched', detail }
      assert.equal(told({ outcome, ...output }), undefined)
      assert.deepEqual(told({ outcome, ...output }, true), notice)
      assert.deepEqual(told({ outcome, ...output, mayBeNews: true }), notice)
    })
  }

  it('about a report that is there names its code', () => {
    const detail = { ...named, code: 'no-rows', reportKey: REPORT }
    assert.deepEqual(told({ outcome: 'unchanged', ...report }, true), { type: 'Market File Refused', detail })
  })

  it('has no counts that the output does not name', () => {
    const notice = told({ outcome: 'unchanged', outputKey: OUTPUT, metadata: { 'rows-read': '0' } }, true)
    const counts = { rowsRead: 0, rowsWritten: undefined, duplicatesDropped: undefined }
    assert.deepEqual(notice?.detail, { ...named, outputKey: OUTPUT, ...counts })
  })

  it('is not sent again about the output that the message names as announced, unless that may be news', () => {
    for (const found of [output, report]) {
      const outcome = { outcome: 'unchanged', ...found }
      assert.equal(told(outcome, true, announcedSource(found.metadata)), undefined)
      assert.ok(told({ ...outcome, mayBeNews: true }, true, announcedSource(found.metadata)))
      assert.ok(told(outcome, true, 'another'))
      assert.ok(told({ ...outcome, metadata: undefined }, true, announcedSource(found.metadata)))
    }
  })
})

describe('the name of the announced source', () => {
  it('is the source, and for a report also when it was uploaded and why it is refused', () => {
    assert.equal(announcedSource({ 'source-etag': 'abc' }), 'abc')
    assert.equal(announcedSource(refusedMetadata), 'abc 2026-01-01T00:00:00.000Z no-rows')
    assert.equal(announcedSource({ 'source-etag': 'abc', code: 'no-rows' }), 'abc  no-rows')
  })
})
