import assert from 'node:assert/strict'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../parquet-files.ts'
import { callCli, startCli } from '../programs.ts'
import { HOSTILE_FILES } from './hostile-files.ts'

const MEMORY_MIB = 256
const MAX_LINE = 4_000

describe('a hostile file, given to the command line:', () => {
  for (const { name, bytes, answer } of HOSTILE_FILES) {
    it(`${name}: ${answer}`, async () => {
      const scratch = temporaryFolder()
      const [input, output] = [path.join(scratch, 'in.parquet'), path.join(scratch, 'out.parquet')]
      writeFileSync(input, bytes())
      // what was read before is in the memory of a process that has run others
      const run = answer === 'enriched' ? startCli : callCli
      const { code, stdout, stderr } = await run(input, output, '--json', '--memory', String(MEMORY_MIB))
      if (answer === 'enriched') {
        assert.equal(code, 0, stderr)
        assert.ok(JSON.parse(stdout).peakMemoryMiB < 200 + MEMORY_MIB, stdout)
        assert.ok(stdout.length < MAX_LINE)
        rmSync(output)
      } else {
        assert.equal(code, 2, stderr)
        assert.match(stderr, /^error: [^\p{C}]+\n$/u)
        assert.ok(stderr.length < MAX_LINE)
      }
      assert.deepEqual(readdirSync(scratch), ['in.parquet'])
      rmSync(input)
    })
  }
})
