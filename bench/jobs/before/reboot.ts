import { setTimeout as sleep } from 'node:timers/promises'
import { CutoverError, type Host, type HostView, type Task, task } from '../../../runner/index.ts'

const bootOf = async (host: HostView): Promise<string> =>
  (await host.$`cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1`).stdout

/** Waits until the host can be logged in to after another boot. */
async function untilRebooted(host: Host, boot: string, within: number): Promise<void> {
  const deadline = Date.now() + within
  while (Date.now() < deadline) {
    const now = await host.withNewConnection(bootOf).catch(() => boot)
    if (now !== boot) return
    await sleep(2000)
  }
  throw new CutoverError(`the host did not come back within ${within / 60_000} minutes`)
}

const reboot = (within: number, reason: string): Task =>
  task({
    name: 'reboot',
    check: async (host) => {
      const packages = await host.read('/var/run/reboot-required.pkgs')
      if ((await host.read('/var/run/reboot-required')) === null) return null
      return { summary: `reboot${packages === null ? '' : ` for ${packages.trim().split('\n').join(', ')}`}` }
    },
    apply: async (host) => {
      const boot = await bootOf(host)
      // It ends this connection, which must not look like a failure.
      await host.$`wall ${reason} || :; nohup sh -c 'sleep 1; systemctl reboot' >/dev/null 2>&1 &`
      await untilRebooted(host, boot, within)
    },
  })

/** A reboot where a package asks for one. */
export const job = (): Task[] => [reboot(15 * 60_000, 'new packages')]
