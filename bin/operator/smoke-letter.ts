/** The dead letter of `npm run smoke`: the only letter that it touches. */
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { LETTER_ATTRIBUTES } from '../../functions/shared/names.ts'
import { deleteLetter, namesKey, receiveLetters } from './letters.ts'
import type { Named, Operated } from './look-again.ts'

const TRIES = 5
const LETTER_REASON = 'A test by the command "smoke", which deletes this letter.'

export class SmokeLetter {
  readonly #operated: Pick<Operated, 'sqs' | 'bucket'>
  readonly #queueUrl: string
  readonly #key: string
  #isThere = false

  constructor(operated: Pick<Operated, 'sqs' | 'bucket'>, queueUrl: string, key: string) {
    this.#operated = operated
    this.#queueUrl = queueUrl
    this.#key = key
  }

  get isThere(): boolean {
    return this.#isThere
  }

  async send(): Promise<void> {
    const { sqs, bucket } = this.#operated
    const text = (StringValue: string) => ({ DataType: 'String', StringValue })
    const letter = {
      QueueUrl: this.#queueUrl,
      MessageBody: JSON.stringify({ bucket, key: this.#key }),
      MessageAttributes: { [LETTER_ATTRIBUTES.code]: text('smoke'), [LETTER_ATTRIBUTES.reason]: text(LETTER_REASON) },
    }
    await sqs.send(new SendMessageCommand(letter))
    this.#isThere = true
  }

  /** Receives the letter, and deletes it after `use`. Other letters stay, hidden for half a minute. */
  async take(use: (objects: readonly Named[]) => Promise<void>): Promise<void> {
    const { sqs } = this.#operated
    for (let tries = 0; tries < TRIES; tries++) {
      const ours = (await receiveLetters(sqs, this.#queueUrl)).filter((letter) => namesKey(letter, this.#key))
      for (const letter of ours) {
        await use(letter.objects)
        await deleteLetter(sqs, this.#queueUrl, letter)
      }
      this.#isThere = ours.length === 0
      if (!this.#isThere) return
    }
    throw new Error(`the letter about ${this.#key} is not among the dead letters that can be received`)
  }
}
