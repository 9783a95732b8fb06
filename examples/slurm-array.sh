#!/bin/bash
# Loads a campaign into one store with a Slurm job array: each task loads its part of the same input.
#
#   sbatch --array=1-8 examples/slurm-array.sh campaign.sqlite results/
#
# Without Slurm, the same with GNU parallel:
#
#   seq 8 | parallel examples/slurm-array.sh campaign.sqlite results/ {}
#
#SBATCH --job-name=kosh-ingest
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --time=01:00:00
# A task that is stopped or runs out of time is given a minute to finish its running batches. Submitted again, it goes on where it was.
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
set -euo pipefail

store=${1:?usage: slurm-array.sh STORE INPUTS [I]}
inputs=${2:?usage: slurm-array.sh STORE INPUTS [I]}
part=${3:-${SLURM_ARRAY_TASK_ID:?give the part as the third argument, or submit with sbatch --array=1-N}}
parts=${SLURM_ARRAY_TASK_COUNT:-8}

# The lock is beside the store, on the file system that all nodes share: `kosh-ingest doctor "$store"` tries whether its locks work.
exec kosh-ingest load "$inputs" \
  --store "$store" \
  --shard "$part/$parts" \
  --lock-strategy RFileLock --lock-path "$store.lock-file" \
  --log-file "$store.$part.log"
