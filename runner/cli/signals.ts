import { exitStatus } from '../errors.ts'

/**
 * In ms. One press of Ctrl-C can arrive twice, because npx, tsx and timeout(1) pass on the signal that the terminal
 * sends to all of them.
 */
const samePress = 1000

/**
 * Handles Ctrl-C and SIGTERM: the first one calls `interrupted`, another one exits at once.
 * @returns a function that removes the handlers
 */
export function onSignals(
  interrupted: () => void,
  exit: (status: number) => void = process.exit,
  now: () => number = () => performance.now(),
): () => void {
  let first: number | null = null
  const stop = (): void => {
    if (first === null) {
      first = now()
      interrupted()
    } else if (now() - first > samePress) exit(exitStatus.interrupted)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}
