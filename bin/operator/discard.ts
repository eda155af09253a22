/** Shows the dead letters, and deletes the letters of one key. */
import { RefusedError } from '../../functions/shared/errors.ts'
import { deleteLetter, describeLetter, MAX_LETTERS, namesKey, receiveLetters } from './letters.ts'
import type { Operated } from './look-again.ts'
import { shown } from './shown.ts'

const SHOWN_OF_SEQUENCE = 10

type Mail = Pick<Operated, 'sqs' | 'print'>

export async function showLetters({ sqs, print }: Mail, queueUrls: readonly string[]): Promise<void> {
  for (const url of queueUrls) {
    const isOfSequences = url.endsWith('.fifo')
    if (isOfSequences) print('of the sequences:')
    const letters = await receiveLetters(sqs, url)
    for (const letter of letters) print(describeLetter(letter))
    // of a sequence, SQS hands out no more than ten
    const mayBeMore = letters.length >= (isOfSequences ? SHOWN_OF_SEQUENCE : MAX_LETTERS)
    print(`${letters.length} dead letters${mayBeMore ? ', and maybe more' : ''}`)
  }
}

/** @throws RefusedError when no letter names the key */
export async function discardLetters(mail: Mail, queueUrls: readonly string[], key: string): Promise<void> {
  let found = 0
  for (const url of queueUrls) found += await discardIn(mail, url, key)
  if (found === 0) throw new RefusedError('settings', `no dead letter names ${shown(key)}`)
}

/** @returns the number of letters that name the key */
async function discardIn({ sqs, print }: Mail, deadLetterQueueUrl: string, key: string): Promise<number> {
  const letters = (await receiveLetters(sqs, deadLetterQueueUrl)).filter((letter) => namesKey(letter, key))
  for (const letter of letters) {
    const others = letter.objects.filter((object) => object.key !== key)
    if (others.length > 0) {
      print(`kept, because it names other keys too: ${describeLetter(letter)}`)
      continue
    }
    await deleteLetter(sqs, deadLetterQueueUrl, letter)
    print(`discarded: ${describeLetter(letter)}`)
  }
  return letters.length
}
