/** The command line. Each command loads its libraries when it is called, so that none waits for those of another. */
import { Command, CommanderError } from 'commander'
import { quoted, RefusedError } from '../functions/shared/errors.ts'
import { VERSION } from '../functions/shared/names.ts'
import { callerFolder } from './cli/caller-folder.ts'
import { refuseRepeats } from './cli/repeated-options.ts'
import { runCommand } from './cli/run-command.ts'
import { watchStandardOutput } from './cli/standard-output.ts'
import { chartCommand } from './commands/chart.ts'
import { enrichCommand } from './commands/enrich.ts'
import { flipsCommand } from './commands/flips.ts'
import { headCommand } from './commands/head.ts'
import { inspectCommand } from './commands/inspect.ts'
import { operateCommand } from './commands/operate.ts'
import { restoreCommand } from './commands/restore.ts'
import { verifyCommand } from './commands/verify.ts'

const program = new Command('parquet-supertrend')
  .description(
    'Removes duplicate bars from market parquet files and adds Supertrend columns, without rewriting the file.',
  )
  .version(VERSION)
  .enablePositionalOptions()
  .helpCommand(false)
  .addHelpText(
    'after',
    `
Examples:
  $ parquet-supertrend inspect bars.parquet
  $ parquet-supertrend enrich bars.parquet enriched.parquet
  $ parquet-supertrend enrich 'data/*.parquet' --out-dir enriched
  $ parquet-supertrend verify bars.parquet enriched.parquet
  $ parquet-supertrend chart enriched.parquet --out chart.html
  $ parquet-supertrend flips enriched.parquet
  $ parquet-supertrend head enriched.parquet -n 5

Shell completion: source <(parquet-supertrend complete bash), or zsh, fish, powershell.
Every FILE may be a path, s3://bucket/key, or - for standard input or output.
Exit codes: 0 done, 1 unexpected, 2 a file or an option is refused, 3 verify or restore found damage.`,
  )
const commands = [
  enrichCommand,
  inspectCommand,
  verifyCommand,
  restoreCommand,
  chartCommand,
  flipsCommand,
  headCommand,
  operateCommand,
]
for (const command of commands) program.addCommand(command())
const scripts = program.commands.map((command) => command.name())
process.chdir(callerFolder(process.env, scripts) ?? '.')
// commander's own would end with a message of its own for an unknown command
program
  .command('help')
  .description('describe a command')
  .argument('[command]')
  .action((name: string | undefined) => {
    const described = name === undefined ? program : program.commands.find((command) => command.name() === name)
    if (described) return described.outputHelp()
    const known = program.commands.map((command) => command.name()).join(', ')
    throw new RefusedError('settings', `there is no command ${quoted(name!)}; allowed are ${known}`)
  })
program
  .command('complete')
  .description('print the script that completes commands, options and values in a shell')
  .argument('[shell]', 'bash, zsh, fish or powershell')
  .argument('[words...]', 'the words to complete, after --')
  .action(async (shell: string | undefined, words: readonly string[]) => {
    const { completions, completionScript } = await import('./cli/completion.ts')
    const isShell = !process.argv.includes('--') && words.length === 0 && shell !== undefined
    if (isShell) process.stdout.write(completionScript(shell))
    else {
      const found = completions(program, shell === undefined ? [] : [shell, ...words])
      process.stdout.write(found.map((word) => `${word}\n`).join(''))
    }
  })
for (const command of [program, ...program.commands]) {
  refuseRepeats(command)
  command
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({ writeErr: () => {} })
}

watchStandardOutput()

await runCommand(async () => {
  try {
    if (process.argv.length === 2) program.outputHelp()
    else await program.parseAsync()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return
    const what = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ')
    throw new RefusedError('settings', `${what} (--help lists commands and options)`)
  }
})
