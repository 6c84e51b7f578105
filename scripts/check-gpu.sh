#!/usr/bin/env bash
# What there is to see on a machine with an NVIDIA GPU, in ten minutes and without a network: whether the TensorFlow
# engine computes there what the reference computes, resumes to the same bits, how fast it is beside PyTorch on the same
# card, and how much memory it takes. Prints one table, Markdown; words of what failed stand in OUT.
#
#   involve engine install cuda        (before, with a network; `npm ci` too)
#   scripts/check-gpu.sh [OUT]         OUT: a folder for logs (default: a new one in /tmp)
#
#   DEVICE=cpu scripts/check-gpu.sh    the same on the processor: tries this script, says nothing of a GPU
#   ROWS="b0-224 exp3-224"             rows of scripts/peers/rows.mjs (default: those of the README)
#   MINUTES=10 TRIALS=20 LIMIT=120     for everything; steps that count; seconds that one measurement may take
#   PYTHON=python3                     a Python with PyTorch for this GPU; without one there are no peers
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$(mktemp -d /tmp/check-gpu.XXXXXX)}
device=${DEVICE:-cuda}
limit=${LIMIT:-120}
trials=${TRIALS:-20}
python=${PYTHON:-python3}
rows=${ROWS:-b0-224 b0-64 exp3-224 exp3-64 wrn-28-10}
involve=(node "$root/bin/involve.js")
mkdir -p "$out" && out=$(cd "$out" && pwd)
cd "$root" || exit 1
failures=0
deadline=$((SECONDS + 60 * ${MINUTES:-10}))

say() { printf '| %-66s | %s |\n' "$1" "$2"; }
# The last line of a log that says something.
lastLine() { grep -v '^[[:space:]]*$' "$1" 2>/dev/null | tail -n 1 | tr '|' '/' | cut -c 1-160; }
# Seconds for one more measurement; none when the minutes are over.
secondsLeft() {
  local left=$((deadline - SECONDS))
  echo $((left < $1 ? left : $1))
}
# Runs a command into a log; 0 when it ended well in time.
tried() {
  local log=$out/$1.log seconds
  shift
  seconds=$(secondsLeft "$limit")
  if [ "$seconds" -le 0 ]; then
    echo 'not tried: the minutes are over (MINUTES=…)' >"$log"
    return 1
  fi
  timeout -k 5 "$seconds" "$@" >"$log" 2>&1
  local code=$?
  [ $code -eq 124 ] && echo "not done in $seconds s" >>"$log"
  return $code
}
# A number of the first row of a JSON list or of one object, with which a log ends: field LOG NAME
field() {
  node -e '
    const lines = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n");
    const text = lines.slice(lines.findIndex((line) => /^[[{]/.test(line))).join("\n");
    const value = [JSON.parse(text)].flat()[0][process.argv[2]];
    console.log(value == null ? "–" : Math.round(value * 10) / 10);
  ' "$1" "$2" 2>/dev/null || echo '–'
}

# --- Machine ---
say what result
say --- ---
if tried machine "${involve[@]}" engine list --verbose; then
  say 'TensorFlow' "$(grep -m 1 -i 'tensorflow' "$out/machine.log" | tr -s ' ' | tr '|' '/')"
else
  say 'TensorFlow' "$(lastLine "$out/machine.log")"
fi
if [ "$device" = cuda ]; then
  say 'GPU' "$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>&1 | head -n 1)"
fi

# --- Numbers: every kernel of the contract against the reference ---
# Products in TensorFloat-32, which TensorFlow has on by default, have 10 bits: off for the comparison.
vitest() {
  # The path of one test file, so that nothing else runs.
  INVOLVE_TEST_DEVICE=$device NVIDIA_TF32_OVERRIDE=0 timeout -k 5 "$(secondsLeft $((2 * limit)))" npx vitest run "$2" \
    --no-color >"$out/$1.log" 2>&1
}
if vitest kernels src/engine/tensorflow/kernels/agreement.test.ts && ! grep -q 'skipped: no TensorFlow' "$out/kernels.log"; then
  say 'kernels against the reference' "$(grep -E '^ +Tests ' "$out/kernels.log" | tr -s ' ')"
else
  failures=$((failures + 1))
  say 'kernels against the reference' "FAILED: $(grep -E '^ +Tests |skipped: no' "$out/kernels.log" | tail -n 1 | tr -s ' ') ($out/kernels.log)"
fi

# --- The same bits: twice, and stopped half-way and resumed ---
small=(configs/quickstart.json --quiet --engine tensorflow --device "$device" --set train.steps=24
  --set train.epochs=6 --set data.scenes.train=128 --set data.scenes.test=64 --set data.inputSize=32)
# Whether the last checkpoints of two runs have the same bits: sameWeights TITLE RUN RUN
sameWeights() {
  local words
  words=$(node --input-type=module -e '
    import { readSafetensors } from "./dist/runs/safetensors.js";
    const [a, b] = await Promise.all(process.argv.slice(1).map((path) => readSafetensors(path)));
    const bytes = (tensor) => tensor && Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
    const names = [...a.tensors.keys()];
    const wrong = names.filter((name) => !bytes(b.tensors.get(name))?.equals(bytes(a.tensors.get(name))));
    if (names.length === 0) throw new Error("the checkpoint is empty");
    if (wrong.length > 0) throw new Error(`${wrong.length} of ${names.length} tensors differ, ${wrong[0]} first`);
    console.log(`${names.length} tensors, the same bits`);
  ' "$2/checkpoints/last.safetensors" "$3/checkpoints/last.safetensors" 2>&1) || {
    failures=$((failures + 1))
    words="FAILED: $(grep -m 1 'Error' <<<"$words")"
  }
  say "$1" "$words"
}
rm -rf "$out"/run-*
if tried run-a "${involve[@]}" train "${small[@]}" --out "$out/run-a" \
  && tried run-b "${involve[@]}" train "${small[@]}" --out "$out/run-b"; then
  sameWeights 'trained twice' "$out/run-a" "$out/run-b"
  # Stopped as soon as its first epoch is on disk.
  "${involve[@]}" train "${small[@]}" --out "$out/run-c" >"$out/run-c.log" 2>&1 &
  child=$!
  for _ in $(seq $((limit * 5))); do
    [ -f "$out/run-c/checkpoints/last.safetensors" ] && break
    kill -0 $child 2>/dev/null || break
    sleep 0.2
  done
  kill -INT $child 2>/dev/null
  wait $child
  stopped=$?
  if [ $stopped -ne 130 ]; then
    say 'stopped and resumed' "not tried: the run was not stopped half-way (exit code $stopped)"
  elif tried run-c2 "${involve[@]}" train "${small[@]}" --out "$out/run-c" --resume; then
    sameWeights 'stopped and resumed' "$out/run-a" "$out/run-c"
  else
    failures=$((failures + 1))
    say 'stopped and resumed' "FAILED: $(lastLine "$out/run-c2.log")"
  fi
else
  failures=$((failures + 1))
  say 'trained twice' "FAILED: $(lastLine "$out/run-a.log") $(lastLine "$out/run-b.log")"
fi

# --- Speed and memory ---
hasTorch=$("$python" -c "import torch; print(int('$device' == 'cpu' or torch.cuda.is_available()))" 2>/dev/null || echo 0)
# One train step of ours: ours LOG CONFIG INPUT BATCH OPTIONS…
ours() {
  local log=$1 config=$2 input=$3 batch=$4
  shift 4
  tried "$log" "${involve[@]}" bench "$config" --mode train --engine tensorflow --set "engine.device=$device" \
    --input "$input" --batch "$batch" --trials "$trials" --json "$@"
}
# Most memory of the card while a command runs, in MB: the card alone knows what TensorFlow holds.
watchMemory() {
  local most=0 now
  while sleep 0.5; do
    now=$(nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits 2>/dev/null | head -n 1)
    [ "${now:-0}" -gt "$most" ] && most=$now && echo "$most" >"$1"
  done
}
# For the first row alone.
switches='deterministic=false layoutOptimizer=false'
for id in $rows; do
  read -r config model input batch < <(node --input-type=module -e '
    import { ROWS } from "./scripts/peers/rows.mjs";
    const row = ROWS.find(({ id }) => id === process.argv[1]);
    if (row) console.log(row.config, row.model, row.input, row.batch);
  ' "$id") || { say "$id" 'no such row in scripts/peers/rows.mjs'; continue; }
  title="$id, batch $batch"
  watcher=
  if [ "$device" = cuda ]; then
    rm -f "$out/$id.memory"
    watchMemory "$out/$id.memory" & watcher=$!
  fi
  if ours "$id" "$config" "$input" "$batch"; then
    say "$title, float32" "$(field "$out/$id.log" minMs) ms, process $(field "$out/$id.log" peakMemoryMb) MB, card $(cat "$out/$id.memory" 2>/dev/null || echo –) MB"
  else
    failures=$((failures + 1))
    say "$title, float32" "FAILED: $(lastLine "$out/$id.log")"
  fi
  [ -n "$watcher" ] && kill "$watcher" 2>/dev/null && wait "$watcher" 2>/dev/null
  if [ "$device" = cuda ]; then
    for variant in mixedPrecision=true $switches; do
      if ours "$id-$variant" "$config" "$input" "$batch" --set "engine.$variant"; then
        say "$title, $variant" "$(field "$out/$id-$variant.log" minMs) ms"
      else
        say "$title, $variant" "FAILED: $(lastLine "$out/$id-$variant.log")"
      fi
    done
    switches=
  fi
  if [ "$hasTorch" != 1 ]; then
    say "$title, PyTorch" "not tried: $python has no PyTorch for this device (PYTHON=…)"
    continue
  fi
  form=(); case $model in exp[1-5]) form=(--involution shift) ;; esac
  peer=("$python" scripts/peers/torch_peer.py "$model" --input "$input" --batch "$batch" --repeats "$trials"
    --warm-up 3 --device "$device" --channels-last "${form[@]}")
  # As a user would begin, and as one would who wants it fast.
  for options in '' '--amp --compile'; do
    log=$id-torch${options// /}
    name="PyTorch, channels last${options:+, mixed precision, compiled}"
    # shellcheck disable=SC2086 # Two words.
    if tried "$log" "${peer[@]}" $options; then
      say "$title, $name" "$(field "$out/$log.log" minMs) ms, card $(field "$out/$log.log" deviceMemoryMb) MB"
    else
      say "$title, $name" "FAILED: $(lastLine "$out/$log.log")"
    fi
  done
done

# --- Data: can the loader feed it? ---
if tried loader node scripts/bench-loader.mjs --images 300 --rounds 1; then
  while IFS= read -r line; do say "loader" "$line"; done < <(grep '^|' "$out/loader.log" | tail -n +3 | tr '|' ';')
else
  say 'loader' "FAILED: $(lastLine "$out/loader.log")"
fi

echo
echo "logs: $out"
[ $failures -eq 0 ]
