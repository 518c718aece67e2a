import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultRelease, hostImages } from '../../lab/base-images.ts'
import { docker, ensureEngine } from '../../lab/engine.ts'
import { exec } from '../../lab/exec.ts'
import { ensureImage, tagOf } from '../../lab/image.ts'

/** One light sshd in a container: no systemd, nothing of Docker inside. */
export interface Server {
  name: string
  address: string
  /** Where its key and known_hosts lie, and inventories may. */
  folder: string
  inside(script: string): Promise<string>
  close(): Promise<void>
}

/** @param options lines for its sshd_config. @throws LabUnavailable where this machine can't run one */
export async function lightServer(options = ''): Promise<Server> {
  const say = (line: string): void => console.log(line)
  await ensureEngine(say)
  await ensureImage(hostImages[defaultRelease], say)
  const name = `cutover-robust-${randomBytes(4).toString('hex')}`
  const folder = mkdtempSync(join(tmpdir(), 'cutover-robust-'))
  mkdirSync(folder, { recursive: true })
  await exec(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'id_ed25519')])
  await docker(['network', 'create', name])
  await docker([
    'run',
    '--detach',
    '--rm',
    '--init',
    '--name',
    name,
    '--network',
    name,
    '--entrypoint',
    'sleep',
    tagOf(hostImages[defaultRelease]),
    'infinity',
  ])
  const inside = (script: string): Promise<string> => docker(['exec', name, 'sh', '-c', script])
  const key = await exec(['cat', join(folder, 'id_ed25519.pub')])
  await inside(
    `install -d -m 700 -o deploy -g deploy /home/deploy/.ssh; echo '${key}' >/home/deploy/.ssh/authorized_keys; chown deploy:deploy /home/deploy/.ssh/authorized_keys; mkdir -p /run/sshd; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; printf '%s\\n' '${options}' >/etc/ssh/sshd_config.d/robust.conf; /usr/sbin/sshd`,
  )
  const address = await docker(['inspect', '-f', `{{(index .NetworkSettings.Networks "${name}").IPAddress}}`, name])
  const hostKey = (await inside('cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub')).trim()
  writeFileSync(join(folder, 'known_hosts'), `${address} ${hostKey}\n[127.0.0.1]:* ${hostKey}\n* ${hostKey}\n`)
  return {
    name,
    address,
    folder,
    inside,
    close: async () => {
      await docker(['rm', '--force', name])
      await docker(['network', 'rm', name])
    },
  }
}
