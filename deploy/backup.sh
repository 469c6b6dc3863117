#!/bin/sh
# Writes one backup into a folder and lets go of old ones; the newest seven always stay.
#   backup.sh FOLDER [DAYS]
set -eu
folder=$1 days=${2:-35}
kantong=${KANTONG:-/opt/kantong/current/.venv/bin/kantong}
mkdir -p "$folder"
"$kantong" backup --out "$folder/kantong-$(date -u +%Y%m%dT%H%M%SZ).zip"
# Only after a new one is there whole, and never the last ones, though the clock be wrong.
ls -1 "$folder" | grep '^kantong-[0-9TZ]*\.zip$' | sort -r | tail -n +8 | while read -r name; do
    find "$folder" -maxdepth 1 -name "$name" -mtime "+$days" -delete
done
