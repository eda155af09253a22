/** The package as `npm publish` would send it, and installations of it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../parquet-files.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export const NAME = 'parquet-supertrend'

/** No registry is asked: the package needs no other. */
const NPM = ['--offline', '--no-audit', '--no-fund', '--loglevel=error']

export function npm(folder: string, ...args: readonly string[]): string {
  return execFileSync('npm', [...NPM, ...args], { cwd: folder, encoding: 'utf8' })
}

let tarball: string | undefined

/** Built and packed beside the clone, so that the clone gets no `dist`; once for all files of a process. */
export function packed(): string {
  tarball ??= pack()
  return tarball
}

function pack(): string {
  const stage = temporaryFolder()
  for (const name of ['package.json', 'README.md', 'LICENSE', 'bin/cli.js', 'bin/start.js']) {
    cpSync(path.join(root, name), path.join(stage, name))
  }
  execFileSync(process.execPath, [path.join(root, 'bin/build.ts'), path.join(stage, 'dist')])
  // prepack would build once more
  const [{ filename }] = JSON.parse(npm(stage, 'pack', '--ignore-scripts', '--json'))
  return path.join(stage, filename)
}

/** A project that has installed the tarball. */
export function projectWith(tarball: string): string {
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  npm(folder, 'install', tarball)
  return folder
}

/** Programs by their version: the one of this test, and the one of the machine, if that is another. */
export function nodes(): ReadonlyMap<string, string> {
  // npm puts the programs of packages in front
  const places = process.env.PATH!.split(path.delimiter).filter((place) => !place.includes('node_modules'))
  const say = ['-p', 'process.version + "\\n" + process.execPath']
  const env = { ...process.env, PATH: places.join(path.delimiter) }
  const { stdout, status } = spawnSync('node', say, { env, encoding: 'utf8' })
  const found = new Map([[process.version, process.execPath]])
  if (status === 0) {
    const [version, program] = stdout.trim().split('\n')
    found.set(version!, program!)
  }
  return found
}
