#!/bin/sh
# Checks the alert rules and the recording rule of GPUs, and holds them to recorded series, with Prometheus' own tool.
set -eu
cd "$(dirname "$0")"
if ! command -v promtool > /dev/null; then
  echo '*** SKIPPED: the rules were NOT tested. promtool is not installed (Debian: apt install prometheus). ***' >&2
  exit 0
fi
promtool check rules alerts.yaml
promtool test rules alerts.test.yaml

# promtool knows no PrometheusRule: the groups are under its spec.
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
sed -n '/^spec:/,$ s/^  //p' ../components/gpu/prometheusrule.yaml > "$work/gpu-rules.yaml"
cp gpu-rules.test.yaml "$work"
promtool check rules "$work/gpu-rules.yaml"
promtool test rules "$work/gpu-rules.test.yaml"
