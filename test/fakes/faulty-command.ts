/** `enrich` as it is on the command line, on a machine that changes a value of a new column after it was computed. */
import { runCommand } from '../../bin/cli/run-command.ts'
import { watchStandardOutput } from '../../bin/cli/standard-output.ts'
import { enrichCommand } from '../../bin/commands/enrich.ts'
import { faultyPages, miscoded } from './faulty-pages.ts'

watchStandardOutput()
await runCommand(async () => {
  await enrichCommand(faultyPages(1, miscoded)).parseAsync([...process.argv.slice(2), '--codec', 'UNCOMPRESSED'], {
    from: 'user',
  })
})
