import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type CarriedState,
  newCarriedState,
  recursionsAt,
  setRecursions,
} from '../../../functions/market/carry/carried-state.ts'
import { seriesKey } from '../../../functions/market/carry/series-key.ts'
import { decodeState, encodeState, stateDigest } from '../../../functions/market/carry/state-bytes.ts'
import { initialState } from '../../../functions/market/supertrend.ts'

const SETTINGS = {
  supertrends: [
    { definition: 'stockstats', period: 14, multiplier: 3 },
    { definition: 'tradingview', period: 5, multiplier: 0.1 },
  ],
} as const

function someState(): CarriedState {
  const keys = [[''], ['n'], ['tÄ\u0000\u00ff'], ['tAAPL']].map(seriesKey)
  const state = newCarriedState(SETTINGS.supertrends, ['text'], keys)
  setRecursions(state, 0, {
    timeLow: 0,
    timeHigh: 0,
    supertrends: [
      {
        ...initialState(),
        atr: 0.1 + 0.2,
        upper: -0,
        lower: Number.MIN_VALUE,
        side: 1,
        orientation: 1,
        segment: 2 ** 31 - 1,
      },
      { ...initialState(), bars: 2 ** 53 - 1, previousClose: Number.MAX_VALUE, weight: 1 / 3 },
    ],
  })
  state.times.set([-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n])
  state.units.set([0, 1, 2, 4])
  state.absent.set([0, 1, 2, 2 ** 32 - 1])
  return state
}

const decoded = (bytes: Uint8Array) => decodeState(bytes, 'day.parquet')
const refusal = (code: string) => ({ name: 'RefusedError', code })

describe('the bytes of a state', () => {
  it('give the state back, bit for bit', () => {
    const state = someState()
    const { state: back, settings } = decoded(encodeState(state, SETTINGS))
    assert.deepEqual(back, state)
    assert.deepEqual(settings, SETTINGS)
    const [first, second] = recursionsAt(back, 0).supertrends
    assert.ok(Object.is(first!.upper, -0))
    assert.ok(Number.isNaN(first!.previousClose))
    assert.equal(second!.bars, 2 ** 53 - 1)
  })

  it('of no series give no series', () => {
    const state = newCarriedState(SETTINGS.supertrends, [], [])
    assert.deepEqual(decoded(encodeState(state, SETTINGS)).state, state)
  })

  it('can be at any place in a buffer', () => {
    const bytes = encodeState(someState(), SETTINGS)
    const moved = new Uint8Array(bytes.length + 3)
    moved.set(bytes, 3)
    assert.deepEqual(decoded(moved.subarray(3)).state, someState())
  })

  it('are refused when any byte of them is changed or missing', () => {
    const bytes = encodeState(someState(), SETTINGS)
    for (let at = 0; at < bytes.length; at += 5) {
      const damaged = Uint8Array.from(bytes)
      damaged[at]! ^= 1
      const code = at >= 8 && at < 12 ? 'state-version' : 'state-damaged'
      assert.throws(() => decoded(damaged), refusal(code), `byte ${at}`)
    }
    for (const length of [0, 7, 40, bytes.length - 1]) {
      assert.throws(() => decoded(bytes.subarray(0, length)), refusal('state-damaged'))
    }
  })

  it('are refused when somebody else made them with a right digest', () => {
    const { createHash } = process.getBuiltinModule('node:crypto')
    const signed = (change: (bytes: Buffer) => void, state = someState()) => {
      const bytes = Buffer.from(encodeState(state, SETTINGS))
      change(bytes)
      bytes.set(createHash('sha256').update(bytes.subarray(0, -32)).digest(), bytes.length - 32)
      return bytes
    }
    const replaced = (from: string, to: string) => (bytes: Buffer) => bytes.write(to, bytes.indexOf(from), 'latin1')
    const refused = (change: (bytes: Buffer) => void, message: RegExp) =>
      assert.throws(() => decoded(signed(change)), { ...refusal('state-damaged'), message })
    assert.deepEqual(decoded(signed(() => {})).state, someState())
    refused(replaced('"series":4', '"series":9'), /it has \d+ bytes instead of \d+/)
    refused(replaced('"series":4', '"series":-'), /damaged/)
    refused(replaced('"keyTypes":["text"]', '"keyTypes":"[text]"'), /its header is incomplete/)
    refused(replaced('"supertrends":', '"supertrenDs":'), /its header is incomplete/)
    refused((bytes) => bytes.writeUInt32LE(2 ** 31, 12), /damaged/)
    refused((bytes) => bytes.write('\u0001', bytes.indexOf('\u0005tAAPL'), 'latin1'), /in order/)
    const two = newCarriedState(SETTINGS.supertrends, ['text'], [['tA'], ['tB']].map(seriesKey))
    const same = signed(replaced('tB', 'tA'), two)
    assert.throws(() => decoded(same), { ...refusal('state-damaged'), message: /its series are not in order/ })
    two.units.set([0, 5])
    const unknown = Buffer.from(encodeState(two, SETTINGS))
    assert.throws(() => decoded(unknown), { ...refusal('state-damaged'), message: /a time has an unknown unit/ })
  })

  it('are refused by their version', () => {
    const bytes = encodeState(someState(), SETTINGS)
    bytes[8] = 2
    assert.throws(() => decoded(bytes), {
      ...refusal('state-version'),
      message: /^day\.parquet has a state of version 2; this program continues states of version 1;/,
    })
  })

  it('end with their SHA-256', () => {
    const bytes = encodeState(someState(), SETTINGS)
    const { createHash } = process.getBuiltinModule('node:crypto')
    assert.equal(stateDigest(bytes), createHash('sha256').update(bytes.subarray(0, -32)).digest('hex'))
  })

  it('of 64 MiB are read, and above it refused', () => {
    const limit = 64 * 2 ** 20
    assert.throws(() => decoded(Buffer.alloc(limit)), refusal('state-damaged'))
    assert.throws(() => decoded(Buffer.alloc(limit + 1)), refusal('state-too-big'))
    const keys = Array.from({ length: 1_000_000 }, (_, i) => `\u0008t${i.toString(36).padStart(7, '0')}`)
    const state = newCarriedState(SETTINGS.supertrends.slice(0, 1), ['text'], keys)
    assert.throws(() => encodeState(state, SETTINGS), { ...refusal('state-too-big'), message: /of 1000000 series has/ })
  })
})
