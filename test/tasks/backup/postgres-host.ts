import { ScriptedHost, type ScriptedHostOptions, type ScriptedOutput } from '../../../runner/task/scripted-host.ts'

/** A command without what each one has: `in shop-postgres: pg_dump …`. */
const short = (command: string): string =>
  command
    .replace(/docker exec --interactive (\S+) sh -c 'PGUSER=[\s\S]*?exec "\$@"' sh /g, 'in $1: ')
    .replaceAll('psql -X -q -A -t -w -v ON_ERROR_STOP=1', 'psql …')

const inspected = (state: object, labels: object): string =>
  JSON.stringify({ Name: '/shop-postgres', Image: 'sha256:abc', Config: { Labels: labels }, State: state })

export interface Answers {
  /** By a part of the short command; the first that fits holds. */
  [part: string]: ScriptedOutput
}

/** A host whose shop has a running PostgreSQL with the database shop, of 5000 bytes. */
export function postgresHost(
  answers: Answers = {},
  {
    state = { Running: true, ExitCode: 0 },
    labels = { 'cutover.stamp': 'x' },
    ...options
  }: ScriptedHostOptions & { state?: object; labels?: object } = {},
): ScriptedHost {
  const usual: Answers = {
    'docker inspect': inspected(state, labels),
    pg_isready: '/tmp:5432 - accepting connections\nshop\nboss\n900000000\n',
    'psql … -v database=shop -d template1': '5000\n',
    'df -Pk': '800000000\n',
    '': '',
  }
  return new ScriptedHost((command) => {
    const [, answer] =
      [...Object.entries(answers), ...Object.entries(usual)].find(([part]) => short(command).includes(part)) ?? []
    return answer
  }, options)
}

/** The commands that a host ran, without those that ask what its PostgreSQL is. */
export const ran = ({ commands }: ScriptedHost): string[] =>
  commands
    .map(short)
    .filter((command) => !/docker inspect|pg_isready|psql … -v database=shop -d template1$/.test(command))
