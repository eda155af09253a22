/** The app with each environment, and with each optional setting: what is tested of templates is tested of all of them. */
import { ENVIRONMENT_NAMES, type Environment, type EnvironmentName } from '../../lib/environments.ts'
import { OPTIONS, templateOf } from '../lib/synthesised.ts'
import type { Template } from '../policies/resolve.ts'

/** Settings of the function that change what it may do. */
const SETTINGS = {
  chartPrefix: 'charts/',
  droppedPrefix: 'removed/',
  eventBus: 'market',
  onRemoved: 'remove',
} as const satisfies Environment['settings']

export interface Setup {
  readonly name: string
  readonly environment: EnvironmentName
  readonly options: Environment
}

/** In which everything is used that a policy may allow. */
export const WHOLE: Setup = {
  name: 'prod with a key and every setting of the function',
  environment: 'prod',
  options: { settings: SETTINGS, encryptionKey: 'new' },
}

const dev = (what: string, options: Environment): Setup => ({ name: `dev with ${what}`, environment: 'dev', options })

export const SETUPS: readonly Setup[] = [
  ...ENVIRONMENT_NAMES.map((environment) => ({ name: environment, environment, options: {} })),
  ...Object.entries(OPTIONS).map(([what, options]) => dev(what, options)),
  ...Object.entries(SETTINGS).map(([name, value]) => dev(`the setting ${name}`, { settings: { [name]: value } })),
  dev('EventBridge, a key, and an existing bucket that has another key', {
    ...OPTIONS['an existing bucket with a key'],
    via: 'eventbridge',
    encryptionKey: 'new',
  }),
  WHOLE,
]

export function templateOfSetup({ environment, options }: Setup): Template {
  return templateOf(environment, options).toJSON() as Template
}
