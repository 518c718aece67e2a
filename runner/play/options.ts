/** An option of a playbook, on its command line. */
export interface OptionSpec {
  type: 'string' | 'boolean'
  short?: string
  /** The name of its value in the help text: FILE, PATTERN, N. */
  placeholder?: string
  /** The option may be given more than once, and its value is a list. */
  multiple?: true
  default?: string | boolean
  help: string
  required?: true
}

export type Options = Readonly<Record<string, OptionSpec>>

type ValueOf<S extends OptionSpec> = S extends { multiple: true }
  ? readonly string[]
  : S extends { type: 'boolean' }
    ? boolean
    : S extends { default: string } | { required: true }
      ? string
      : string | undefined

/** The values of options. Each has the type that follows from the option's declaration. */
export type OptionValues<O extends Options> = { readonly [K in keyof O]: ValueOf<O[K]> }
