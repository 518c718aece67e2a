/** What the rest of the product uses. tasks/authors.ts has all tasks: a run loads only what it needs. */
export { keepPassword } from './keep-password.ts'
