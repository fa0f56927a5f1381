#!/usr/bin/env bash
# Adds to .env the passwords and keys that docker-compose.yml needs: random, and kept from then on.
# Needs only a shell, because the machine may have only a container engine.
#
#   infra/local/containers/make-env.sh [FILE]
set -euo pipefail
cd "$(dirname "$0")/../../.."
file=${1:-.env}

# 32 random bytes as URL-safe base64, which needs no quoting.
make_key() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'; }
make_token() { make_key | tr -d '='; }
# With upper and lower case, a digit and a symbol, as the user pool requires.
make_password() { printf '%sAa1!' "$(make_token | cut -c 1-16)"; }

umask 077
touch "$file"
chmod 600 "$file"
# Without a newline at its end the file would append the first name to its last value.
if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then echo >>"$file"; fi

added=''
add() {
  if ! grep -q "^$1=." "$file"; then
    printf '%s=%s\n' "$1" "$2" >>"$file"
    added="$added $1"
  fi
}
add POSTGRES_PASSWORD "$(make_token)"
add JOB_SERVICE_DB_PASSWORD "$(make_token)"
add GALLERY_SERVICE_DB_PASSWORD "$(make_token)"
add LOCAL_AWS_SECRET_ACCESS_KEY "$(make_token)"
add SERVICE_TOKENS "$(make_token)"
add MEDIA_TOKEN_KEY "$(make_token)"
add SESSION_KEYS "$(make_key)"
add DEMO_PASSWORD "$(make_password)"
add ADMIN_PASSWORD "$(make_password)"
add GRAFANA_PASSWORD "$(make_token)"
if [ -n "$added" ]; then echo "Written to $file:$added"; fi
