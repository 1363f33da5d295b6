#!/usr/bin/env bash
# How long pipelines take to compile, and how much they add to a binary: crates with one pipeline of 20, 60 and 120 stages,
# and with 1, 10 and 50 jobs of 8 stages: without state, with a count by key, which has the same types in each of them, and with a fold by key,
# whose closure is a type of its own in each. Each is checked, or built with optimisation, three times;
# the best counts. Prints a table of Markdown. What grows with the number of stages must grow in step: 120 stages may take at
# most 2.2 times as long to check as 60.
#
# usage: benches/compile_time.sh [check | build | all]
set -euo pipefail
export LC_ALL=C
# an unchanged file would be taken from the cache
export CARGO_INCREMENTAL=0

what=${1:-all}
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=$work/target
best_of=3

stages() { # how many
    for ((stage = 0; stage < $1; stage++)); do
        if ((stage % 2 == 0)); then
            echo "        -> map(|x| x.wrapping_mul(3) + $stage)"
        else
            echo "        -> filter(|x| x % 97 != $stage)"
        fi
    done
}

crate() { # name, stages, jobs, what stands behind the stages
    mkdir -p "$work/$1/src"
    cat >"$work/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"

[dependencies]
streamflow = { path = "$repository/streamflow" }

[profile.release]
strip = true

[workspace]
TOML
    cp "$repository/Cargo.lock" "$work/$1/Cargo.lock"
    {
        echo "use streamflow::{Error, sink, source, stream};"
        for ((job = 0; job < $3; job++)); do
            echo "fn job_$job(numbers: Vec<u64>) -> Result<(), Error> {"
            echo "    stream! {"
            echo "        source::vec(numbers)"
            stages "$2"
            echo "        ${4:-}-> sink::discard()"
            echo "    }"
            echo "    .run()?;"
            echo "    Ok(())"
            echo "}"
        done
        echo "fn main() -> Result<(), Error> {"
        for ((job = 0; job < $3; job++)); do echo "    job_$job((0..$job).collect())?;"; done
        echo "    Ok(())"
        echo "}"
    } >"$work/$1/src/main.rs"
}

compile() { # crate, command..
    local name=$1
    shift
    cargo "$@" --quiet --offline --manifest-path "$work/$name/Cargo.toml"
}

# milliseconds of processor time, of the best run: a clock would also measure who else uses the machine. Dependencies are built before
best() { # crate, command..
    local name=$1 least= took
    local TIMEFORMAT='%U %S'
    compile "$@"
    for ((run = 0; run < best_of; run++)); do
        touch "$work/$name/src/main.rs"
        took=$({ time compile "$@"; } 2>&1 | awk 'END { printf "%.0f", ($1 + $2) * 1000 }')
        if [[ -z $least || $took -lt $least ]]; then least=$took; fi
    done
    echo "$least"
}

# a crate without a pipeline: what cargo and rustc need in any case
mkdir -p "$work/empty/src"
crate empty 0 0
echo "fn main() {}" >"$work/empty/src/main.rs"

row() { # cells..
    printf '|'
    printf ' %s |' "$@"
    printf '\n'
}

size() { # crate
    stat -c %s "$CARGO_TARGET_DIR/release/$1"
}

failed=0
if [[ $what != build ]]; then
    row 'cargo check' ms
    row --- ---
    row 'an empty crate' "$(best empty check)"
    declare -A took
    for count in 20 60 120; do
        crate "stages_$count" "$count" 1
        took[$count]=$(best "stages_$count" check)
        row "$count stages" "${took[$count]}"
    done
    crate jobs_50 8 50
    row '50 jobs of 8 stages' "$(best jobs_50 check)"
    ratio=$(awk "BEGIN { printf \"%.2f\", ${took[120]} / ${took[60]} }")
    printf '\n120 stages take %s times as long as 60\n\n' "$ratio"
    if awk "BEGIN { exit !($ratio > 2.2) }"; then
        echo "too slow: at most 2.2 times are allowed"
        failed=1
    fi
fi
if [[ $what != check ]]; then
    row 'cargo build --release' ms 'bytes of the program' 'one more job: ms' bytes
    row --- --- --- --- ---
    row 'an empty crate' "$(best empty build --release)" "$(size empty)" '' ''
    for count in 20 60 120; do
        crate "stages_$count" "$count" 1
        row "$count stages" "$(best "stages_$count" build --release)" "$(size "stages_$count")" '' ''
    done
    for kind in plain keyed folded; do
        behind=
        label='8 stages'
        if [[ $kind == keyed ]]; then
            behind='-> key_by(|x| x % 10) -> count() as counts '
            label='8 stages and a count by key'
        elif [[ $kind == folded ]]; then
            behind='-> key_by(|x| x % 10) -> fold(0u64, |sum, x| *sum = sum.wrapping_add(x)) as sums '
            label='8 stages and a fold by key'
        fi
        for jobs in 1 10 50; do
            name=${kind}_$jobs
            crate "$name" 8 "$jobs" "$behind"
            time=$(best "$name" build --release)
            bytes=$(size "$name")
            if [[ $jobs == 1 ]]; then
                one=$time one_bytes=$bytes
                row "1 job of $label" "$time" "$bytes" '' ''
            else
                row "$jobs jobs of $label" "$time" "$bytes" "$(((time - one) / (jobs - 1)))" "$(((bytes - one_bytes) / (jobs - 1)))"
            fi
        done
    done
fi
exit $failed
