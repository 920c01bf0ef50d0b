# Sourced. A test's thousands of small files are synced one by one, which takes longer than all else: in memory, where there is room.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)" -gt 2000000 ]; then
  export TMPDIR=/dev/shm
fi
