/** What is wrong with the policies of a template: needed and refused, allowed and not needed, allowed to strangers. */
import { CALLS, type Call } from './calls.ts'
import { type Decision, GrantedPolicies, type Request } from './granted.ts'
import { type Places, placesIn } from './places.ts'
import { ACCOUNT, type Template } from './resolve.ts'
import { serviceCalls } from './service-calls.ts'
import { EXISTING_BUCKET } from './setups.ts'

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
    allowed: /BucketNotificationsHandler\S* s3:(Get|Put)BucketNotification /,
    reason: 'the function is part of CDK, which gives it this right for every bucket',
  },
]

export class Judged {
  readonly #policies: GrantedPolicies
  readonly #places: Places
  readonly #needed: readonly Request[]

  constructor(template: Template) {
    this.#policies = new GrantedPolicies(template)
    this.#places = placesIn(this.#policies)
    const calls = CALLS.flatMap((call) => requestsOf(call, this.#places))
    this.#needed = [...calls, ...serviceCalls(this.#policies)]
  }

  /** @returns calls that are made and refused */
  refused(): Promise<string[]> {
    return this.#answered((decision) => decision !== 'allowed', this.#needed)
  }

  /** @returns what a role may do and does not do, on resources of the stack */
  async excess(): Promise<string[]> {
    const needed = new Set(this.#needed.map(described))
    const actions = new Set([...this.#needed.map(({ action }) => action), ...NEVER])
    const resources = new Set(Object.values(this.#places.of))
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
    const ofServices = this.#needed.filter(({ caller }) => !caller.startsWith('arn:'))
    const stranger = `arn:aws:iam::${OTHER_ACCOUNT}:role/stranger`
    return this.#answered(isAllowed, [
      ...ofRoles.map((call) => ({ ...call, caller: stranger })),
      // Lambda takes over no role for others; which role a function has, iam:PassRole decides
      ...ofServices.filter(({ action }) => action !== 'sts:AssumeRole').map(forOtherAccount),
      ...this.#needed.filter(isOverTls).map(overPlainHttp),
    ])
  }

  async #answered(isWanted: (decision: Decision) => boolean, requests: readonly Request[]): Promise<string[]> {
    const found: string[] = []
    for (const request of requests) {
      if (isWanted(await this.#policies.decide(request))) found.push(described(request))
    }
    return found
  }
}

const isAllowed = (decision: Decision) => decision === 'allowed'

const OTHER_ACCOUNT = '999999999999'

function forOtherAccount(call: Request): Request {
  const arn = call.context?.['aws:SourceArn'] ?? ''
  // the name of a bucket is enough: no other account has one of that name
  if (arn === `arn:aws:s3:::${EXISTING_BUCKET}`) return { ...call, context: { 'aws:SourceArn': 'arn:aws:s3:::other' } }
  const theirs = { 'aws:SourceArn': arn.replace(ACCOUNT, OTHER_ACCOUNT), 'aws:SourceAccount': OTHER_ACCOUNT }
  return { ...call, context: theirs }
}

/** Of these, resource policies ask for it; a bucket that is not of the stack has a policy of its own. */
function isOverTls({ action, resource }: Request): boolean {
  return /^(s3|sqs):|^sns:Publish$/.test(action) && !resource.startsWith(`arn:aws:s3:::${EXISTING_BUCKET}`)
}

function overPlainHttp(call: Request): Request {
  return { ...call, context: { ...call.context, 'aws:SecureTransport': 'false' } }
}

function requestsOf({ caller, action, on, when }: Call, places: Places): Request[] {
  const arn = places.callers[caller]
  if (arn === undefined || (when && !when(places))) return []
  return on.flatMap((place) => {
    const resource = places.of[place]
    return resource === undefined ? [] : [{ caller: arn, action, resource }]
  })
}

function described({ caller, action, resource }: Request): string {
  return `${caller} ${action} ${resource}`
}
