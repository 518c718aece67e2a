import { z } from '../../runner/index.ts'
import { isOurs } from '../docker/index.ts'

/** A container that runs. */
export interface Running {
  id: string
  name: string
  image: string
  ours: boolean
  /** The ports of the host that it publishes. */
  ports: readonly number[]
  /** Those of them that others reach, as `443/tcp`. */
  reachable: readonly string[]
}

/**
 * Prints the containers that run, as JSON. The environment of a container is not part of it. Without curl there is
 * nothing: the docker program prints another form.
 */
export const containersScript =
  'if [ -S /run/docker.sock ] && command -v curl >/dev/null; then curl -sf --max-time 10 --unix-socket /run/docker.sock http://docker/containers/json || :; fi'

const list = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Ports: z
      .array(z.object({ IP: z.string().optional(), PublicPort: z.number().optional(), Type: z.string() }))
      .nullish(),
  }),
)

/** The containers in the output of the script. */
export function parseContainers(shown: string): Running[] {
  return list.parse(JSON.parse(shown.trim() || '[]')).map(({ Id: id, Names, Image: image, Labels, Ports }) => ({
    id,
    name: Names?.[0]?.replace(/^\//, '') ?? id.slice(0, 12),
    image,
    ours: isOurs(Labels),
    ports: (Ports ?? []).flatMap(({ PublicPort }) => PublicPort ?? []),
    reachable: [
      ...new Set(
        (Ports ?? []).flatMap(({ IP = '', PublicPort, Type }) =>
          PublicPort === undefined || /^(127\.|::1$)/.test(IP) ? [] : [`${PublicPort}/${Type}`],
        ),
      ),
    ],
  }))
}
