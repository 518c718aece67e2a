import { describe, expect, it } from 'vitest'
import { CutoverError, explain } from '../../../runner/errors.ts'
import { aptError } from '../../../tasks/system/apt-errors.ts'
import { AptBusyError } from '../../../tasks/system/apt-lock.ts'

const told = (output: string, { packages = ['x'], updateOutput }: { packages?: string[]; updateOutput?: string } = {}) => {
  const error = aptError(new Error('apt'), { output, packages, updateOutput })
  return error instanceof CutoverError ? [error.message, error.hint] : 'unknown'
}
