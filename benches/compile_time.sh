#!/usr/bin/env bash
# How long pipelines take to compile: crates with one pipeline of 20, 60 and 120 stages, and crates with 1 and 10 jobs of
# 8 stages. Each is checked, and built with optimisation, three times; the best counts. What grows with the number of
# stages must grow in step: 120 stages may take at most 2.2 times as long to check as 60.
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

crate() { # name, stages, jobs
    mkdir -p "$work/$1/src"
    cat >"$work/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"

[dependencies]
streamflow = { path = "$repository/streamflow" }

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
            echo "        -> sink::discard()"
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

# milliseconds of the best run; dependencies are built before
best() { # crate, command..
    local name=$1 least= start end
    compile "$@"
    for ((run = 0; run < best_of; run++)); do
        touch "$work/$name/src/main.rs"
        start=$(date +%s%N)
        compile "$@"
        end=$(date +%s%N)
        local took=$(((end - start) / 1000000))
        if [[ -z $least || $took -lt $least ]]; then least=$took; fi
    done
    echo "$least"
}

# a crate without a pipeline: what cargo and rustc need in any case
mkdir -p "$work/empty/src"
crate empty 0 0
echo "fn main() {}" >"$work/empty/src/main.rs"

measure() { # label, command..
    local label=$1
    shift
    declare -A took
    printf '%-8s %8s ms  an empty crate\n' "$label" "$(best empty "$@")"
    for count in 20 60 120; do
        crate "stages_$count" "$count" 1
        took[$count]=$(best "stages_$count" "$@")
        printf '%-8s %8s ms  %s stages\n' "$label" "${took[$count]}" "$count"
    done
    ratio=$(awk "BEGIN { printf \"%.2f\", ${took[120]} / ${took[60]} }")
    printf '%-8s %8s     120 stages against 60\n' "$label" "$ratio"
}

failed=0
if [[ $what != build ]]; then
    measure check check
    if awk "BEGIN { exit !($ratio > 2.2) }"; then
        echo "too slow: 120 stages take more than 2.2 times as long to check as 60"
        failed=1
    fi
fi
if [[ $what != check ]]; then
    measure release build --release
    for jobs in 1 10; do
        crate "jobs_$jobs" 8 "$jobs"
        printf '%-8s %8s ms  %s jobs of 8 stages\n' release "$(best "jobs_$jobs" build --release)" "$jobs"
    done
fi
exit $failed
