import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../../lab/exec.ts'
import { type Lab, sshCommand } from '../../lab/lab.ts'

/** One way to release the lab's app on the first host of a lab. */
export interface Way {
  name: string
  /** Where its users reach the app. */
  url: string
  /** The command that releases a version, or goes back to it. */
  release: (version: string) => string[]
  rollback: (version: string) => string[]
}

const here = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8')
const folder = '/opt/bench-release'

/** Runs a script as root on the first host of a lab. @returns what it prints */
export const onHost = (lab: Lab, script: string): Promise<string> =>
  exec(sshCommand(lab, 'web-1', ['sudo', 'sh', '-eu']), { input: script })

const write = (path: string, text: string): string => `cat >${path} <<'END OF FILE'\n${text}\nEND OF FILE\n`

/**
 * Puts the other ways on the host, beside Cutover's app: with the same image, environment and database. Their sequences
 * are made after what their documentation describes, and none of them migrates anything.
 */
export async function otherWays(lab: Lab, version: string): Promise<Way[]> {
  const ways = [
    { name: 'docker compose up -d', id: 'compose', port: 8081 },
    { name: 'docker-rollout’s sequence', id: 'rollout', port: 8082 },
    { name: 'a stop-first script', id: 'stop-first', port: 8083 },
  ]
  for (const { id } of ways)
    await onHost(
      lab,
      [
        `mkdir -p ${folder}/${id}`,
        write(`${folder}/${id}/release.sh`, here(`${id}.sh`)),
        id === 'stop-first' ? '' : write(`${folder}/${id}/compose.yaml`, here(`${id}.yaml`)),
        id === 'rollout' ? `cd ${folder}/${id}; TAG=${version} docker compose up --detach --quiet-pull` : '',
        id === 'rollout' ? '' : `sh ${folder}/${id}/release.sh ${version}`,
      ].join('\n'),
    )
  return ways.map(({ name, id, port }) => {
    const release = (tag: string): string[] =>
      sshCommand(lab, 'web-1', ['sudo', 'sh', `${folder}/${id}/release.sh`, tag])
    return { name, url: `http://${lab.hosts[0]?.address}:${port}`, release, rollback: release }
  })
}
