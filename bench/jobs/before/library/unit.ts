import { type Change, type Host, type Task, task } from '../../../../runner/index.ts'

interface UnitChange extends Change {
  isNew: boolean
}

interface Options {
  /** It runs, and the boot starts it. Default: it is only written. */
  enabled?: boolean
  /** A file: a unit that has run since before it was changed is restarted. */
  restartOn?: string
}

/** A unit of systemd has this content; it runs and is enabled, if wanted, and is restarted after a change. */
export function unit(name: string, content: string, { enabled = false, restartOn }: Options = {}): Task {
  const path = `/etc/systemd/system/${name}`
  return task<UnitChange>({
    name: `unit ${name}`,
    check: async (host) => {
      const before = (await host.read(path)) ?? ''
      const { stdout } = await host.$({
        nothrow: true,
      })`systemctl is-active -- ${name}; systemctl is-enabled -- ${name}`
      const [active, enablement] = stdout.split('\n')
      const differences = [
        ...(before === content ? [] : ['content']),
        ...(enabled && active !== 'active' ? [`${active} → active`] : []),
        ...(enabled && enablement !== 'enabled' ? [`${enablement} → enabled`] : []),
      ]
      if (restartOn !== undefined && active === 'active') {
        const { stdout: times } =
          await host.$`date -d "$(systemctl show -P ActiveEnterTimestamp -- ${name})" +%s; stat -c %Y -- ${restartOn}`
        const [started, changed] = times.split('\n').map(Number)
        if (started === undefined || changed === undefined || changed > started) differences.push('restart')
      }
      if (differences.length === 0) return null
      return { summary: differences.join(', '), before, after: content, isNew: active !== 'active' }
    },
    apply: async (host, { isNew }) => {
      await host.write(path, content)
      await host.$`systemctl daemon-reload`
      if (enabled) await start(host, name, isNew)
    },
  })
}

async function start(host: Host, name: string, isNew: boolean): Promise<void> {
  await host.$`systemctl enable -- ${name}`
  await host.$`systemctl ${isNew ? 'start' : 'restart'} -- ${name}`
  await host.$`systemctl is-active -- ${name}`
}
