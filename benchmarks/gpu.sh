#!/usr/bin/env bash
# Everything that needs a GPU, in one command and at most nine minutes:
#
#     bash benchmarks/gpu.sh                 writes benchmarks/results/gpu.json and prints what it found
#     OUT=folder bash benchmarks/gpu.sh      the same, and the files and logs of the stages into that folder
#     PYTHON=python3.12 bash benchmarks/gpu.sh   with this interpreter, if it has CuPy; otherwise a new environment is built on it
#
# Stages: facts (copy bandwidth, launches, waits, memory), benchmarks (W1-W5 and W7 beside PyTorch CUDA), twin and first_step
# (CPU and GPU from the same draws: 200 steps in float64, the first in float32), tests (those marked gpu). One that fails is
# reported, and the others still run. The exit status is 0 if all went well, 1 if a stage failed, 2 if nothing could be begun.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v nvidia-smi >/dev/null || ! nvidia-smi -L 2>/dev/null | grep -q '^GPU '; then
    echo "benchmarks/gpu.sh: a machine with an NVIDIA GPU and its driver is needed, got none: nvidia-smi lists no GPU" >&2
    exit 2
fi
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader

results=${RESULTS:-benchmarks/results/gpu.json}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=${OUT:-$work/out}
mkdir -p "$out" "$(dirname "$results")"
: >"$out/stages.tsv"
deadline=$((SECONDS + 540))
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 NVIDIA_TF32_OVERRIDE=0
export CUPY_CACHE_DIR=${CUPY_CACHE_DIR:-$work/kernels}

sees_gpu() { "$1" -c 'import sys, cupy; sys.exit(not cupy.cuda.is_available())' 2>/dev/null; }

environment() { # an interpreter with CuPy that sees the GPU: the one that is there, or that of a new environment
    python=${PYTHON:-python3}
    if sees_gpu "$python"; then return; fi
    local version
    version=$(nvidia-smi | sed -n 's/.*CUDA Version: *\([0-9]*\).*/\1/p' | head -n 1)
    case $version in 12 | 13) ;; *)
        echo "environment: the driver must run CUDA 12 or 13, got CUDA ${version:-unknown}; install a newer driver" >&2
        return 1
        ;;
    esac
    echo "environment: $python has no CuPy that sees the GPU; building one with cupy-cuda${version}x"
    "$python" -m venv "$work/venv"
    python=$work/venv/bin/python
    "$python" -m pip install --quiet "cupy-cuda${version}x[ctk]>=14" numpy pytest pytest-xdist hypothesis scipy threadpoolctl
    "$python" -m pip install --quiet torch --index-url "https://download.pytorch.org/whl/cu${version}0" ||
        "$python" -m pip install --quiet torch || echo "environment: no PyTorch can be had; tinyreg is measured alone"
    sees_gpu "$python"
}

if ! environment; then
    echo "benchmarks/gpu.sh: CuPy must see the GPU, and does not; install cupy-cuda12x or cupy-cuda13x, and give its interpreter as PYTHON" >&2
    exit 2
fi
torch=no
if "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then torch=yes; fi
"$python" -c 'import sys, cupy, numpy; print("Python", sys.version.split()[0], "CuPy", cupy.__version__, "NumPy", numpy.__version__)'
[ $torch = yes ] || echo "no PyTorch that sees the GPU: tinyreg is measured alone, launches are not counted"

failed=0
stage() { # NAME SECONDS COMMAND...: run it, stop it after that time, note how it ended
    local name=$1 limit=$2 begin=$SECONDS status=0
    shift 2
    if ((limit > deadline - SECONDS)); then limit=$((deadline - SECONDS)); fi
    printf '\n== %s (%d s of at most 540)\n' "$name" "$SECONDS"
    if ((limit < 5)); then
        echo "$name: left out: no time is left"
        status=124
    else
        timeout --kill-after=5 "$limit" "$@" 2>&1 | tee "$out/$name.log" || status=${PIPESTATUS[0]}
        if ((status == 124)); then echo "$name: stopped after $limit s"; fi
    fi
    printf '%s\t%d\t%d\n' "$name" "$status" "$((SECONDS - begin))" >>"$out/stages.tsv"
    if ((status)); then
        failed=1
        echo "$name: FAILED with status $status"
    fi
}

libraries=(tinyreg)
if [ $torch = yes ]; then libraries+=(pytorch); fi

stage facts 90 "$python" -m benchmarks.gpu facts --out "$out/facts.json"
stage benchmarks 200 "$python" -m benchmarks --backend cupy --libraries "${libraries[@]}" --only W1 W2 W3 W4 W5 W7 \
    --out "$out/benchmarks.json" --chart "$out/benchmarks.png"
stage twin 60 "$python" -m tinyreg twin
stage first_step 20 "$python" -m tinyreg twin --dtype float32
stage tests 160 "$python" -m pytest -m gpu -q -p no:cacheprovider tests

printf '\n== results\n'
"$python" -m benchmarks.gpu join "$out" --out "$results" || failed=1
echo "written to $results"
exit $failed
