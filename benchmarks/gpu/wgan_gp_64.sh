#!/usr/bin/env bash
# Train the paper's WGAN-GP at its own width, 64 px, on real paintings, on a machine with a GPU; prints what each run reached.
#
# Before, on a machine with the paintings (squares of 64 px are all it needs, about 40 MB):
#   brushwork collect painter-by-numbers FOLDER --short-side 64 --out gpu-data/real-64
# Then, in the repository's root on the GPU machine, with `src` on PYTHONPATH and the packages of requirements.lock:
#   PYTHONPATH=src bash benchmarks/gpu/wgan_gp_64.sh gpu-data/real-64 "$OUT" 3200
# Killed, the same command goes on where it was. Nothing here was measured on a GPU yet.
set -euo pipefail
collection=${1:?the collection}
out=${2:?where the runs go}
kimg=${3:-3200} # thousands of paintings shown; 3200 is 10,000 generator updates of the paper's 200,000
python=${PYTHON:-python3}
for style in Impressionism Expressionism; do
    "$python" -m brushwork train gan "$collection" --preset wgan-gp-paper --size 64 --styles "$style" \
        --kimg "$kimg" --sheets 20 --device cuda --out "$out/wgan-gp-paper-$style"
done
"$python" -m brushwork sample "$out"/wgan-gp-paper-* --count 64 --out "$out/samples"
