import { UnsafeError } from '../../runner/index.ts'
import type { Container } from './inspect.ts'

type Kind = 'container' | 'network' | 'volume'

/** Whether an object of Docker is ours: a label of it is called `cutover`, or begins with `cutover.`. */
export const isOurs = (labels: Readonly<Record<string, string>> | null | undefined): boolean =>
  Object.keys(labels ?? {}).some((key) => key === 'cutover' || key.startsWith('cutover.'))

/** How a person sees whose an object is, and what to do with it so that its name is free. */
const remedies: Record<Kind, (name: string) => { show: string; remedy: string }> = {
  container: (name) => ({
    show: `docker ps -a --no-trunc --filter name=^/${name}$`,
    remedy: `If it stays, give it another name (docker rename ${name} OTHER-NAME); if it may go, remove it (docker rm -f ${name}).`,
  }),
  network: (name) => ({
    show: `docker network inspect ${name}`,
    remedy: `Move what is on it to a network of another name, and remove it: docker network rm ${name}`,
  }),
  volume: (name) => ({
    show: `docker volume inspect ${name}; docker ps -a --filter volume=${name}`,
    remedy: `Copy what you need of it to a volume of another name, and remove it: docker volume rm ${name}`,
  }),
}

/** The error for an object that has a name that Cutover needs, and that somebody else has made. */
export function notOurs(kind: Kind, name: string): UnsafeError {
  const { show, remedy } = remedies[kind](name)
  return new UnsafeError(`the ${kind} ${name} is not Cutover's: it has no label of that name`, {
    hint: `It is left as it is, and nothing was changed. See whose it is: ${show}\n${remedy}\nThen run this again.`,
  })
}

/** @throws UnsafeError if one of these containers is somebody else's */
export function allOurs(containers: readonly Container[]): void {
  const foreign = containers.find(({ Config }) => !isOurs(Config.Labels))
  if (foreign) throw notOurs('container', foreign.Name.slice(1))
}
