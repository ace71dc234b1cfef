#!/usr/bin/env bash
# Everything that needs a GPU, by Keras on JAX: benchmark on CPU and GPU, a study, a race of devices,
# checks of memory and waiting. Takes under 8 minutes, needs neither TensorFlow nor a network, and
# writes below results/<machine>/experiments/gpu/ (or FOLDER).
#
#   bash experiments/gpu.sh [FOLDER]                        on a machine with a GPU
#   EVENFOLD_REHEARSAL=1 bash experiments/gpu.sh [FOLDER]   the same steps, shortened, on the CPU
#
# PYTHON names the interpreter (default: python) that has evenfold[test], keras and jax.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python}
REHEARSAL=${EVENFOLD_REHEARSAL:-}
export KERAS_BACKEND=jax PYTHONPATH="$PWD/src${PYTHONPATH:+:$PYTHONPATH}"

# What a machine without a GPU is told, before anything is measured.
if ! gpu=$("$PYTHON" -c "import jax; print(jax.devices('gpu')[0].device_kind)" 2>/dev/null); then
    if [ -z "$REHEARSAL" ]; then
        echo "JAX finds no GPU here, so nothing was measured: the times on a GPU, its memory, waiting" >&2
        echo "for it and the race of devices stay open. Rehearse the steps on the CPU with" >&2
        echo "EVENFOLD_REHEARSAL=1 bash experiments/gpu.sh" >&2
        exit 2
    fi
    gpu=none
fi
if [ -n "$REHEARSAL" ]; then
    device=cpu
    folder=${1:-$(mktemp -d)}
    bench="--epochs 1 --rounds 1 --model dense_ann --device cpu"
    study="--repeats 1 --epochs 1 --alone 1 --at-once 3"
    checks="--rows 512"
    score="conv1d[epochs=1] --folds 2 --repeats 1"
    at_once=2
    race="--budget 12s"
else
    device=gpu
    machine=$("$PYTHON" -c "from evenfold.runtime.environment import current_machine; print(current_machine())")
    folder=${1:-results/$machine/experiments/gpu}
    bench="--model conv1d --model dense_ann --device all"
    study="--at-once 10 30 90"
    checks=""
    score="conv1d --folds 10 --repeats 10"
    at_once=30
    race="--budget 60s"
fi
mkdir -p "$folder"
echo "GPU: $gpu. Results: $folder" >&2
python=$("$PYTHON" -c 'import sys; print(sys.executable)')
on_cpu="cpu=$python,KERAS_BACKEND=jax"
on_device="$device-jax=$python,KERAS_BACKEND=jax,EVENFOLD_DEVICE=$device,EVENFOLD_FITS_AT_ONCE=$at_once"
started=$SECONDS
status=0
: >"$folder/steps.txt"

step() { # step NAME SECONDS COMMAND...: runs a command within a time, and goes on where it fails
    local name=$1 limit=$2 code=0 began=$SECONDS
    shift 2
    if [ -n "$REHEARSAL" ]; then limit=300; fi # it is about the steps, not about their times
    timeout "$limit" "$@" || code=$?
    echo "$name: exit code $code, $((SECONDS - began)) s" | tee -a "$folder/steps.txt" >&2
    if [ "$code" != 0 ]; then status=1; fi
}

# shellcheck disable=SC2086  # options are several words
step device_checks 60 "$PYTHON" experiments/device_checks.py --device $device $checks >"$folder/device_checks.json"
# shellcheck disable=SC2086
step score 90 "$PYTHON" -m evenfold score $score --env "$on_device" --jobs 1 \
    --results "$folder/score" --format markdown >"$folder/score.md"
# shellcheck disable=SC2086
step fits_at_once 90 "$PYTHON" experiments/fits_at_once.py --device $device $study >"$folder/fits_at_once.json"
# shellcheck disable=SC2086
step race 90 "$PYTHON" -m evenfold race conv1d@cpu "conv1d@$device-jax" $race \
    --env "$on_cpu" --env "$on_device" \
    --results "$folder/races" --name devices --format markdown >"$folder/race.md"
# shellcheck disable=SC2086
step bench 120 "$PYTHON" -m pytest bench/ --benchmark-only -p no:cacheprovider -q $bench \
    --results "$folder/bench"
echo "$((SECONDS - started)) s in all. Results: $folder" >&2
exit $status
