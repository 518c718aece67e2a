# Writes the indexes of the repository, and signs them with a key of its own.
cd /srv/linux/debian
export GNUPGHOME=/tmp/gnupg
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-gen-key 'Cutover lab (CE deb) <lab@localhost>' ed25519 sign never
gpg --armor --export >gpg
for suite in trixie bookworm; do
  for architecture in amd64 arm64; do
    index=dists/$suite/stable/binary-$architecture
    mkdir -p "$index" "dists/$suite/pool/stable/$architecture"
    apt-ftparchive packages "dists/$suite/pool/stable/$architecture" >"$index/Packages"
    gzip -k "$index/Packages"
  done
  release=dists/$suite/Release
  apt-ftparchive -o APT::FTPArchive::Release::Origin=Docker -o APT::FTPArchive::Release::Label='Docker CE' \
    -o APT::FTPArchive::Release::Suite=$suite -o APT::FTPArchive::Release::Codename=$suite \
    -o APT::FTPArchive::Release::Components=stable -o APT::FTPArchive::Release::Architectures='amd64 arm64' \
    release "dists/$suite" >/tmp/Release
  mv /tmp/Release "$release"
  gpg --batch --clearsign --output "dists/$suite/InRelease" "$release"
  gpg --batch --armor --detach-sign --output "$release.gpg" "$release"
done
