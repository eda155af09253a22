/** Runs Trino in its own process, on the files of one folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The type of each column, as Trino writes it. */
export type TableColumns = Readonly<Record<string, string>>

type Answer = { readonly rows: readonly (readonly unknown[])[] } | { readonly error: string }

export const NEW_COLUMN_TYPES: TableColumns = {
  supertrend_ub: 'real',
  supertrend_lb: 'real',
  trend_orientation: 'tinyint',
  st_trend_segment: 'integer',
}

const PROGRAM = fileURLToPath(new URL('./RunStatements.java', import.meta.url))
/** Lines of Trino's output that are shown when it ends early. */
const KEPT_CHARACTERS = 4000

export class Trino {
  readonly #folder: string
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>
  #printed = ''
  /** Statements wait for each other: answers come in their order. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(folder: string) {
    const { JAVA_HOME, TRINO_CLASS_PATH } = process.env
    if (!JAVA_HOME || !TRINO_CLASS_PATH) throw new Error('these tests are run by npm run test:trino')
    this.#folder = folder
    // Trino does not start without the module
    const options = ['-Xmx2g', '-Duser.timezone=UTC', '--add-modules=jdk.incubator.vector', '-cp', TRINO_CLASS_PATH]
    const args = [...options, PROGRAM, folder]
    const child = spawn(path.join(JAVA_HOME, 'bin', 'java'), args, { stdio: 'pipe' })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#printed = (this.#printed + text).slice(-KEPT_CHARACTERS)
    })
    this.#process = child
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  /** @param folder an empty one, for the tables and their files */
  static async start(folder: string): Promise<Trino> {
    const trino = new Trino(folder)
    await trino.#answer()
    return trino
  }

  /** Makes a table of one file. */
  async table(name: string, columns: TableColumns, file: Uint8Array): Promise<void> {
    mkdirSync(path.join(this.#folder, name), { recursive: true })
    writeFileSync(path.join(this.#folder, name, 'bars.parquet'), file)
    await this.declare(name, columns, name)
  }

  /** Makes a table of the files that another one has. */
  async declare(name: string, columns: TableColumns, filesOf: string): Promise<void> {
    const list = Object.entries(columns).map(([column, type]) => `"${column}" ${type}`)
    await this.rows(
      `CREATE TABLE ${name} (${list.join(', ')}) WITH (format = 'PARQUET', external_location = 'local:///${filesOf}/')`,
    )
  }

  /** @throws Error with Trino's message when it refuses the statement */
  async rows(statement: string): Promise<readonly (readonly unknown[])[]> {
    const answer = await this.#ask(statement)
    if ('error' in answer) throw new Error(`${answer.error}\nof: ${statement}`)
    return answer.rows
  }

  /** Trino's message when it refuses the statement; undefined when it accepts it. */
  async error(statement: string): Promise<string | undefined> {
    const answer = await this.#ask(statement)
    return 'error' in answer ? answer.error : undefined
  }

  /** How many rows of the table a statement decodes: those of pages that are skipped are not among them. */
  async rowsDecoded(statement: string): Promise<number> {
    const plan = String((await this.rows(`EXPLAIN ANALYZE ${statement}`))[0]![0])
    const found = /Input: ([\d,]+) rows? .*, Physical input/.exec(plan)
    // a table of which nothing is read has no such line
    return found ? Number(found[1]!.replaceAll(',', '')) : 0
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.stdin!.end()
    await ended
  }

  async #ask(statement: string): Promise<Answer> {
    const answer = this.#last.then(() => {
      this.#process.stdin!.write(`${JSON.stringify(statement)}\n`)
      return this.#answer()
    })
    this.#last = answer.catch(() => undefined)
    return answer
  }

  async #answer(): Promise<Answer> {
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`Trino has ended: ${this.#printed}`)
    return JSON.parse(value) as Answer
  }
}
