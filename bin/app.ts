/** The CDK app: `cdk deploy -c environment=dev|staging|prod|local`, by default dev. */
import { App, Tags } from 'aws-cdk-lib/core'
import { EnrichmentStack } from '../lib/enrichment-stack.ts'
import { environmentNamed, stackNameOf } from '../lib/environments.ts'

const app = new App()
const { name: environmentName, environment } = environmentNamed(app.node.tryGetContext('environment') ?? 'dev')
const stack = new EnrichmentStack(app, stackNameOf(environmentName), {
  environment,
  description: 'Removes duplicate bars from market parquet files and appends Supertrend columns.',
})
Tags.of(stack).add('application', 'parquet-supertrend')
Tags.of(stack).add('environment', environmentName)
