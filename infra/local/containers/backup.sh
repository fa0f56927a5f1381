#!/usr/bin/env bash
# Backs up a running container stack without stopping it: databases, users and objects, into a new folder.
#
#   infra/local/containers/backup.sh FOLDER docker compose [-p PROJECT]
#
#   FOLDER/videoforge_jobs.sql.gz, FOLDER/videoforge_gallery.sql.gz, FOLDER/aws.tar, FOLDER/store.tar
#
# The databases go first and the objects last: what a database names is then among the objects, since an
# object is written before it is named and never changed. Keep .env with it, which holds the keys.
set -euo pipefail
folder=$1
compose=("${@:2}")

# The one that runs for the service.
find_container() { "${compose[@]}" ps -q "$1" | head -n 1; }

umask 077
mkdir "$folder"
for database in videoforge_jobs videoforge_gallery; do
  docker exec "$(find_container postgres)" pg_dump -U postgres "$database" | gzip >"$folder/$database.sql.gz"
done
for service in aws store; do
  docker exec "$(find_container "$service")" tar -C /state --exclude '.rclone_temp_*' -cf - . >"$folder/$service.tar"
done
du -sh "$folder"
