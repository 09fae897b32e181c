# The results of a run as one document; docs/BENCHMARKS.md tells its members.
include "figures";

def commands($bytes; $sizes):
    groups_by(.[0]) | map(
        .[0][0] as $name
        | ([.[] | .[1] | tonumber]) as $wall
        | {name: $name,
           wall_seconds: ($wall | spread),
           cpu_seconds: ([.[] | .[2] | tonumber] | spread),
           memory_bytes: ([.[] | .[3] | tonumber * 1024] | median),
           index_bytes: $sizes[$name]}
        | if $name == "one-query" then . else .mb_per_second = $bytes / 1e6 / .wall_seconds.median end
        | if .index_bytes then .index_share = .index_bytes / $bytes else . end);

# Those of the runs that told them, phase by phase.
def phases($bytes):
    ([.[].phases[] | select(.part_of_build | not) | .cpu_seconds] | add / ($runs | tonumber)) as $total
    | [.[].phases | to_entries[]] | group_by(.key) | map(
        (map(.value.cpu_seconds) | spread) as $cpu
        | {phase: .[0].value.phase, part_of_build: .[0].value.part_of_build,
           serial: .[0].value.serial, cpu_seconds: $cpu,
           elapsed_seconds: (map(.value.elapsed_seconds) | spread),
           share: ($cpu.median / $total),
           mb_per_cpu_second:
               (if $cpu.median > 0.0005 then $bytes / 1e6 / $cpu.median else null end)});

def queries:
    groups_by(.[2] + "\t" + .[0]) | map({
        engine: .[0][0], kind: .[0][2],
        queries: (group_by(.[1])[0] | length),
        empty: (group_by(.[1])[0] | map(select(.[4] == "0")) | length),
        refused: (group_by(.[1])[0] | map(select(.[4] == "refused")) | length)}
        + ([.[] | select(.[4] != "refused")] | group_by(.[1]) | map(map(.[3] | tonumber))
           | {median_us: (map(median) | spread), p95_us: (map(percentile(0.95)) | spread)}));

($sizes | rows | map({(.[0]): (.[1] | tonumber)}) | add) as $size_of
| {v: 1,
   corpus: {name: $corpus, bytes: $bytes, articles: $stats[0].articles},
   machine: $machine, threads: $threads, runs: $runs,
   commands: ($times | rows | commands($bytes; $size_of)),
   phases: ($builds | phases($bytes)),
   amdahl: ([$builds[].phases | serial_part]
            | {serial_share: (map(.serial_share) | median)}
            | . + {speedup_8_threads_at_most: speedup(8)}),
   snapshot: {bytes: $stats[0].snapshot_bytes, bytes_by_part: $stats[0].bytes_by_part},
   queries: ($asked | rows | queries),
   text_layer: ($text | split("\n") | map(select(length > 0))),
   skipped: ($skipped | rows | map({name: .[0], reason: .[1]}))}
