import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { Command } from 'commander'
import { addMarketOptions, halfOfMemory, MARKET_OPTIONS, settingsOf } from '../../../bin/cli/market-options.ts'
import { refuseRepeats } from '../../../bin/cli/repeated-options.ts'
import { barsFile, duckDbRun, runCli, runProgram, someBars, temporaryFolder } from '../../parquet-files.ts'

function parsed(...args: string[]) {
  const command = addMarketOptions(new Command())
  refuseRepeats(command)
  return command.parse(args, { from: 'user' }).opts()
}

describe('the memory by default', () => {
  it('is half of what the machine, or the container, has', () => {
    assert.equal(halfOfMemory(8000, undefined), 4000)
    assert.equal(halfOfMemory(8000, 0), 4000)
    assert.equal(halfOfMemory(8000, 2 ** 63), 4000)
    assert.equal(halfOfMemory(8000, 512), 256)
  })
})

describe('an option that is given twice', () => {
  const several = ['--supertrend', '--time-column', '--symbol-column']
  for (const [flags] of MARKET_OPTIONS) {
    const [name, value] = flags.split(' ')
    if (value === undefined) continue
    it(`is ${several.includes(name!) ? 'a further one' : 'refused'}: ${name}`, () => {
      parsed(name!, 'a')
      if (several.includes(name!)) assert.deepEqual(Object.values(parsed(name!, 'a', name!, 'b')), [['a', 'b']])
      else {
        const message = `${name} is given twice, as "a" and "b"; allowed is one`
        assert.throws(() => parsed(name!, 'a', name!, 'b'), { code: 'settings', message })
        // the first one may be one that counts as nothing
        assert.throws(() => parsed(name!, '', name!, ''), { code: 'settings' })
      }
    })
  }

  for (const args of [
    ['enrich', 'in.parquet', 'out.parquet', '--period', '5', '--period', '7'],
    ['enrich', 'in.parquet', '-o', '5', '--out-dir', '7'],
    ['chart', 'in.parquet', '--out', '5', '--out', '7'],
    ['restore', 'in.parquet', 'out.parquet', '--dropped', '5', '--dropped', '7'],
  ]) {
    it(`is refused with 2: ${args.join(' ')}`, async () => {
      const { code, stderr } = await runProgram(...args)
      assert.equal(code, 2)
      assert.equal(stderr, `error: ${args.at(-2)} is given twice, as "5" and "7"; allowed is one\n`)
    })
  }
})

describe('words of options', () => {
  it('may be in any case, with blanks around them', () => {
    const { supertrends, newColumns, keep } = settingsOf(
      parsed('--definition', 'TradingView', '--columns', 'ub, LB', '--keep', 'Last'),
    )
    assert.deepEqual([supertrends[0]!.definition, newColumns, keep], ['tradingview', ['ub', 'lb'], 'last'])
    const [own] = settingsOf(parsed('--supertrend', '7,3, TradingView')).supertrends
    assert.equal(own!.definition, 'tradingview')
    assert.throws(() => settingsOf(parsed('--definition', 'Wilder')), { message: /"Wilder"; allowed are/ })
  })
})

describe('columns that are named', () => {
  it('stay text where there is one, and are a list where there are several', () => {
    const { columns } = settingsOf(parsed('--time-column', 't', '--symbol-column', 's', '--symbol-column', 'i'))
    assert.deepEqual([columns.time, columns.symbol], ['t', ['s', 'i']])
  })

  it('are the keys of a series, all of them', async () => {
    const folder = temporaryFolder()
    const [plain, keyed, output] = ['plain', 'keyed', 'out'].map((name) => path.join(folder, `${name}.parquet`))
    writeFileSync(plain!, barsFile(someBars(50)))
    // bars of two instruments and of two lengths, with the same times
    await duckDbRun(
      `COPY (SELECT * REPLACE (close + a * 0.01 + b * 0.02 AS close), a AS epic, b || 'm' AS len
       FROM '${plain}', range(2) r(a), range(2) s(b)) TO '${keyed}' (FORMAT parquet)`,
    )
    const both = await runCli(keyed!, output!, '--symbol-column', 'epic', '--symbol-column', 'len', '--json')
    assert.equal(both.code, 0, both.stderr)
    const { series, rowsWritten, duplicatesDropped, columns } = JSON.parse(both.stdout)
    assert.deepEqual([series, rowsWritten, duplicatesDropped], [4, 200, 0])
    assert.deepEqual([columns.symbol, columns.key2], ['epic', 'len'])
    const one = await runCli(keyed!, output!, '--symbol-column', 'epic')
    assert.deepEqual([one.code, one.stderr.includes('--symbol-column epic --symbol-column len')], [2, true], one.stderr)
  })
})
