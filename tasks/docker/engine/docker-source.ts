/** Where a Docker comes from that setup installs; `present`: setup installs none. */
export type DockerSource = 'docker' | 'distribution' | 'present'

/** Docker's own packages: where Docker publishes them, below linux/DISTRIBUTION, and the key that signs them. */
export const dockersOwn = {
  address: 'https://download.docker.com',
  fingerprint: '9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF CD88',
  packages: ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-buildx-plugin', 'docker-compose-plugin'],
} as const

/** The packages of one version of Docker; the others have versions of their own. */
export const versioned: readonly string[] = ['docker-ce', 'docker-ce-cli']
