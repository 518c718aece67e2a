import { CutoverError, type HostView } from '../../runner/index.ts'
import { engineAway, EngineAwayError } from './engine-away.ts'

/** The fields of a network or a volume that are used here. */
export interface EngineObject {
  Labels: Record<string, string> | null
  /** The folder of a volume on the host. */
  Mountpoint?: string
}

/**
 * A network or a volume; null if there is none of that name. It asks the engine by its socket where it can: the docker
 * program takes several times as long to start.
 * @throws CutoverError if Docker does not answer
 */
export async function askEngine(
  host: HostView,
  kind: 'network' | 'volume',
  name: string,
): Promise<EngineObject | null> {
  const { stdout } = await host.quiet({ nothrow: true })`
    if [ -S /run/docker.sock ] && command -v curl >/dev/null
    then curl -s -w '\\n%{http_code}' --unix-socket /run/docker.sock ${`http://docker/${kind}s/${encodeURIComponent(name)}`}
    elif said=$(docker ${kind} inspect -f '{{json .}}' ${name} 2>&1); then printf '%s\\n200' "$said"
    else case $said in *"o such "*) echo 404;; *"not found"*) echo 404;; *) printf '%s\\n500' "$said";; esac
    fi`
  const lines = stdout.trim().split('\n')
  const status = lines.pop()
  if (status === '404') return null
  if (status === '200') return JSON.parse(lines.join('\n')) as EngineObject
  // curl prints 000 if there was no answer; the docker program prints a message.
  throw new (status === '000' || engineAway(stdout) ? EngineAwayError : CutoverError)(
    `Docker does not say whether there is a ${kind} ${name}: ${lines.join(' ') || 'it does not answer'}`,
    { hint: 'Does it run? systemctl status docker' },
  )
}
