#!/bin/bash
# Loads a campaign into one store with a Slurm job array of N tasks: each loads its part of the same input.
#
#   sbatch --array=1-8 examples/slurm-array.sh campaign.sqlite results/ 8
#
# Again only some of them, which go on where they were: --array=3,5 with the same 8. Without Slurm, four at a time:
#
#   seq 8 | xargs -P 4 -I{} examples/slurm-array.sh campaign.sqlite results/ 8 {}
#
# When all have ended: what was refused is in campaign.sqlite.rejects.I-of-8.jsonl (docs/resume.md says how to mend it), and
#
#   kosh-ingest verify campaign.sqlite results/ --lock-path campaign.sqlite.lock-file
#
#SBATCH --job-name=kosh-ingest
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --time=01:00:00
# A task that runs out of time is given a minute to finish its running batches.
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
set -euo pipefail

if [ $# -lt 3 ]; then
  echo "usage: slurm-array.sh STORE INPUTS N [I]" >&2
  exit 2
fi
store=$1 inputs=$2 parts=$3
part=${4:-${SLURM_ARRAY_TASK_ID:?give the part as the fourth argument, or submit with sbatch --array=1-N}}

# The lock is beside the store, on the file system that all nodes share: `kosh-ingest doctor "$store"` tries whether its locks work.
exec kosh-ingest load "$inputs" \
  --store "$store" \
  --shard "$part/$parts" \
  --lock-strategy RFileLock --lock-path "$store.lock-file" \
  --log-file "$store.$part.log"
