#!/usr/bin/env bash
# Restores a backup of backup.sh into an empty stack: run `docker compose down -v` first, which wipes it.
# The .env must be the one of the backup. Afterwards everything runs, with migrated databases.
#
#   infra/local/containers/restore.sh FOLDER docker compose [-p PROJECT]
set -euo pipefail
folder=$1
compose=("${@:2}")

find_container() { "${compose[@]}" ps -aq "$1" | head -n 1; }

# Users and objects are put into the volumes before anything uses them.
"${compose[@]}" up --no-start aws store
for service in aws store; do
  container=$(find_container "$service")
  image=$(docker inspect --format '{{.Config.Image}}' "$container")
  if [ -n "$(docker run --rm --volumes-from "$container" "$image" ls -A /state)" ]; then
    echo "The volume of $service is not empty: nothing was restored. docker compose down -v wipes it." >&2
    exit 1
  fi
  docker run --rm -i --volumes-from "$container" "$image" tar -C /state -xf - <"$folder/$service.tar"
done

# The bootstrap creates roles and empty databases; the dump fills them, and migrations do the rest.
"${compose[@]}" up -d bootstrap
docker wait "$(find_container bootstrap)" >/dev/null
# A dump clears the search path, but the gallery's functions call each other without a schema.
for database in videoforge_jobs videoforge_gallery; do
  gunzip -c "$folder/$database.sql.gz" |
    sed "s/^SELECT pg_catalog.set_config('search_path', '', false);$/SET search_path = public;/" |
    docker exec -i "$(find_container postgres)" \
      psql -q -v ON_ERROR_STOP=1 -U postgres -d "$database" >/dev/null
done
"${compose[@]}" up -d
