import type { Secret, Task } from '../../../../runner/index.ts'
import { file } from '../../../../tasks/authors.ts'

interface Options {
  mode?: string
  /** `%s` is the path of the new file, beside its place. */
  validate: readonly string[]
  notify?: readonly Task[]
}

/** A file has this content, which a command has accepted before it lands. */
export function validatedFile(
  path: string,
  content: string | Secret,
  { mode = '644', validate, notify }: Options,
): Task {
  const owner = 'root:root'
  const temporary = `${path}.new`
  return {
    ...file(path, content, { mode, owner, notify }),
    apply: async (host) => {
      try {
        await host.write(temporary, content, { mode, owner })
        await host.$`${validate.map((word) => (word === '%s' ? temporary : word))}`
        await host.$`mv -f -- ${temporary} ${path}`
      } finally {
        await host.$`rm -f -- ${temporary}`
      }
    },
  }
}
