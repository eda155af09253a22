/** Shows the dead letters, and deletes the letters of one key. */
import { RefusedError } from '../../functions/shared/errors.ts'
import { deleteLetter, describeLetter, MAX_LETTERS, namesKey, receiveLetters } from './letters.ts'
import type { Operated } from './look-again.ts'
import { shown } from './shown.ts'

type Mail = Pick<Operated, 'sqs' | 'print'>

export async function showLetters({ sqs, print }: Mail, deadLetterQueueUrl: string): Promise<void> {
  const letters = await receiveLetters(sqs, deadLetterQueueUrl)
  for (const letter of letters) print(describeLetter(letter))
  print(`${letters.length} dead letters${letters.length >= MAX_LETTERS ? ', and maybe more' : ''}`)
}

/** @throws RefusedError when no letter names the key */
export async function discardLetters({ sqs, print }: Mail, deadLetterQueueUrl: string, key: string): Promise<void> {
  const letters = (await receiveLetters(sqs, deadLetterQueueUrl)).filter((letter) => namesKey(letter, key))
  if (letters.length === 0) throw new RefusedError('settings', `no dead letter names ${shown(key)}`)
  for (const letter of letters) {
    const others = letter.objects.filter((object) => object.key !== key)
    if (others.length > 0) {
      print(`kept, because it names other keys too: ${describeLetter(letter)}`)
      continue
    }
    await deleteLetter(sqs, deadLetterQueueUrl, letter)
    print(`discarded: ${describeLetter(letter)}`)
  }
}
