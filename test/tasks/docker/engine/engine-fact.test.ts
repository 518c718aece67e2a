import { expect, it } from 'vitest'
import { type Engine, engineFact, parseEngine } from '../../../../tasks/docker/engine/engine-fact.ts'

const nothing: Engine = { kind: 'none', daemon: false, compose: false, path: '', plugin: false }

it.each<[string, string, Partial<Engine>]>([
  ['no Docker, and no lists of apt yet', 'daemon \nprogram \nplugin unknown\n', { plugin: true }],
  ['no Docker, and no plugin', 'daemon \nprogram \nplugin (none)\n', {}],
  [
    'docker-ce',
    'daemon /usr/bin/dockerd\nprogram /usr/bin/docker\nowner docker-ce\nowner docker-ce-cli\ncompose yes\nplugin 2.40\n',
    { kind: 'docker-ce', daemon: true, compose: true, path: '/usr/bin/dockerd', plugin: true },
  ],
  [
    'the docker program of docker-ce alone',
    'daemon \nprogram /usr/bin/docker\nowner docker-ce-cli\n',
    { kind: 'docker-ce', path: '/usr/bin/docker' },
  ],
  [
    'docker.io',
    'daemon /usr/sbin/dockerd\nprogram /usr/bin/docker\nowner docker.io\nowner docker-cli\n',
    { kind: 'docker.io', daemon: true, path: '/usr/sbin/dockerd' },
  ],
  [
    'the docker program of Debian alone',
    'daemon \nprogram /usr/bin/docker\nowner docker-cli\n',
    { kind: 'docker.io', path: '/usr/bin/docker' },
  ],
  [
    'moby',
    'daemon /usr/bin/dockerd\nprogram /usr/bin/docker\nowner moby-engine\n',
    { kind: 'moby', daemon: true, path: '/usr/bin/dockerd' },
  ],
  [
    'the docker program of moby',
    'daemon \nprogram /usr/bin/docker\nowner moby-cli\n',
    { kind: 'moby', path: '/usr/bin/docker' },
  ],
  ['podman', 'daemon \nprogram /usr/bin/docker\nowner podman-docker\n', { kind: 'podman', path: '/usr/bin/docker' }],
  ['a snap', 'daemon \nprogram /snap/bin/docker\n', { kind: 'snap', path: '/snap/bin/docker' }],
  ['a snap by its link', 'daemon \nprogram /usr/bin/snap\n', { kind: 'snap', path: '/usr/bin/snap' }],
  ['a snap that is not in the path', 'daemon \nprogram \nsnap yes\n', { kind: 'snap' }],
  [
    'a program put there by hand, and of an unknown package',
    'daemon /usr/local/bin/dockerd\nprogram /usr/local/bin/docker\nowner other\n',
    { kind: 'program', daemon: true, path: '/usr/local/bin/dockerd' },
  ],
])('%s', (_, stdout, engine) => {
  expect(parseEngine(stdout)).toEqual({ ...nothing, ...engine })
})

it('is read by one command of the shell', () => {
  expect(engineFact).toMatchObject({ name: 'docker engine', parse: parseEngine })
  expect(engineFact.command).toMatchInlineSnapshot(`
    [
      "sh",
      "-c",
      "daemon=$(command -v dockerd || true)
    program=$(command -v docker || true)
    echo "daemon $(readlink -f "$daemon" 2>/dev/null)"
    echo "program $(readlink -f "$program" 2>/dev/null)"
    [ ! -e /snap/bin/docker ] || echo 'snap yes'
    for name in $daemon $program; do
      dpkg-query -S "$name" "$(readlink -f "$name")" 2>/dev/null | sed 's/^\\([^:, ]*\\)[:,].*/owner \\1/'
    done
    if [ -n "$program" ] && docker compose version --short >/dev/null 2>&1; then echo 'compose yes'; fi
    apt-cache policy docker-compose-plugin 2>/dev/null | sed -n 's/^ *Candidate: */plugin /p'
    find /var/lib/apt/lists -name '*Packages*' 2>/dev/null | grep -q . || echo 'plugin unknown'",
    ]
  `)
})
