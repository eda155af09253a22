/** What the policies of a template allow, decided as IAM does: those of the caller and those of the resource together. */
import { isWildcardOnlyAction, runSimulation, type Simulation } from '@cloud-copilot/iam-simulate'
import { ACCOUNT, arnOf, REGION, type Resource, resolved, type Template } from './resolve.ts'

export interface Request {
  /** The ARN of a role, or a service such as `s3.amazonaws.com`. */
  readonly caller: string
  readonly action: string
  /** An ARN; `*` where the action knows no resources. */
  readonly resource: string
  /** Condition keys beside those of every request. */
  readonly context?: Readonly<Record<string, string>>
  /** For the message of a test that fails. */
  readonly why?: string
}

export type Decision = 'allowed' | 'denied' | 'not applicable'

interface Statement {
  readonly Effect: string
  readonly Action?: string | readonly string[]
  readonly [element: string]: unknown
}

interface Policy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

/** The AWS managed policies that the stack uses, as https://docs.aws.amazon.com/aws-managed-policy/ has them. */
const MANAGED: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaBasicExecutionRole': ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
}

const policyOf = (Statement: readonly Statement[]): Policy => ({ Version: '2012-10-17', Statement })

const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' }

/** The role that somebody gives the policy of a template that no role of the template has. */
export const ON_CALL_ROLE = `arn:aws:iam::${ACCOUNT}:role/on-call`

/** Most templates differ in one policy only, so most questions come again. */
const decisions = new Map<string, Promise<Decision>>()

/** Actions and resources that do not go together, whatever a policy says. */
const inapplicable = new Set<string>()

/** The simulator has no keys of an encryption context. This one stands in for it, in the request and in the policies. */
const STAND_IN = 'aws:RequestTag/encryption-context'
const ENCRYPTION_CONTEXT = 'kms:EncryptionContext:aws:logs:arn'

/** Whether a statement allows the action somewhere, which most do not. A simulation would take a hundred times as long. */
function mayAllow({ Effect, Action }: Statement, action: string): boolean {
  if (Effect !== 'Allow') return false
  // everything but some actions
  if (Action === undefined) return true
  return [Action].flat().some((pattern) => expressionOf(pattern).test(action))
}

const expressions = new Map<string, RegExp>()

function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern) ?? new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i')
  expressions.set(pattern, known)
  return known
}

async function decided(simulation: Simulation): Promise<Decision> {
  const { action, resource } = simulation.request
  const pair = `${action} ${resource.resource}`
  if (inapplicable.has(pair)) return 'not applicable'
  const question = JSON.stringify(simulation).replaceAll(ENCRYPTION_CONTEXT, STAND_IN)
  const known = decisions.get(question) ?? simulate(JSON.parse(question))
  decisions.set(question, known)
  if ((await known) === 'not applicable') inapplicable.add(pair)
  return known
}

/** A resource may be named, and is not: it is a kind that few accounts have. */
const MAY_NAME_NONE = ['cloudwatch:GetMetricData']

async function needsNoResource(service: string, action: string): Promise<boolean> {
  return MAY_NAME_NONE.includes(`${service}:${action}`) || isWildcardOnlyAction(service, action)
}

async function simulate(simulation: Simulation): Promise<Decision> {
  const { principal, action, resource } = simulation.request
  const [service, name] = action.split(':')
  if (resource.resource === '*' && !(await needsNoResource(service!, name!))) return 'not applicable'
  const answer = await runSimulation(simulation, {})
  if (answer.resultType === 'error') {
    if (/^(no\.resource\.types|must\.use\.wildcard)$/.test(answer.errors.message)) return 'not applicable'
    throw new Error(`${principal} ${action} ${resource.resource}: ${JSON.stringify(answer.errors)}`)
  }
  const ignored = answer.resultType === 'single' ? (answer.result.ignoredContextKeys ?? []) : []
  if (ignored.length > 0) throw new Error(`${action} ${resource.resource} was judged without ${ignored.join(', ')}`)
  return answer.overallResult === 'Allowed' ? 'allowed' : 'denied'
}

export class GrantedPolicies {
  /** Every intrinsic function replaced. */
  readonly template: Template
  readonly #identities = new Map<string, Statement[]>()
  readonly #resources = new Map<string, Statement[]>()

  constructor(template: Template) {
    this.template = resolved(template)
    for (const [id, { Type, Properties }] of this.resources()) {
      if (Type === 'AWS::IAM::Role') this.#addRole(arnOf(id, template.Resources), Properties)
    }
    for (const [id, resource] of this.resources()) {
      this.#addPolicy(resource, template, id)
    }
  }

  resources(type?: string): (readonly [id: string, resource: Resource])[] {
    return Object.entries(this.template.Resources).filter(([, { Type }]) => type === undefined || Type === type)
  }

  /** ARNs of all roles. */
  get roles(): string[] {
    return [...this.#identities.keys()]
  }

  /** A role of another account may do everything, as far as its own account decides. */
  decide({ caller, action, resource, context = {} }: Request): Decision | Promise<Decision> {
    const resourcePolicy = this.#resources.get(policyHolderOf(resource)) ?? unseenPolicy(resource)
    const identity = this.#identities.get(caller) ?? (isOfOtherAccount(caller) ? [EVERYTHING] : [])
    const isNamed = (each: Statement) => mayAllow(each, action)
    if (!identity.some(isNamed) && !resourcePolicy?.some(isNamed)) return 'denied'
    return decided({
      request: {
        principal: caller,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { 'aws:SecureTransport': 'true', ...context },
      },
      identityPolicies: [{ name: 'all', policy: policyOf(identity) }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy && { resourcePolicy: policyOf(resourcePolicy) }),
    })
  }

  #addRole(arn: string, { Policies = [], ManagedPolicyArns = [], AssumeRolePolicyDocument }: Resource['Properties']) {
    const statements = Policies.flatMap(({ PolicyDocument }: Resource['Properties']) => PolicyDocument.Statement)
    for (const managed of ManagedPolicyArns as string[]) {
      const actions = MANAGED[managed.replace(/^.*:aws:policy\//, '')]
      // one of the template is added where it says so itself
      if (actions) statements.push({ Effect: 'Allow', Action: actions, Resource: '*' })
      else if (managed.includes(':iam::aws:')) throw new Error(`what does ${managed} allow?`)
    }
    this.#identities.set(arn, statements)
    this.#resources.set(arn, AssumeRolePolicyDocument.Statement)
  }

  #addPolicy({ Type, Properties }: Resource, template: Template, id: string): void {
    const add = (to: Map<string, Statement[]>, key: string, statements: readonly Statement[]) =>
      to.set(key, [...(to.get(key) ?? []), ...statements])
    const statements = Properties?.PolicyDocument?.Statement ?? []
    if (Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy') {
      const roles: string[] = (Properties.Roles ?? []).map((name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`)
      for (const role of roles.length > 0 ? roles : [ON_CALL_ROLE]) add(this.#identities, role, statements)
    }
    if (Type === 'AWS::S3::BucketPolicy') add(this.#resources, `arn:aws:s3:::${Properties.Bucket}`, statements)
    if (Type === 'AWS::SQS::QueuePolicy') {
      for (const url of Properties.Queues) add(this.#resources, queueArnOf(url), statements)
    }
    if (Type === 'AWS::SNS::TopicPolicy') {
      for (const arn of Properties.Topics) add(this.#resources, arn, statements)
    }
    if (Type === 'AWS::SNS::Topic' && !this.#hasTopicPolicy(arnOf(id, template.Resources))) {
      add(this.#resources, arnOf(id, template.Resources), [DEFAULT_TOPIC_STATEMENT])
    }
    if (Type === 'AWS::KMS::Key') add(this.#resources, arnOf(id, template.Resources), Properties.KeyPolicy.Statement)
    if (Type === 'AWS::Lambda::Permission') {
      const [arn, statement] = permissionStatement(Properties)
      add(this.#resources, arn, [statement])
    }
  }

  #hasTopicPolicy(arn: string): boolean {
    return this.resources('AWS::SNS::TopicPolicy').some(([, { Properties }]) => Properties.Topics.includes(arn))
  }
}

function isOfOtherAccount(caller: string): boolean {
  return caller.startsWith('arn:') && caller.split(':')[4] !== ACCOUNT
}

/** What SNS gives a topic that has no policy of its own, for what is asked here. */
const DEFAULT_TOPIC_STATEMENT = {
  Effect: 'Allow',
  Principal: '*',
  Action: ['sns:Publish', 'sns:Subscribe'],
  Resource: '*',
  Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
}

/** For a key that is not in the template, the policies of its account decide, as with the default policy of KMS. */
function unseenPolicy(arn: string): Statement[] | undefined {
  if (!arn.startsWith('arn:aws:kms:')) return undefined
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` }
  return [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }]
}

export function queueArnOf(url: string): string {
  const [, region, account, name] = /^https:\/\/sqs\.([^.]+)\.amazonaws\.com\/(\d+)\/(.+)$/.exec(url) ?? []
  return `arn:aws:sqs:${region}:${account}:${name}`
}

export function functionArnOf(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${nameOrArn}`
}

/** The statement that Lambda makes of a permission. */
function permissionStatement(properties: Resource['Properties']): [arn: string, statement: Statement] {
  const { Action, FunctionName, Principal, SourceArn, SourceAccount } = properties
  const Resource = functionArnOf(FunctionName)
  const isService = /\.amazonaws\.com$/.test(Principal)
  const Condition = {
    ...(SourceArn && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
    ...(SourceAccount && { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
  }
  const who = isService ? { Service: Principal } : { AWS: Principal }
  return [Resource, { Effect: 'Allow', Action, Resource, Principal: who, Condition }]
}

/** An object has the policy of its bucket. */
function policyHolderOf(arn: string): string {
  return arn.replace(/^(arn:aws:s3:::[^/]+)\/.*$/, '$1')
}
