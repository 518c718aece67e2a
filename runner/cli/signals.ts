import { exitStatus } from '../errors.ts'

/** One press of Ctrl-C can arrive twice: npx, tsx and timeout(1) pass on what the terminal has sent to the whole group. In ms. */
const samePress = 1000

/**
 * Ctrl-C (or SIGTERM) calls `interrupted` once; another press exits at once.
 * @returns what takes the handlers off again
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
