/**
 * The app of bin/app.ts with optional settings of a row, for `optional-settings.deploytest.ts`: the context `options` names
 * them, as test/lib/synthesised.ts has them, with commas between.
 */
import { App } from 'aws-cdk-lib/core'
import { EnrichmentStack } from '../../lib/enrichment-stack.ts'
import { environmentNamed, stackNameOf } from '../../lib/environments.ts'
import { OPTIONS, together } from '../lib/synthesised.ts'

const app = new App()
const names = String(app.node.tryGetContext('options')).split(',')
const options = names.map((name) => {
  const found = OPTIONS[name]
  if (!found) throw new Error(`there is no optional setting "${name}"`)
  return found
})
const { name, environment } = environmentNamed('local')
new EnrichmentStack(app, stackNameOf(name), { environment: together([environment, ...options]) })
