import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['node_modules', 'dist', '.cutover', 'templates', 'lab/images'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['runner/**', 'tasks/**', 'program/**', 'playbooks/**', 'tools/**', 'lab/**', 'bench/**', 'examples/**'],
    rules: {
      'max-lines-per-function': ['error', { max: 60 }],
      'max-params': ['error', 4],
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  // Only the program's edge speaks to the terminal or ends the process.
  {
    files: ['runner/**', 'tasks/**'],
    ignores: ['runner/cli/**', 'runner/report/**'],
    rules: { 'no-console': 'error', 'no-process-exit': 'error' },
  },
)
