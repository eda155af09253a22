export function takeAway(name: string): void {
  throw new Error(name)
}
