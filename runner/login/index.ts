export { credentialsOf, type HostCredentials } from './credentials.ts'
export { type LoginSettings, Logins } from './logins.ts'
