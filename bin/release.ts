/**
 * Makes the files of a release besides the package: a zip of the code of each function, in `release`.
 *
 *     npm run release -- v1.2.3
 *
 * It fails if the tag is not that of the version in package.json.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { VERSION } from '../functions/shared/names.ts'
import { bundle, FUNCTION_NAMES } from '../lib/bundle.ts'

const [tag, target = fileURLToPath(new URL('../release', import.meta.url))] = process.argv.slice(2)
if (tag !== `v${VERSION}`) {
  process.stderr.write(`error: the tag is ${tag}; allowed is v${VERSION}, the version in package.json\n`)
  process.exit(2)
}
mkdirSync(target, { recursive: true })
for (const name of FUNCTION_NAMES) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-release-'))
  bundle(name, folder)
  const zip = path.resolve(target, `${name}-${tag}.zip`)
  rmSync(zip, { force: true })
  // Lambda wants the files at the top; -X leaves out what differs from machine to machine
  execFileSync('zip', ['-q', '-X', '-9', zip, ...readdirSync(folder).sort()], { cwd: folder })
  rmSync(folder, { recursive: true })
  process.stdout.write(`${zip}\n`)
}
