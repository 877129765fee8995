#!/bin/sh
# Sourced by the scripts beside it. Keeps images and containers of the checks in a folder of their own ($STORES), so that nothing
# of the machine's is touched. Sets CONTAINERS_STORAGE_CONF and CONTAINERS_CONF.
STORES=${STORES:-${TMPDIR:-/tmp}/babelserve-containers}
mkdir -p "$STORES"
cat > "$STORES/storage.conf" << END
[storage]
driver = "overlay"
runroot = "$STORES/run"
graphroot = "$STORES/graph"
END
# crun refuses mixed cgroup layouts; limits above the caller's own need rights that a container may not have.
cat > "$STORES/containers.conf" << END
[containers]
default_ulimits = ["nofile=$(ulimit -Hn | sed 's/unlimited/20000/'):$(ulimit -Hn | sed 's/unlimited/20000/')", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
END
export CONTAINERS_STORAGE_CONF="$STORES/storage.conf" CONTAINERS_CONF="$STORES/containers.conf"
