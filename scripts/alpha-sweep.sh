#!/usr/bin/env bash
# The α sweep of octave convolution with nothing but `involve train --set`: a loop that any shell can write.
# Called again it goes on where it stopped; `involve sweep configs/sweeps/alpha.yaml` does the same with a ledger,
# several jobs at once, and a report.
#
#   scripts/alpha-sweep.sh [more of `involve train`'s options]
#   SEEDS="0 1 2" CONFIG=configs/octconv/small-article-alpha-0.yaml scripts/alpha-sweep.sh --set train.epochs=5
set -euo pipefail

config=${CONFIG:-configs/octconv/article-alpha-0.yaml}
folder=${FOLDER:-runs/alpha-sweep}
here=$(cd "$(dirname "$0")/.." && pwd)

for seed in ${SEEDS:-0 1 2}; do
  for alpha in ${ALPHAS:-0 0.25 0.5 0.75}; do
    # Not through npx, which does not pass Ctrl-C on.
    node "$here/bin/involve.js" train "$config" --set "model.alpha=$alpha" --set "name=alpha-$alpha" \
      --seed "$seed" --out "$folder/alpha-$alpha/seed-$seed" --resume "$@"
  done
done
