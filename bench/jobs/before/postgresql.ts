import { type Change, type HostView, type Secret, type Task, task } from '../../../runner/index.ts'
import { apt } from '../old-tasks.ts'

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** The result of SQL, which is not an argument: it may have a password in it. */
async function sql(host: HostView, statement: string): Promise<string> {
  const psql = ['runuser', '-u', 'postgres', '--', 'psql', '-X', '-qtA', '-v', 'ON_ERROR_STOP=1', '-f', '-']
  return (await host.quiet({ input: statement })`cd /; ${psql}`).stdout.trim()
}

/** Whether the role can log in with its password: what PostgreSQL has of it is a hash. */
async function canLogIn(host: HostView, name: string, password: Secret): Promise<boolean> {
  const psql = ['psql', '-X', '-h', '127.0.0.1', '-U', name, '-d', 'postgres', '-c', 'select 1']
  const shell = host.quiet({ input: `${password.reveal()}\n`, nothrow: true })
  return (await shell`IFS= read -r PGPASSWORD; export PGPASSWORD; ${psql}`).exitCode === 0
}

const role = (name: string, password: Secret): Task =>
  task<Change & { isNew: boolean }>({
    name: `PostgreSQL role ${name}`,
    check: async (host) => {
      const canBe = await sql(host, `select rolcanlogin from pg_roles where rolname = ${literal(name)}`)
      if (canBe === '') return { summary: 'new', isNew: true }
      const differences = [
        ...(canBe === 't' ? [] : ['login']),
        ...((await canLogIn(host, name, password)) ? [] : ['password']),
      ]
      return differences.length === 0 ? null : { summary: differences.join(', '), isNew: false }
    },
    apply: async (host, { isNew }) => {
      const verb = isNew ? 'create' : 'alter'
      const statement = `${verb} role ${identifier(name)} login password ${literal(password.reveal())}`
      await sql(host, `set log_statement = 'none'; ${statement}`)
    },
  })

const database = (name: string, owner: string): Task =>
  task<Change & { isNew: boolean }>({
    name: `PostgreSQL database ${name}`,
    check: async (host) => {
      const query = `select pg_get_userbyid(datdba) from pg_database where datname = ${literal(name)}`
      const current = await sql(host, query)
      if (current === owner) return null
      return { summary: current === '' ? 'new' : `owner ${current} → ${owner}`, isNew: current === '' }
    },
    apply: async (host, { isNew }) => {
      const ofOwner = isNew ? `owner ${identifier(owner)}` : `owner to ${identifier(owner)}`
      await sql(host, `${isNew ? 'create' : 'alter'} database ${identifier(name)} ${ofOwner}`)
    },
  })

/** A database of its own for the shop, and who logs in to it. */
export const job = (password: Secret): Task[] => [apt(['postgresql']), role('shop', password), database('shop', 'shop')]
