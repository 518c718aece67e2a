import { type Host, type HostView, ownerAfter, parseOwner } from '../../runner/index.ts'

/** A folder, and what it and everything below it is to have. */
export interface Wanted {
  path: string
  mode: string | undefined
  owner: string | undefined
}

/** A diff shows no more paths than this. */
const maxShown = 100

/** What below a folder has another mode or owner; null if nothing. */
export async function findBelow(
  host: HostView,
  wanted: Wanted,
): Promise<{ summary: string; before: string; after: string } | null> {
  const wrong = [...wrongMode(wanted).map(({ test }) => test), ...wrongOwner(wanted)]
  if (wrong.length === 0) return null
  const tests = wrong.flatMap((test, index) => [...(index === 0 ? [] : ['-o']), '(', ...test, ')'])
  const { stdout } = await host.quiet`${[
    ...['find', wanted.path, '-xdev', '-mindepth', '1', '(', ...tests, ')'],
    ...['-printf', '%y %m %u:%g %U:%G %P\\n'],
  ]}`
  const lines = stdout.split('\n').filter(Boolean)
  if (lines.length === 0) return null
  const shown = lines.slice(0, maxShown).map((line) => shownChange(line, wanted))
  const more = lines.length > maxShown ? `[and ${lines.length - maxShown} more]\n` : ''
  return {
    summary: `${lines.length} below it`,
    before: `${shown.map(({ before }) => before).join('')}${more}`,
    after: `${shown.map(({ after }) => after).join('')}${more}`,
  }
}

/** Gives everything below a folder its mode and owner. */
export async function mendBelow(host: Host, wanted: Wanted): Promise<void> {
  const below = ['find', wanted.path, '-xdev', '-mindepth', '1']
  const { owner } = wanted
  // The owner comes first: chown takes setuid away.
  if (owner !== undefined)
    for (const test of wrongOwner(wanted))
      await host.$`${[...below, ...test, '-exec', 'chown', '-h', owner, '{}', '+']}`
  for (const { test, mode } of wrongMode(wanted))
    await host.$`${[...below, ...test, '-exec', 'chmod', mode.padStart(5, '0'), '{}', '+']}`
}

/** The tests of find for a wrong mode, and the mode that is right then. */
function wrongMode({ mode }: Wanted): { test: string[]; mode: string }[] {
  if (mode === undefined) return []
  const [executable, plain] = [fileMode(mode, 0o111), fileMode(mode, 0)]
  return [
    { test: ['-type', 'd', '!', '-perm', mode], mode },
    { test: ['-type', 'f', '-perm', '/111', '!', '-perm', executable], mode: executable },
    { test: ['-type', 'f', '!', '-perm', '/111', '!', '-perm', plain], mode: plain },
  ]
}

/** The tests of find for a wrong owner. */
function wrongOwner({ owner }: Wanted): string[][] {
  if (owner === undefined) return []
  const { user, group } = parseOwner(owner)
  return [
    ...(user === undefined ? [] : [['!', '-user', user]]),
    ...(group === undefined ? [] : [['!', '-group', group]]),
  ]
}

/** The mode of a file where folders have a mode. A file that nobody may execute gets no `x`. */
const fileMode = (mode: string, present: number): string =>
  (Number.parseInt(mode, 8) & ((present & 0o111) === 0 ? 0o666 : 0o777)).toString(8)

/** The lines of a diff for a path, from what find prints of it. */
function shownChange(line: string, { mode, owner }: Wanted): { before: string; after: string } {
  const [kind = '', present = '', names = '', ids = '', ...path] = line.split(' ')
  const files = mode === undefined || kind !== 'f' ? mode : fileMode(mode, Number.parseInt(present, 8))
  const after = kind === 'l' ? present : (files ?? present)
  return {
    before: `${path.join(' ')}: mode ${present}, owner ${names}\n`,
    after: `${path.join(' ')}: mode ${after}, owner ${ownerAfter({ owner: names, ids }, owner)}\n`,
  }
}
