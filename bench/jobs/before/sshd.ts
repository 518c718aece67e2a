import { type Change, CutoverError, type Task, task } from '../../../runner/index.ts'
import { absent } from './library/absent.ts'
import { handler } from './library/handler.ts'
import { validatedFile } from './library/validated-file.ts'

const hardening = `# Managed by a playbook.
PasswordAuthentication no
KbdInteractiveAuthentication no
X11Forwarding no
MaxAuthTries 3
AllowGroups sudo deploy
`
const validate = ['sshd', '-t', '-f', '%s']
const main = '/etc/ssh/sshd_config'

/** The last line for the keyword is replaced; a new one comes before the first block of Match. */
function withLine(text: string, line: string, keyword: RegExp): string {
  const lines = text.split('\n')
  const last = lines.findLastIndex((each) => keyword.test(each))
  if (last >= 0) lines[last] = line
  else {
    const match = lines.findIndex((each) => /^Match\b/.test(each))
    lines.splice(match < 0 ? lines.length - 1 : match, 0, line)
  }
  return lines.join('\n')
}

const setting = (line: string, keyword: RegExp, notify: readonly Task[]): Task =>
  task<Change & { after: string }>({
    name: `${main}: ${line}`,
    notify,
    check: async (host) => {
      const before = await host.read(main)
      if (before === null) throw new CutoverError(`there is no ${main}`)
      const after = withLine(before, line, keyword)
      return before === after ? null : { summary: 'another line', before, after }
    },
    apply: async (host, change) => {
      const current = await host.file(main)
      await validatedFile(main, change.after, { mode: current?.mode, validate }).apply(host, change)
    },
  })

/** sshd takes keys only, and no root. A configuration that it does not take never lands. */
export function job(): Task[] {
  const reload = handler('reload sshd', (host) => host.$`systemctl reload ssh`)
  const notify = [reload]
  return [
    absent('/etc/ssh/sshd_config.d/50-cloud-init.conf', notify),
    validatedFile('/etc/ssh/sshd_config.d/10-hardening.conf', hardening, { mode: '600', validate, notify }),
    setting('PermitRootLogin no', /^#?PermitRootLogin\b/, notify),
  ]
}
