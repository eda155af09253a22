/**
 * `npm run test:more-readers [-- NAME...]`: readers that take too long to install for `.ci/run`. Files with each encoding of the
 * new columns are read by each of them, and every value is compared with that of hyparquet. Needs Go, Maven and Java 17,
 * and Python 3; Maven and pip download some 700 MB the first time.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../parquet-files.ts'
import { pythonWith } from '../../python-environment.ts'
import { type Digests, makeFiles } from './make-files.ts'

interface Command {
  readonly command: string
  readonly args: readonly string[]
}

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const built = temporaryFolder()

/** @param folder of the files. @returns what reads the lines of its input */
type Opened = (folder: string) => Command

function goReader(name: string): Opened {
  return (folder) => {
    const [program, module] = [path.join(built, 'readers'), at('./go')]
    // of another folder, so that no file of the project changes
    const options = ['-mod=mod', '-modfile', path.join(built, 'go.mod'), '-o', program]
    copyFileSync(path.join(module, 'go.mod'), path.join(built, 'go.mod'))
    execFileSync('go', ['build', ...options, '.'], { cwd: module, stdio: ['ignore', 'ignore', 'inherit'] })
    return { command: program, args: [name, folder] }
  }
}

function parquetJava(folder: string): Command {
  const list = path.join(built, 'classpath')
  const maven = ['-q', '-B', '-f', at('./java/pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${list}`]
  execFileSync('mvn', maven, { stdio: ['ignore', 'ignore', 'inherit'] })
  return { command: 'java', args: ['-cp', readFileSync(list, 'utf8'), at('./java/ReadColumns.java'), folder] }
}

function pythonReader(name: string): Opened {
  return (folder) => {
    const python = pythonWith(new URL('./python/requirements.txt', import.meta.url), 'more-readers')
    return { command: python, args: [at('./python/read_columns.py'), name, folder] }
  }
}

const READERS: Readonly<Record<string, Opened>> = {
  'arrow-go': goReader('arrow-go'),
  'parquet-go': goReader('parquet-go'),
  'parquet-java': parquetJava,
  spark: pythonReader('spark'),
  'spark-rows': pythonReader('spark-rows'),
  clickhouse: pythonReader('clickhouse'),
}

/** @returns what is not as expected, one line for each column */
function problemsOf(name: string, folder: string, digests: Digests): string[] {
  const { command, args } = READERS[name]!(folder)
  const asked = Object.entries(digests).flatMap(([file, columns]) =>
    Object.entries(columns).map(([column, digest]) => ({ line: `${file} ${column}`, digest })),
  )
  const input = `${asked.map(({ line }) => line).join('\n')}\n`
  const { stdout, stderr, status } = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status !== 0) return [stderr.slice(-2000)]
  const answers = new Set(stdout.trim().split('\n'))
  const wrong = asked.filter(({ line, digest }) => !answers.has(`${line} ${digest}`))
  return wrong.map(({ line }) => [...answers].find((answer) => answer.startsWith(`${line} `)) ?? `${line}: no answer`)
}

function main(folder: string, digests: Digests, names: readonly string[]): void {
  let failed = 0
  for (const name of names) {
    const problems = problemsOf(name, folder, digests)
    failed += problems.length
    const columns = Object.values(digests).reduce((sum, of) => sum + Object.keys(of).length, 0)
    console.log(`${name}: ${columns - problems.length} of ${columns} columns have equal values`)
    for (const problem of problems.slice(0, 20)) console.error(`  ${problem.slice(0, 300)}`)
  }
  console.log(`ℹ fail ${failed}`)
  process.exitCode = failed > 0 ? 1 : 0
}

const folder = path.join(temporaryFolder(), 'files')
const { digests, encodings } = await makeFiles(folder)
console.log([...encodings].sort().join('\n'))
const wanted = process.argv.slice(2)
main(folder, digests, wanted.length > 0 ? wanted : Object.keys(READERS))
