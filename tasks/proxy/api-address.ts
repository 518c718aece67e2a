import type { Container } from '../docker/index.ts'

/**
 * Where Traefik's API is: on the host's loopback, which no container reaches. While a new Traefik takes the place of the
 * old one there are two, so one of them has the first address and one the second.
 */
export const apiAddresses = ['127.0.0.1:20080', '127.0.0.1:20081'] as const

/** Where the pages are that Traefik shows by itself: on the loopback too. */
export const pagesAddress = '127.0.0.1:20082'

/** Where an older Cutover had it, which published that port of the container. */
export const formerApi = '127.0.0.1:8080'

/** Where the API of an existing Traefik is. */
export const apiOf = ({ Config: { Labels } }: Container): string => Labels?.['cutover.api'] ?? formerApi

/** Where that of another Traefik is to be, beside an existing one. */
export const otherApi = (existing: Container | undefined): string =>
  existing && apiOf(existing) === apiAddresses[0] ? apiAddresses[1] : apiAddresses[0]
