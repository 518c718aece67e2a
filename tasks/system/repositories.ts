/**
 * The task `repository`, and how the keys of repositories are read. Most runs of the product need none of it, so it is
 * loaded when it is asked for.
 */
export const repositories = async () => ({
  ...(await import('./repository.ts')),
  ...(await import('./repository-key.ts')),
  ...(await import('./open-pgp.ts')),
})
