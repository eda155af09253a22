/** What is wrong with the policies of a template: needed and refused, allowed and not needed, allowed to strangers. */

import { CALLS, type Call } from './calls.ts'
import { type Decision, GrantedPolicies, type Request } from './granted.ts'
import { type Keys, keyCalls, keysIn } from './key-calls.ts'
import { isPartOf, type Place, type Places, placesIn } from './places.ts'
import { ACCOUNT, arnOf, type Template } from './resolve.ts'
import { serviceCalls } from './service-calls.ts'

/** Nobody of ours does any of these, whatever the template. */
const NEVER = [
  's3:DeleteBucket',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:GetObjectVersion',
  's3:PutBucketNotification',
  's3:PutBucketPolicy',
  's3:PutObjectAcl',
  's3:PutLifecycleConfiguration',
  'sqs:AddPermission',
  'sqs:DeleteQueue',
  'sqs:PurgeQueue',
  'sqs:SetQueueAttributes',
  'sqs:StartMessageMoveTask',
  'lambda:AddPermission',
  'lambda:DeleteFunction',
  'lambda:InvokeFunction',
  'lambda:UpdateFunctionCode',
  'lambda:UpdateFunctionConfiguration',
  'states:StartExecution',
  'states:StopExecution',
  'states:UpdateStateMachine',
  'events:PutEvents',
  'cloudformation:DeleteStack',
  'cloudwatch:DeleteAlarms',
  'kms:ScheduleKeyDeletion',
  'sts:AssumeRole',
]

/** Allowed though nothing needs it. */
const TOLERATED: readonly { readonly allowed: RegExp; readonly reason: string }[] = [
  {
    allowed: /BucketNotificationsHandler\S* (s3:(Get|Put)BucketNotification|logs:(CreateLogStream|PutLogEvents)) /,
    reason: 'the function is part of CDK, which gives it these rights for every bucket and every log',
  },
  {
    allowed: /AuditRole\S* kms:GenerateDataKey .*:key\/0{8}-1111/,
    reason: 'each role has the same rights on all keys; a data key alone writes nothing to the existing bucket',
  },
  {
    allowed: /(Enrichment|Audit|Canary)Role\S* logs:PutLogEvents \S*:log-group:\S*\1Log\S*:\*$/,
    reason: 'the ARN of its own log group, which stands for the streams of the group',
  },
]

export class Judged {
  readonly #policies: GrantedPolicies
  readonly #places: Places
  readonly #needed: readonly Request[]

  readonly #keys: Keys

  /** @param existingKeys of what is not in the template: ARNs of keys by the ARN of what they encrypt */
  constructor(template: Template, existingKeys: Keys = new Map()) {
    this.#policies = new GrantedPolicies(template)
    this.#places = placesIn(this.#policies)
    this.#keys = keysIn(this.#policies, existingKeys)
    const ofCode = CALLS.flatMap((call) => requestsOf(call, this.#places, this.#keys))
    const calls = [...ofCode, ...serviceCalls(this.#policies)]
    this.#needed = [...calls, ...this.#thatCanBeSeen(keyCalls(this.#keys, calls))]
  }

  /** What a service may do with a key that is not in the template, the policy of that key says. */
  #thatCanBeSeen(calls: readonly Request[]): Request[] {
    const own = new Set(
      this.#policies.resources('AWS::KMS::Key').map(([id]) => arnOf(id, this.#policies.template.Resources)),
    )
    return calls.filter(({ caller, resource }) => caller.startsWith('arn:') || own.has(resource))
  }

  /** @returns calls that are made and refused */
  refused(): Promise<string[]> {
    return this.#answered((decision) => decision !== 'allowed', this.#needed)
  }

  /** @returns what a role may do and does not do, on resources of the stack */
  async excess(): Promise<string[]> {
    const needed = new Set(this.#needed.map(described))
    const actions = new Set([...this.#needed.map(({ action }) => action), ...NEVER])
    const places = [this.#places.of, ...this.#places.ofSources].flatMap((of) => Object.values(of))
    const resources = new Set([...places, ...this.#keys.values()])
    const requests: Request[] = []
    for (const caller of this.#policies.roles) {
      for (const action of actions) for (const resource of resources) requests.push({ caller, action, resource })
    }
    const others = requests.filter((request) => !needed.has(described(request)))
    const allowed = await this.#answered(isAllowed, others)
    return allowed.filter((request) => !TOLERATED.some((each) => each.allowed.test(request)))
  }

  /** @returns requests of other accounts, of services that act for them, and over plain HTTP, that are allowed */
  allowedToStrangers(): Promise<string[]> {
    const ofRoles = this.#needed.filter(({ caller, resource }) => caller.startsWith('arn:') && resource !== '*')
    const ofServices = this.#needed.filter(actsForSomebody)
    const stranger = `arn:aws:iam::${OTHER_ACCOUNT}:role/stranger`
    return this.#answered(isAllowed, [
      ...ofRoles.map((call) => ({ ...call, caller: stranger })),
      ...ofServices.map(forOtherAccount),
      ...ofServices.filter(({ action }) => action === 'sqs:SendMessage').flatMap(forNobodyKnown),
      ...this.#needed.filter(isOverTls).map(overPlainHttp),
    ])
  }

  async #answered(isWanted: (decision: Decision) => boolean, requests: readonly Request[]): Promise<string[]> {
    const found: string[] = []
    for (const request of requests) {
      const decision = this.#policies.decide(request)
      // to wait for what is known takes as long as to find it out
      if (isWanted(typeof decision === 'string' ? decision : await decision)) found.push(described(request))
    }
    return found
  }
}

const isAllowed = (decision: Decision) => decision === 'allowed'

const OTHER_ACCOUNT = '999999999999'

/**
 * Lambda takes over no role for others; which role a function has, iam:PassRole decides. A service that uses a key uses it
 * for a queue or a topic, whose policy says for whom it may.
 */
function actsForSomebody({ caller, action }: Request): boolean {
  return !caller.startsWith('arn:') && action !== 'sts:AssumeRole' && !action.startsWith('kms:')
}

function forOtherAccount(call: Request): Request {
  const arn = call.context?.['aws:SourceArn'] ?? ''
  const theirs = { 'aws:SourceArn': arn.replace(ACCOUNT, OTHER_ACCOUNT), 'aws:SourceAccount': OTHER_ACCOUNT }
  return { ...call, context: theirs }
}

/** Without the one or the other of what says for whom the service acts. */
function forNobodyKnown(call: Request): Request[] {
  const entries = Object.entries(call.context ?? {})
  return entries.map(([left]) => ({ ...call, context: Object.fromEntries(entries.filter(([name]) => name !== left)) }))
}

/** Of these, resource policies ask for it; a bucket that is not in the template has a policy of its own. */
function isOverTls({ action, resource }: Request): boolean {
  return /^(s3|sqs):|^sns:Publish$/.test(action) && !resource.startsWith('arn:aws:s3:::their-bucket')
}

function overPlainHttp(call: Request): Request {
  return { ...call, context: { ...call.context, 'aws:SecureTransport': 'false' } }
}

function requestsOf({ caller, action, on, when, isInEachBucket }: Call, places: Places, keys: Keys): Request[] {
  const arn = places.callers[caller]
  if (arn === undefined || (when && !when(places))) return []
  const isOfEachBucket = caller === 'function' || caller === 'audit' || isInEachBucket
  const resources = on.flatMap((place) => {
    if (place === 'keys') return [...new Set(keys.values())]
    const ofSources = isOfEachBucket && !place.startsWith('canary') ? places.ofSources : []
    return [places.of, ...ofSources].flatMap((of) =>
      Object.entries(of).flatMap(([name, resource]) => (isPartOf(name as Place, place) ? [resource] : [])),
    )
  })
  return resources.map((resource) => ({ caller: arn, action, resource }))
}

function described({ caller, action, resource }: Request): string {
  return `${caller} ${action} ${resource}`
}
