import type { Fact } from '../../../runner/index.ts'

/** The name of our source and key in the folders of apt, as Docker's documents name them. */
export const sourceName = 'docker'

/** The line by which we know our source. */
export const sourceMark = 'Written by Cutover: vars: { docker: … } in the inventory says what stands here.'

/** From where apt of a host gets Docker's own packages. */
export interface AptSources {
  /** Whether our source is there; a file of its name that somebody else has written is not ours. */
  ours: boolean
  /** The suite in our source. */
  suite?: string
  /** Whether somebody else's source has them. */
  others: boolean
}

const script = `ours=/etc/apt/sources.list.d/${sourceName}.sources
if grep -qsF "$1" "$ours"; then echo ours; sed -n 's/^Suites: */suite /p' "$ours"; else ours=; fi
for each in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -f "$each" ] && [ "$each" != "$ours" ] || continue
  if grep -Eq '^[^#]*docker[^ ]*/linux/(debian|ubuntu|raspbian)' "$each" && ! grep -Eqi '^Enabled: *(no|false)' "$each"; then echo "other $each"; fi
done
[ -n "$ours" ] || apt-cache policy docker-ce 2>/dev/null | sed -n 's/^  *-*[0-9][0-9]* \\([a-z+]*:[^ ]*\\).*/other \\1/p'`

/** Read by one command. A source of which apt has read no lists yet is known by its address. */
export const aptSourcesFact: Fact<AptSources> = {
  name: 'sources of Docker',
  command: ['sh', '-c', script, 'sh', sourceMark],
  parse: (stdout) => {
    const suite = /^suite (.+)$/m.exec(stdout)?.[1]
    return {
      ours: /^ours$/m.test(stdout),
      ...(suite !== undefined && { suite }),
      others: /^other /m.test(stdout),
    }
  },
}
