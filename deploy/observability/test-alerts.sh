#!/bin/sh
# Checks the alert rules and holds them to recorded series, with Prometheus' own tool.
set -eu
cd "$(dirname "$0")"
if ! command -v promtool > /dev/null; then
  echo '*** SKIPPED: the alert rules were NOT tested. promtool is not installed (Debian: apt install prometheus). ***' >&2
  exit 0
fi
promtool check rules alerts.yaml
promtool test rules alerts.test.yaml
