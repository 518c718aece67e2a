/** Two public keys, as gpg exports them, and what begins a private one. */
export const signer = {
  fingerprint: 'E193E296A3723EA5F69D64A97F7FA357FA294D98',
  armored: `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEZZIAgBYJKwYBBAHaRw8BAQdA7u0gOAN5qPwM1SduPAyvxgupT6LT3uAuBl+c
9vQtI/e0J0N1dG92ZXIgbGFiIHNpZ25lciA8c2lnbmVyQGxhYi5pbnZhbGlkPoiQ
BBMWCAA4FiEE4ZPilqNyPqX2nWSpf3+jV/opTZgFAmWSAIACGwMFCwkIBwIGFQoJ
CAsCBBYCAwECHgECF4AACgkQf3+jV/opTZgRXQD+LwmTt2B+NW5uqNduex0KLPaU
5XdXHAytSrdHxfl9aLgA/1xeesiocTGsHfas3EQ/RwfDf7HWKYOdR7hIb3OZWqME
=ssPB
-----END PGP PUBLIC KEY BLOCK-----
`,
}

export const other = {
  fingerprint: '10334AC98E142B061A3FEC45BBA73D00FE7B3D33',
  armored: `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEZZIAgBYJKwYBBAHaRw8BAQdA8pktenorfQMeJXlaTtE5UJjT9v8hc7qLJn1y
b2jN82e0JUN1dG92ZXIgbGFiIG90aGVyIDxvdGhlckBsYWIuaW52YWxpZD6IkAQT
FggAOBYhBBAzSsmOFCsGGj/sRbunPQD+ez0zBQJlkgCAAhsDBQsJCAcCBhUKCQgL
AgQWAgMBAh4BAheAAAoJELunPQD+ez0zyFcBAKEM3tHk6nU3l8yecXcaNbrwBsN2
VMY1Xub9UdQUbeoSAQC1WgvSySAQwFMkht08FZVF5QyMYzb15SjCAvnw3L0AAA==
=fjGj
-----END PGP PUBLIC KEY BLOCK-----
`,
}

/** The bytes of an export that is not armored. */
export const binary = (armored: string): Buffer => Buffer.from(armored.split('\n').slice(2, -3).join(''), 'base64')
