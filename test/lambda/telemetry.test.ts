import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CODE_DIMENSION, OUTCOME_METRICS } from '../../functions/shared/names.ts'
import { smokeFolderAt } from '../../functions/shared/smoke-folder.ts'
import { logged } from '../fakes/logged.ts'

const refused = { outcome: 'refused', code: 'not-parquet', reason: 'r', reportKey: 'k' } as const
const ignored = { outcome: 'ignored', code: 'hidden', reason: 'r' } as const

/** @returns the names of all metrics about two files with this key */
function counted(key: string): string[] {
  const lines = [refused, ignored].flatMap((outcome) => logged({ requestId: 'r', bucket: 'b', key, ...outcome }))
  assert.equal(lines.filter(({ message }) => /^file (refused|ignored)$/.test(String(message))).length, 2)
  return lines.flatMap((line) => Object.keys(line).filter((name) => /^(Files|Ignored)/.test(name))).sort()
}

describe('the metrics of a file', () => {
  const all = [OUTCOME_METRICS.ignored, OUTCOME_METRICS.refused, 'IgnoredByReason'].sort()

  it('count every outcome, and why a key was ignored', () => {
    assert.deepEqual(counted('incoming/a.parquet'), all)
    const line = logged({ requestId: 'r', key: 'incoming/_a', ...ignored }).find((line) => 'IgnoredByReason' in line)
    assert.equal(line?.[CODE_DIMENSION], 'hidden')
  })

  it('leave out the files of the canary and of the smoke test, which are logged all the same', () => {
    const folder = smokeFolderAt('incoming/', new Date(0))
    assert.deepEqual(counted(`${folder}1-good/bars.parquet`), [])
    assert.deepEqual(counted('canary/incoming/bars.parquet'), [])
  })

  it('take no folder of a user for one of the smoke test', () => {
    for (const folder of ['smoke-2026-01-01', 'smoke-detectors']) {
      assert.deepEqual(counted(`incoming/${folder}/a.parquet`), all)
    }
    assert.deepEqual(counted(`incoming/x${smokeFolderAt('', new Date(0))}a.parquet`), all)
  })
})
