/** The CDK app: `cdk deploy -c environment=dev|staging|prod|local`, by default dev. */
import { App, Tags } from 'aws-cdk-lib/core'
import { RefusedError } from '../functions/shared/errors.ts'
import { EnrichmentStack } from '../lib/enrichment-stack.ts'
import { environmentNamed, stackNameOf } from '../lib/environments.ts'

function synthesise(): void {
  const app = new App()
  const { name: environmentName, environment } = environmentNamed(app.node.tryGetContext('environment') ?? 'dev')
  const stack = new EnrichmentStack(app, stackNameOf(environmentName), {
    environment,
    description: 'Removes duplicate bars from market parquet files and appends Supertrend columns.',
  })
  Tags.of(stack).add('application', 'parquet-supertrend')
  Tags.of(stack).add('environment', environmentName)
}

try {
  synthesise()
} catch (error) {
  if (!(error instanceof RefusedError)) throw error
  process.stderr.write(`error: ${error.message}\n`)
  process.exitCode = 1
}
