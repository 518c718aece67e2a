/** How the program was started: from the repository, as the installed command, or on a host as /opt/APP/COMMAND. */
type Way = { kind: 'repository' } | { kind: 'command' } | { kind: 'host'; app: string }

let way: Way = { kind: 'repository' }

/** Says how the program was started, so that texts name commands that work for the person who reads them. */
export function startedAs(how: Way): void {
  way = how
}

/** Playbooks and tools of the repository that a person runs by their file. */
const tools = ['secrets', 'new', 'schema', 'init']

/** What a person types to run a command: `cutover deploy --tag v1`, `npx tsx playbooks/deploy.ts`, `/opt/shop/deploy`. */
export function commandLine(command: string, ...args: readonly string[]): string {
  return [program(command), ...args].join(' ')
}

function program(command: string): string {
  switch (way.kind) {
    case 'command':
      return `cutover ${command}`
    case 'repository':
      return `npx tsx ${tools.includes(command) ? 'tools' : 'playbooks'}/${command}.ts`
    case 'host':
      // A host is set up from elsewhere.
      return command === 'setup' ? 'cutover setup, on your machine' : `/opt/${way.app}/${command}`
  }
}
