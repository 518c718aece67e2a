import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { nunjucks } from './packages.ts'
import { filters, textOf } from './template-filters.ts'
import { includedPath } from './template-include.ts'

/** What is wrong in a template, and where. Lines and columns count from 1. */
export interface Mistake {
  file?: string
  line?: number
  column?: number
  reason: string
  /** The variable that is unknown. */
  unknown?: string
}

/** The parts of nunjucks that its types leave out. */
interface Node {
  lineno: number
  colno: number
  value?: unknown
  target?: Node
  val?: Node
  name?: Node
  args?: { children: Node[] }
  left?: Node
}
type Compile = (this: Compiler, node: Node, frame: unknown) => void
interface Compiler {
  _emit(code: string): void
  compileSymbol: Compile
  compileLookupVal: Compile
  compileFilter: Compile
  compileIs: Compile
  compileConcat: Compile
  compileAdd: Compile
}
type Runtime = Record<string, unknown>
interface Parts {
  compiler: {
    Compiler: { prototype: Compiler }
    compile(source: string, asyncFilters: [], extensions: [], name: string, options: object): string
  }
}

/**
 * Renders a template so that every use of an unknown variable is an error, in `{% if %}` too, and so is a map or list
 * as a text. `is defined` and `default` may look at what is unknown.
 * @param report gets each mistake before it is thrown: on its way out of nunjucks, an error loses its place
 */
export function renderStrict(
  path: string,
  context: Record<string, unknown>,
  report: (mistake: Mistake) => void,
): string {
  const { Environment, Template, Loader } = nunjucks()
  const root = dirname(path)
  const load = (file: string): ReturnType<typeof compileStrict> =>
    compileStrict(readFileSync(file, 'utf8'), file, report)
  class Beside extends Loader {
    getSource(name: string): unknown {
      const file = includedPath(root, name)
      return file === null ? null : { src: load(file), path: file, noCache: true }
    }
    override resolve(from: string, to: string): string {
      return join(dirname(from), to)
    }
  }
  const environment = new Environment(new Beside() as never, {
    autoescape: false,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  })
  for (const [name, filter] of Object.entries(filters)) environment.addFilter(name, filter)
  return new Template(load(path) as never, environment, path).render(context)
}

/** What nunjucks takes for a compiled template. */
function compileStrict(
  source: string,
  file: string,
  report: (mistake: Mistake) => void,
): { type: 'code'; obj: unknown } {
  let code: string
  try {
    code = withChecks(({ compiler }) =>
      compiler.compile(source, [], [], file, { throwOnUndefined: true, trimBlocks: true, lstripBlocks: true }),
    )
  } catch (error) {
    const { message, lineno, colno } = error as Error & { lineno?: number; colno?: number }
    report({ file, line: lineno, column: colno, reason: message })
    throw error
  }
  const checks = checksOf(file, report)
  const strict = (runtime: Runtime): Runtime => ({ ...runtime, ...checks })
  // nunjucks itself runs what it compiles in this way. Each function of it begins with a line of its own.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const run = new Function(
    'strict',
    code.replace(/^function \w+\(env, context, frame, runtime, cb\) \{$/gm, '$&\nruntime = strict(runtime);'),
  ) as (strict: (runtime: Runtime) => Runtime) => unknown
  return { type: 'code', obj: run(strict) }
}

/** Functions that compiled templates call. */
function checksOf(file: string, report: (mistake: Mistake) => void): Runtime {
  const fail = (mistake: Mistake): never => {
    report({ file, ...mistake })
    throw new Error(mistake.reason)
  }
  const at = <T>(line: number, column: number, work: () => T): T => {
    try {
      return work()
    } catch (error) {
      return fail({ line, column, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return {
    at,
    known: (value: unknown, unknown: string, line: number, column: number): unknown =>
      value === undefined ? fail({ line, column, reason: `'${unknown}' is unknown`, unknown }) : value,
    ensureDefined: (value: unknown, line: number, column: number): unknown =>
      at(line + 1, column + 1, () => textOf(value)),
  }
}

/** Does work with a compiler whose code checks what it looks up. It is put back at once: others may use it, too. */
function withChecks(work: (parts: Parts) => string): string {
  const parts = nunjucks() as unknown as Parts
  const { prototype } = parts.compiler.Compiler
  const { compileSymbol, compileLookupVal, compileFilter, compileIs, compileConcat, compileAdd } = prototype
  const place = ({ lineno, colno }: Node): string => `${lineno + 1}, ${colno + 1}`
  let isLenient = false
  const leniently = (lenient: boolean, compile: () => void): void => {
    const before = isLenient
    isLenient = lenient
    compile()
    isLenient = before
  }
  const checked = (original: Compile): Compile =>
    function (node, frame) {
      if (isLenient) return original.call(this, node, frame)
      this._emit('runtime.known(')
      original.call(this, node, frame)
      this._emit(`, ${JSON.stringify(nameOf(node))}, ${place(node)})`)
    }
  prototype.compileSymbol = checked(compileSymbol)
  prototype.compileLookupVal = checked(compileLookupVal)
  const placed = (compile: Compile): Compile =>
    function (node, frame) {
      this._emit(`runtime.at(${place(node)}, () => `)
      compile.call(this, node, frame)
      this._emit(')')
    }
  prototype.compileConcat = placed(compileConcat)
  prototype.compileAdd = placed(compileAdd)
  prototype.compileFilter = placed(function (node, frame) {
    leniently(['default', 'd'].includes(String(node.name?.value)), () => compileFilter.call(this, node, frame))
  })
  prototype.compileIs = function (node, frame) {
    leniently(true, () => compileIs.call(this, node, frame))
  }
  try {
    return work(parts)
  } finally {
    Object.assign(prototype, { compileSymbol, compileLookupVal, compileFilter, compileIs, compileConcat, compileAdd })
  }
}

/** A variable as the template names it: `a.b`, `a[…]`. */
function nameOf({ value, target, val }: Node): string {
  if (target === undefined) return String(value)
  return typeof val?.value === 'string' && /^[A-Za-z_]\w*$/.test(val.value)
    ? `${nameOf(target)}.${val.value}`
    : `${nameOf(target)}[…]`
}
