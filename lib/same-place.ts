/** Refuses what is known to be in another region or account than the stack, where AWS would refuse it or do nothing. */
import { Stack, Token } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { RefusedError } from '../functions/shared/errors.ts'
import type { SupertrendPipelineProps } from './pipeline-props.ts'

interface Placed {
  readonly env: { readonly account: string; readonly region: string }
}
type PlaceKind = keyof Placed['env']

/**
 * S3 and EventBridge send events to queues of the same account and region only; a key works in its region, and an alarm notifies
 * topics of its region.
 * @throws RefusedError `settings` naming each that is elsewhere. What is known only at deployment counts as right.
 */
export function checkSamePlace(
  construct: Construct,
  { bucket, encryptionKey, alarms }: Pick<SupertrendPipelineProps, 'bucket' | 'encryptionKey' | 'alarms'>,
): void {
  const stack = Stack.of(construct)
  const elsewhere = (name: string, resource: Placed | undefined, places: readonly PlaceKind[]) =>
    places.flatMap((place) => {
      const [its, ours] = [resource?.env?.[place], stack[place]]
      if (its === undefined || its === ours || Token.isUnresolved(its) || Token.isUnresolved(ours)) return []
      return [`${name} is in the ${place} ${its}; allowed is that of the stack, ${ours}`]
    })
  const problems = [
    ...elsewhere('bucket', bucket, ['account', 'region']),
    ...elsewhere('the encryptionKey of the bucket', bucket?.encryptionKey, ['region']),
    ...elsewhere('encryptionKey', encryptionKey, ['region']),
    ...elsewhere('alarms.page', alarms?.page, ['region']),
    ...elsewhere('alarms.ticket', alarms?.ticket, ['region']),
  ]
  if (problems.length > 0) throw new RefusedError('settings', problems.join('; '))
}
