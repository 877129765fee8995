#!/usr/bin/env bash
# Installs the programs that the benchmarks compare with, and converts the benchmark model for them.
# Usage: setup.sh CHECKPOINT FOLDER. FOLDER gets venv/ and ctranslate2-int8/; what is there already is kept.
set -euo pipefail
checkpoint=$1
folder=$2
requirements="$(cd "$(dirname "$0")" && pwd)/requirements.txt"
mkdir -p "$folder"

# The copy of the requirements is made last: it says that the installation is whole.
if ! cmp -s "$requirements" "$folder/venv.requirements.txt"; then
  "${PYTHON:-python3}" -m venv "$folder/venv"
  "$folder/venv/bin/python" -m pip install --quiet --requirement "$requirements"
  cp "$requirements" "$folder/venv.requirements.txt"
fi

# Converted aside and moved into place: the folder is whole or absent.
if [ ! -d "$folder/ctranslate2-int8" ]; then
  rm -rf "$folder/ctranslate2-int8.partial"
  "$folder/venv/bin/ct2-transformers-converter" --model "$checkpoint" --quantization int8 \
    --output_dir "$folder/ctranslate2-int8.partial"
  mv "$folder/ctranslate2-int8.partial" "$folder/ctranslate2-int8"
fi
