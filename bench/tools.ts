import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../lab/exec.ts'
import { home } from '../lab/home.ts'
import type { Lab } from '../lab/lab.ts'

/** A tool to measure. */
export interface Tool {
  name: string
  /** The command that sets up the first hosts of a lab. */
  argv: (lab: Lab, hosts: number) => string[]
  env?: Record<string, string>
  /** Whether its output says that it changed nothing. */
  unchanged: (output: string, hosts: number) => boolean
}

const venv = join(home, 'bench-venv')
const folder = join(import.meta.dirname, 'runner')

/**
 * Installs Ansible, Mitogen and pyinfra, once, in a virtual environment: the newest that PyPI has for this Python.
 * @returns their versions
 */
export async function installTools(say: (line: string) => void): Promise<Record<string, string>> {
  if (!existsSync(join(venv, 'bin/fonttools'))) {
    say(`installing ansible-core, mitogen, pyinfra and matplotlib from PyPI in ${venv}`)
    await exec(['python3', '-m', 'venv', venv])
    await exec([join(venv, 'bin/pip'), '-q', 'install', 'ansible-core', 'mitogen', 'pyinfra', 'matplotlib'])
  }
  const list = JSON.parse(await exec([join(venv, 'bin/pip'), 'list', '--format', 'json'])) as {
    name: string
    version: string
  }[]
  return Object.fromEntries(
    list
      .filter(({ name }) => ['ansible-core', 'mitogen', 'pyinfra'].includes(name))
      .map(({ name, version }) => [name, version]),
  )
}

/** Writes the inventories of all tools for the first hosts of a lab. */
export function writeInventories(lab: Lab, hosts: number): void {
  mkdirSync(join(lab.directory, 'bench'), { recursive: true })
  const chosen = lab.hosts.slice(0, hosts)
  const key = join(lab.directory, 'id_ed25519')
  const knownHosts = join(lab.directory, 'known_hosts')
  const write = (name: string, text: string): void =>
    writeFileSync(join(lab.directory, 'bench', `${hosts}-${name}`), text)
  write(
    'cutover.yaml',
    JSON.stringify({
      defaults: { user: 'deploy', identity: key, known_hosts: knownHosts, ssh_config: false },
      hosts: Object.fromEntries(chosen.map(({ name, address }) => [name, { address }])),
    }),
  )
  write(
    'ansible.ini',
    chosen
      .map(
        ({ name, address }) =>
          `${name} ansible_host=${address} ansible_user=deploy ansible_ssh_private_key_file=${key} ` +
          `ansible_ssh_common_args='-o UserKnownHostsFile=${knownHosts}' ansible_python_interpreter=/usr/bin/python3\n`,
      )
      .join(''),
  )
  const pyinfraHosts = chosen.map(
    ({ name, address }) =>
      `("${name}", {"ssh_hostname": "${address}", "ssh_user": "deploy", ` +
      `"ssh_key": "${key}", "ssh_known_hosts_file": "${knownHosts}"})`,
  )
  write('pyinfra.py', `hosts = [${pyinfraHosts.join(', ')}]\n`)
  write('script', chosen.map(({ address }) => address).join('\n'))
}

/** The inventory of a tool. */
const inventoryOf = (lab: Lab, hosts: number, name: string): string => join(lab.directory, 'bench', `${hosts}-${name}`)

const ansible = (name: string, env: Record<string, string>): Tool => ({
  name,
  argv: (lab, hosts) => [
    join(venv, 'bin/ansible-playbook'),
    '-i',
    inventoryOf(lab, hosts, 'ansible.ini'),
    '-f',
    '25',
    join(folder, 'ansible.yml'),
  ],
  env: {
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_SSH_ARGS: '-o ControlMaster=auto -o ControlPersist=60s',
    ANSIBLE_HOST_KEY_CHECKING: 'True',
    ANSIBLE_RETRY_FILES_ENABLED: 'False',
    ANSIBLE_NOCOLOR: '1',
    ...env,
  },
  unchanged: (output, hosts) => (output.match(/changed=0 +unreachable=0 +failed=0/g) ?? []).length === hosts,
})

const script = (name: string, file: string): Tool => ({
  name,
  argv: (lab, hosts) => [
    'sh',
    join(folder, 'send.sh'),
    inventoryOf(lab, hosts, 'script'),
    join(lab.directory, 'id_ed25519'),
    join(lab.directory, 'known_hosts'),
    file,
  ],
  unchanged: (output) => !/Rule|created|Setting up/.test(output),
})

/**
 * All tools, each with pipelining, kept connections and 25 hosts at once, as its authors recommend. The empty script
 * shows how long logging in and sudo take alone.
 */
export const tools = async (): Promise<Tool[]> => [
  script('script', join(folder, 'script.sh')),
  script('empty script', '/dev/null'),
  {
    name: 'cutover',
    argv: (lab, hosts) => [
      process.execPath,
      '--import',
      'tsx',
      join(folder, 'setup.ts'),
      '-i',
      inventoryOf(lab, hosts, 'cutover.yaml'),
      '-o',
      'plain',
    ],
    unchanged: (output) => output.includes('nothing to change'),
  },
  {
    name: 'pyinfra',
    argv: (lab, hosts) => [
      join(venv, 'bin/pyinfra'),
      '-y',
      inventoryOf(lab, hosts, 'pyinfra.py'),
      join(folder, 'pyinfra_setup.py'),
    ],
    unchanged: () => true,
  },
  ansible('ansible', {}),
  ansible('mitogen', {
    ANSIBLE_STRATEGY_PLUGINS: (
      await exec([
        join(venv, 'bin/python'),
        '-c',
        'import ansible_mitogen, os; ' +
          'print(os.path.join(os.path.dirname(ansible_mitogen.__file__), "plugins", "strategy"))',
      ])
    ).trim(),
    ANSIBLE_STRATEGY: 'mitogen_linear',
  }),
]

const draw = (program: string, results: string, to: string): Promise<string> =>
  exec([join(venv, 'bin/python'), join(import.meta.dirname, program), results, to])

/** Draws a plot of the results of `bench -- runner`. */
export const plot = (results: string, to: string): Promise<string> => draw('runner/plot.py', results, to)

/** Draws a plot of the results of `bench -- release`. */
export async function plotReleases(results: string, to: string): Promise<void> {
  await installTools((line) => console.log(line))
  await draw('release/plot.py', results, to)
}
