import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { ENGINE_VERSION } from '../../functions/shared/names.ts'
import { quickOrThorough } from '../thorough.ts'
import { COMPRESSORS, digestOf } from './digests.ts'
import { inputs } from './inputs.ts'

const { engineVersion, compressors, digests } = JSON.parse(
  readFileSync(new URL('digests.json', import.meta.url), 'utf8'),
)
const skip = isDeepStrictEqual(compressors, COMPRESSORS) ? false : 'this Node compresses with other versions'

describe('output bytes', { skip }, () => {
  // an intended change needs a new version of the engine; then: node test/output-bytes/digests.ts
  it('are the same as before', async () => {
    const found: Record<string, string> = {}
    const compared = inputs().filter((_, i) => i % quickOrThorough(4, 1) === 0)
    for (const input of compared) found[input.name] = await digestOf(input)
    const expected = Object.fromEntries(compared.map(({ name }) => [name, digests[name]]))
    assert.deepEqual(found, expected)
  })

  it('are known of every input', () => {
    assert.deepEqual(
      inputs()
        .map(({ name }) => name)
        .sort(),
      Object.keys(digests).sort(),
    )
    assert.equal(engineVersion, ENGINE_VERSION)
    assert.ok(Object.values(digests).filter((digest) => String(digest).length === 32).length > 280)
  })
})
