#!/usr/bin/env bash
# Backs up a running container stack without stopping it (databases, users, objects) into a new folder.
#
#   infra/local/containers/backup.sh FOLDER docker compose [-p PROJECT]
#
#   FOLDER/videoforge_jobs.sql.gz, FOLDER/videoforge_gallery.sql.gz, FOLDER/aws.tar, FOLDER/store.tar
#
# The databases are saved first and the objects last: an object is written before a database refers to
# it, and never changed, so the backup has every object that its databases refer to. Keep .env with it,
# which holds the keys.
set -euo pipefail
folder=$1
compose=("${@:2}")

# The running container of the service.
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
