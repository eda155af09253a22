/** An app of your own: `npm i`, then `npx cdk deploy`. Node 22.18 or later runs TypeScript as it is. */
import { App, Stack } from 'aws-cdk-lib'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { SupertrendPipeline } from 'parquet-supertrend/cdk'

const app = new App()
const stack = new Stack(app, 'MarketData')

const onCall = new Topic(stack, 'OnCall')
onCall.addSubscription(new EmailSubscription('on-call@example.com'))

new SupertrendPipeline(stack, 'Bars', {
  settings: { supertrends: [{ period: 10, multiplier: 3 }] },
  alarms: { page: onCall, ticket: onCall },
})
