import { commandLine, type Playbook, runCli, saveMemory } from '../runner/index.ts'

interface Command {
  /** One line for the list of commands. */
  help: string
  /** @returns the exit status of the program */
  run(argv: readonly string[]): Promise<number>
}

/** A playbook that is loaded when it is run. */
const book = (name: string, help: string, load: () => Promise<{ default: unknown }>): Command => ({
  help,
  run: async (argv) => {
    const { default: playbook } = await load()
    saveMemory()
    return runCli(playbook as Playbook, { argv, program: commandLine(name) })
  },
})

/** The commands of `cutover`. */
export const commands = {
  init: {
    help: 'write a first inventory',
    run: async (argv) => (await import('../tools/init.ts')).init(argv),
  },
  doctor: book('doctor', 'say what is wrong with servers, and change nothing', () => import('../playbooks/doctor.ts')),
  setup: book('setup', 'make servers ready', () => import('../playbooks/setup.ts')),
  deploy: book('deploy', 'release a tag, blue/green', () => import('../playbooks/deploy.ts')),
  rollback: book('rollback', 'go back to a tag, or to the last good release', () => import('../playbooks/rollback.ts')),
  status: book('status', 'what is live where', () => import('../playbooks/status.ts')),
  maintenance: book(
    'maintenance',
    'answer the users of an app with 503, until it is ended',
    () => import('../playbooks/maintenance.ts'),
  ),
  backup: book('backup', 'dump the database of an app', () => import('../playbooks/backup.ts')),
  restore: book('restore', 'put a dump in the place of a database', () => import('../playbooks/restore.ts')),
  poller: book('poller', 'pause or resume the pollers of the hosts', () => import('../playbooks/poller.ts')),
  purge: book('purge', 'remove an app, or Traefik and the program', () => import('../playbooks/purge.ts')),
  secrets: {
    help: 'keep secrets in an encrypted file',
    run: async (argv) => (await import('../tools/secrets.ts')).secrets(argv),
  },
  ca: {
    help: 'make an authority for https at home, or print its root',
    run: async (argv) => (await import('../tools/ca.ts')).ca(argv),
  },
  new: {
    help: 'write a playbook of your own, with a task and its test',
    run: async (argv) => (await import('../tools/new.ts')).create(argv),
  },
  completion: {
    help: 'print the completion of a shell: bash, zsh or fish',
    run: async (argv) => (await import('../tools/completion.ts')).completion(argv),
  },
} satisfies Record<string, Command>

export const isCommand = (name: string): name is keyof typeof commands => Object.hasOwn(commands, name)
