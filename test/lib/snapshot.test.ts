import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { EnrichmentStack } from '../../lib/enrichment-stack.ts'
import { ENVIRONMENT_NAMES, environmentNamed, stackNameOf } from '../../lib/environments.ts'
import { newApp } from './synthesised.ts'

/** A change that is meant is taken over by `node --test --test-update-snapshots test/lib/snapshot.test.ts`. */
describe('the template', () => {
  for (const name of ENVIRONMENT_NAMES) {
    it(`of ${name} is the one that was looked at`, (t) => {
      const stack = new EnrichmentStack(newApp(), stackNameOf(name), environmentNamed(name))
      const template = JSON.stringify(Template.fromStack(stack).toJSON(), undefined, 2)
      // the code's hash, and with it the id of the version, changes with every change of the code
      const lasting = template.replaceAll(/[0-9a-f]{64}/g, 'HASH').replaceAll(/(CurrentVersion\w{8})\w{32}/g, '$1HASH')
      t.assert.snapshot(lasting.split('\n'))
    })
  }
})
