#!/bin/bash
# rehearsal.sh FOLDER: makes the world of the old scripts the world of a rehearsal, whose state is in FOLDER.
set -eu
here=$(dirname "$0")
mkdir -p "$1"
bin=$(mktemp -d)
ln -s "$(command -v gcloud-standin)" "$bin/gcloud"
coproc EMULATOR { exec gcp-emulator serve --state "$1/world.json" --time-scale 0; }
emulator=$EMULATOR_PID
trap 'kill $emulator; rm -r "$bin"' EXIT
# It says where it listens once it does.
read -r listening <&"${EMULATOR[0]}"
eval "$(gcp-emulator env --url "http${listening#*http}")"
PATH=$bin:$PATH GCLOUD_STANDIN_WAIT_SCALE=0 bash "$here/old-scripts.sh"
