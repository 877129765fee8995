#!/bin/sh
# For machines of a CI, not for a developer's: installs what the container checks need where this is Debian and we may.
# What is missing afterwards is said by the checks themselves.
set -u
TOOLS='buildah podman conmon runc catatonit netavark aardvark-dns iptables mmdebstrap'
command -v podman > /dev/null && command -v buildah > /dev/null && command -v mmdebstrap > /dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then exit 0; fi
(apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $TOOLS) > /dev/null 2>&1 ||
  echo 'The tools for the container checks could not be installed.' >&2
