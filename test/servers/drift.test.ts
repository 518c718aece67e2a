import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cutover, failureOf } from '../../lab/cutover.ts'
import { exec } from '../../lab/exec.ts'
import { down, type Lab, sshCommand, up } from '../../lab/lab.ts'

const name = 'servers-drift'
let lab: Lab
const on = (script: string): Promise<string> =>
  exec(sshCommand(lab, 'web-1', [`sudo sh -c '${script.replaceAll("'", String.raw`'\''`)}'`]))

interface Drift {
  /** What somebody does by hand. */
  damage: string
  /** The tasks that find it, as a plain report names them. */
  tasks: readonly string[]
  /** A line of the diff, if the change has one. */
  diff?: string
  /** What the host says once it is mended. */
  mended: readonly [script: string, output: string | RegExp]
}

const drifts: Record<string, Drift> = {
  'a rule of the firewall is deleted': {
    damage: 'ufw --force delete allow 80/tcp',
    tasks: ['firewall'],
    mended: ['ufw status | grep -c "^80/tcp .*ALLOW"', /^[12]$/],
  },
  'a file is edited': {
    damage: 'echo "# mine" >>/opt/traefik/traefik-20080.yaml',
    tasks: ['compose cutover-traefik'],
    diff: '-# mine',
    mended: ['grep -c "# mine" /opt/traefik/traefik-20080.yaml || true', '0'],
  },
  'a script is removed': {
    damage: 'rm /opt/cutover/heal.sh',
    tasks: ['file /opt/cutover/heal.sh'],
    diff: '+# What cron runs each minute',
    mended: ['stat -c %a /opt/cutover/heal.sh', '755'],
  },
  'a mode is changed': {
    damage: 'chmod 644 /opt/cutover/poll.sh',
    tasks: ['file /opt/cutover/poll.sh'],
    diff: '+[mode 755]',
    mended: ['stat -c %a /opt/cutover/poll.sh', '755'],
  },
  'a secret can be read by everybody': {
    damage: 'chmod 666 /opt/shop/app.env.sh',
    tasks: ['file /opt/shop/app.env.sh'],
    diff: '+[mode 600]',
    mended: ['stat -c %a /opt/shop/app.env.sh', '600'],
  },
  'an owner is changed': {
    damage: 'chown deploy:deploy /opt/cutover/lock.sh',
    tasks: ['file /opt/cutover/lock.sh'],
    diff: '+[owner root:root]',
    mended: ['stat -c %U:%G /opt/cutover/lock.sh', 'root:root'],
  },
  'a folder’s mode is changed': {
    damage: 'chmod 777 /opt/cutover/registries',
    tasks: ['directory /opt/cutover/registries'],
    mended: ['stat -c %a /opt/cutover/registries', '700'],
  },
  'a service is stopped and disabled': {
    damage: 'systemctl disable --now cron',
    tasks: ['unit cron'],
    mended: ['systemctl is-active cron; systemctl is-enabled cron', 'active\nenabled'],
  },
  'the server of the pages is stopped': {
    damage: 'systemctl disable --now cutover-pages',
    tasks: ['unit cutover-pages.service'],
    mended: ['systemctl is-active cutover-pages; systemctl is-enabled cutover-pages', 'active\nenabled'],
  },
  'what answers where no app does is edited': {
    damage: 'sed -i "s/404.html/other.html/" /opt/traefik/dynamic/_nobody.yaml',
    tasks: ['file /opt/traefik/dynamic/_nobody.yaml'],
    diff: '-        query: /other.html',
    mended: ['grep -c "query: /404.html" /opt/traefik/dynamic/_nobody.yaml', '1'],
  },
  'the firewall is off': {
    damage: 'ufw disable',
    tasks: ['firewall'],
    mended: ['ufw status | head -n 1', 'Status: active'],
  },
  'a network is removed': {
    damage:
      'docker rm -f shop-postgres; docker rm -f $(docker ps -aqf label=cutover.app=shop); docker network rm shop-backend',
    tasks: ['network shop-backend', 'compose cutover-shop-postgres'],
    mended: ['docker network ls --format "{{.Name}}" --filter name=shop-backend', 'shop-backend'],
  },
  'the user is out of the group': {
    damage: 'gpasswd -d deploy docker',
    tasks: ['user deploy in group docker'],
    mended: ['id -nG deploy | grep -c docker', '1'],
  },
  'a line of cron is changed': {
    damage: 'sed -i "s/poll.sh shop/poll.sh other/" /etc/cron.d/cutover-shop',
    tasks: ['file /etc/cron.d/cutover-shop'],
    diff: 'poll.sh other',
    mended: ['grep -c "poll.sh shop " /etc/cron.d/cutover-shop', '1'],
  },
  'a container is replaced by hand': {
    damage:
      'image=$(docker inspect -f "{{.Config.Image}}" traefik); docker rm -f traefik; docker run -d --name traefik --label cutover.stamp=hand -p 80:80 $image',
    tasks: ['compose cutover-traefik'],
    mended: ['docker inspect -f "{{.State.Running}} {{.State.Health.Status}}" traefik', 'true healthy'],
  },
  'a container is stopped': {
    damage: 'docker stop -t 1 shop-postgres',
    tasks: ['compose cutover-shop-postgres'],
    mended: ['docker inspect -f "{{.State.Running}}" shop-postgres', 'true'],
  },
  'a compose file is edited': {
    damage: 'sed -i "s/^services:/# mine\\nservices:/" /opt/traefik/compose.yaml',
    tasks: ['compose cutover-traefik'],
    diff: '-# mine',
    mended: ['grep -c "# mine" /opt/traefik/compose.yaml || true', '0'],
  },
  'a link points elsewhere': {
    damage: 'ln -sfT /bin/true /opt/shop/deploy',
    tasks: ['link /opt/shop/deploy'],
    diff: '+[link to /opt/cutover/cutover.sh]',
    mended: ['readlink /opt/shop/deploy', '/opt/cutover/cutover.sh'],
  },
  'the login of a registry’s certificate is gone': {
    damage: 'rm -r /etc/docker/certs.d/registry.lab:5000',
    tasks: ['registry.lab:5000'],
    mended: ['ls /etc/docker/certs.d/registry.lab:5000', 'ca.crt'],
  },
  'the pin of the runtime is lost': {
    damage: 'rm /opt/cutover/runtime',
    tasks: ['runtime '],
    mended: ['grep -c @sha256: /opt/cutover/runtime', '1'],
  },
  // One that says false is an operator's word, and stays.
  'live-restore is gone from daemon.json': {
    damage: `sed -i 's/"live-restore": true/"debug": false/' /etc/docker/daemon.json`,
    tasks: ['docker: live-restore'],
    mended: ['grep -c live-restore /etc/docker/daemon.json', '1'],
  },
  'timers stand beside cron': {
    damage:
      'printf "# Written by Cutover.\\n[Timer]\\nOnCalendar=hourly\\nUnit=cron.service\\n[Install]\\nWantedBy=timers.target\\n" >/etc/systemd/system/cutover-poll-shop.timer; systemctl enable --now cutover-poll-shop.timer',
    tasks: ['no timers of shop'],
    mended: [
      'systemctl is-active cutover-poll-shop.timer || true; ls /etc/systemd/system | grep -c cutover-poll || true',
      'inactive\n0',
    ],
  },
}

/** The tasks that a plain report says would change, or did. */
const changed = (output: string): string[] =>
  [...output.matchAll(/^\[?web-1\]?:? +(?:changed|would change) +(.*)$/gm)].map(([, text = '']) => text)

describe.skipIf(!inject('lab')).sequential('what somebody changes by hand', () => {
  beforeAll(async () => {
    lab = await up(name, 1, () => undefined)
    expect(failureOf(await cutover('setup', [], lab.inventory))).toBe('')
    // Cron is not to mend what a test damages.
    await on('touch /opt/shop/no-heal')
  })
  afterAll(() => down(name))

  it('nothing: a check finds nothing', async () => {
    const { code, output } = await cutover('setup', ['--check', '--exit-code'], lab.inventory)
    expect(code === 0 ? '' : output).toBe('')
  })

  it.each(Object.entries(drifts))(
    '%s: a check finds it and changes nothing, and setup mends just that',
    async (_, drift) => {
      await on(drift.damage)
      const checked = await cutover('setup', ['--check', '--diff', '--exit-code'], lab.inventory)
      expect(checked.code === 4 ? '' : checked.output).toBe('')
      for (const task of drift.tasks) expect(checked.output).toContain(task)
      if (drift.diff !== undefined) expect(checked.output).toContain(drift.diff)
      const mended = await cutover('setup', [], lab.inventory)
      expect(failureOf(mended)).toBe('')
      expect(changed(mended.output).filter((line) => !drift.tasks.some((task) => line.includes(task)))).toEqual([])
      expect(changed(mended.output).length).toBe(drift.tasks.length)
      expect((await on(drift.mended[0])).trim()).toEqual(
        drift.mended[1] instanceof RegExp ? expect.stringMatching(drift.mended[1]) : drift.mended[1],
      )
    },
  )

  it('and once all is mended, a check finds nothing again', async () => {
    expect((await cutover('setup', ['--check', '--exit-code'], lab.inventory)).code).toBe(0)
  })
})
