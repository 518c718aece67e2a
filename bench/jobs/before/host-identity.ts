import { type Change, CutoverError, type Task, task } from '../../../runner/index.ts'

const hostname = (name: string): Task =>
  task<Change & { hosts: string }>({
    name: `hostname ${name}`,
    check: async (host) => {
      const running = (await host.$`uname -n`).stdout.trim()
      const stored = (await host.read('/etc/hostname'))?.trim()
      const before = (await host.read('/etc/hosts')) ?? ''
      const own = /^[ \t]*127\.0\.1\.1[ \t].*$/m
      const hosts = own.test(before)
        ? before.replace(own, (line) => (line.split(/\s+/).includes(name) ? line : `127.0.1.1 ${name}`))
        : `${before.trimEnd()}\n127.0.1.1 ${name}\n`
      if (running === name && stored === name && hosts === before) return null
      return { summary: `${running} → ${name}`, before, after: hosts, hosts }
    },
    apply: async (host, { hosts }) => {
      await host.$`hostname ${name}`
      await host.write('/etc/hostname', `${name}\n`)
      await host.write('/etc/hosts', hosts)
    },
  })

const timezone = (zone: string): Task => {
  const file = `/usr/share/zoneinfo/${zone}`
  return task<Change & { hasName: boolean }>({
    name: `time zone ${zone}`,
    check: async (host) => {
      const { stdout } = await host.$({ nothrow: true })`readlink /etc/localtime`
      const named = (await host.read('/etc/timezone'))?.trim()
      if (stdout.trim() === file && (named === undefined || named === zone)) return null
      if ((await host.$({ nothrow: true })`test -e ${file}`).exitCode !== 0)
        throw new CutoverError(`the host has no time zone ${zone}`)
      return { summary: `${stdout.trim() || 'none'} → ${zone}`, hasName: named !== undefined }
    },
    apply: async (host, { hasName }) => {
      await host.$`ln -sfn -- ${file} /etc/localtime`
      if (hasName) await host.write('/etc/timezone', `${zone}\n`)
    },
  })
}

/** How `locale -a` writes it. */
const normal = (name: string): string => name.replace(/\.UTF-8$/, '.utf8')

const locale = (name: string): Task =>
  task<Change & { isGenerated: boolean; after: string }>({
    name: `locale ${name}`,
    check: async (host) => {
      const generated = (await host.$`locale -a`).stdout.split('\n')
      const before = (await host.read('/etc/locale.conf')) ?? ''
      const after = /^LANG=/m.test(before) ? before.replace(/^LANG=.*$/m, `LANG=${name}`) : `${before}LANG=${name}\n`
      const isGenerated = generated.includes(normal(name))
      if (isGenerated && before === after) return null
      return { summary: isGenerated ? `LANG ${name}` : `generate, LANG ${name}`, before, after, isGenerated }
    },
    apply: async (host, { isGenerated, after }) => {
      if (!isGenerated) {
        await host.$`sed -i ${`s/^# *\\(${name.replaceAll('.', '\\.')} UTF-8\\) *$/\\1/`} /etc/locale.gen`
        await host.live`locale-gen`
      }
      await host.write('/etc/locale.conf', after)
    },
  })

/** The host's name, time zone and language. */
export const job = (): Task[] => [hostname('web-7'), timezone('Europe/Berlin'), locale('de_DE.UTF-8')]
