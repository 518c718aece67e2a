export { credentialsOf, type HostCredentials } from './credentials.ts'
export { Logins } from './logins.ts'
