export { Masker } from './masker.ts'
export { isSecretReference, openAgeFiles, resolveSecret, type SecretReference, secretReference } from './reference.ts'
export { Secret } from './secret.ts'
