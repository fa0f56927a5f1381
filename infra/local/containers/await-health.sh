#!/usr/bin/env bash
# Waits until every container of the stack is healthy and those that run once have succeeded.
# AWAIT_SECONDS limits it (300). If it fails, it prints the unhealthy ones and the end of their logs.
#
#   infra/local/containers/await-health.sh docker compose [-p PROJECT]
set -euo pipefail
compose=("$@")
seconds=${AWAIT_SECONDS:-300}

# One line for each container that is not healthy yet: name, state, health.
list_unwell() {
  local ids
  ids=$("${compose[@]}" ps -aq)
  # shellcheck disable=SC2086  # one id per word
  docker inspect --format \
    '{{.Name}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}} {{.State.ExitCode}}' $ids |
    grep -v -E ' running healthy | exited  0$' || true
}

while unwell=$(list_unwell) && [ -n "$unwell" ]; do
  if [ "$SECONDS" -ge "$seconds" ]; then
    printf 'Not healthy after %s s:\n%s\n' "$seconds" "$unwell" >&2
    "${compose[@]}" logs --tail=15 >&2
    exit 1
  fi
  sleep 1
done
printf 'All containers are healthy after %s s\n' "$SECONDS"
