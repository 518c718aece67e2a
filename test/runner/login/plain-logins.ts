import { type LoginSettings, Logins } from '../../../runner/login/logins.ts'

/** Logins as a run without options makes them, unless `settings` say otherwise. */
export const plainLogins = (settings: Partial<LoginSettings> & Pick<LoginSettings, 'hop'>): Logins =>
  new Logins({
    signal: new AbortController().signal,
    acceptNewHostKeys: false,
    credentials: async () => ({}),
    ...settings,
  })
