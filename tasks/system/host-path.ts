import { absolutePath, CutoverError } from '../../runner/index.ts'

/** @throws CutoverError if a path of a host does not begin at its root, or names no file or folder of its own */
export function verifyHostPath(path: string): void {
  absolutePath(path)
  if (/(^|\/)\.{0,2}(\/|$)/.test(path.slice(1)) || /[\0\n]/.test(path))
    throw new CutoverError(`the path '${path}' is not written plainly`, {
      hint: 'Write it without a / at its end, and without //, . and .. in it.',
    })
}

/** @throws CutoverError if a mode is not octal */
export function verifyMode(mode: string | undefined): void {
  if (mode === undefined || /^0*[0-7]{3,4}$/.test(mode)) return
  throw new CutoverError(`the mode '${mode}' is not octal`, {
    hint: "Write it in digits, as a text: '644', '0750', '4755'.",
  })
}

/** @throws CutoverError if an owner is not `user`, `user:group` or `:group`, by name or number */
export function verifyOwner(owner: string | undefined): void {
  if (owner === undefined || /^(?!-)(?!$)[^\s:]*(:[^\s:-][^\s:]*)?$/.test(owner)) return
  throw new CutoverError(`the owner '${owner}' is not understood`, {
    hint: "Write it by name or number: 'user:group', 'user' or ':group'.",
  })
}
