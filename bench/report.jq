# Tables of what collect.jq made.
include "figures";

def command_row:
    "\(.name | left(20)) \(.wall_seconds.median | fixed(3) | right(9)) "
    + "\(.wall_seconds.min | fixed(3) | right(9)) \(.wall_seconds.max | fixed(3) | right(9)) "
    + "\(.cpu_seconds.median | fixed(2) | right(9)) \(.mb_per_second | fixed(1) | right(9)) "
    + "\(.memory_bytes / 1048576 | fixed(0) | right(9)) "
    + ((if .index_share then .index_share * 100 else null end) | fixed(1) | right(9));

def phase_row:
    "\((if .part_of_build then "  " else "" end) + .phase | left(20)) "
    + "\(.cpu_seconds.median | fixed(3) | right(9)) \(.cpu_seconds.min | fixed(3) | right(9)) "
    + "\(.cpu_seconds.max | fixed(3) | right(9)) \(.share * 100 | fixed(1) | right(9)) "
    + "\(.mb_per_cpu_second | fixed(1) | right(9)) "
    + (.elapsed_seconds.median | fixed(3) | right(9));

def ms: if . == null then . else . / 1000 end | fixed(3);

def query_row:
    "\(.kind | left(8))\(.engine | left(12)) \(.median_us.median | ms | right(9)) "
    + "\(.median_us.min | ms | right(9)) \(.median_us.max | ms | right(9)) "
    + "\(.p95_us.median | ms | right(9)) \(.empty | right(7)) \(.refused | right(7))";

. as $bench
| (.commands | map({(.name): .wall_seconds.median}) | add) as $wall
| "\(.corpus.name): \(.corpus.articles) articles, \(.corpus.bytes / 1e6 | fixed(1)) MB; \(.threads) threads;",
  "medians of \(.runs) interleaved runs; \(.machine)",
  (.skipped[] | "left out: \(.name): \(.reason)"),
  "",
  "Building: seconds, MB of the corpus a second, memory, size on disk in % of the corpus",
  "                          wall       min       max       CPU      MB/s  peak MiB    size %",
  ($bench.commands[] | command_row),
  "",
  (if $wall["zstd-3"] then
      "fihris takes \($wall.fihris / $wall["zstd-3"] | fixed(1)) times as long as zstd -3 -T\(.threads)"
   else empty end),
  (["lucene", "xapian", "sqlite", "groonga"][] | select($wall[.])
   | "fihris is \($wall[.] / $wall.fihris | fixed(1)) times as fast as \(.)"),
  "",
  "Phases of fihris: processor seconds of all threads, share, MB a processor second, elapsed seconds",
  "(of the parts of build: over all threads)",
  "                           CPU       min       max   share %  MB/CPU s   elapsed",
  (.phases[] | phase_row),
  "",
  "One thread alone must do \(.amdahl.serial_share * 100 | fixed(1)) % of the work: "
  + "8 threads are at most \(.amdahl.speedup_8_threads_at_most | fixed(1)) times as fast as one.",
  "",
  "Snapshot by part",
  (.snapshot as $snapshot | .snapshot.bytes_by_part | to_entries[] | select(.value > 0)
   | "\(.key | left(20)) \(.value / 1e6 | fixed(2) | right(9)) MB "
     + (.value / $snapshot.bytes * 100 | fixed(1) | right(6)) + " %"),
  "",
  "Queries, the best ten: milliseconds, the median of \(.queries[0].queries) queries and its spread over the runs, the 95th",
  "percentile, how many found nothing and how many were refused",
  "                        median       min       max       p95   empty refused",
  (.queries | groups_by(.kind)[][] | query_row),
  "",
  "Text layer",
  .text_layer[]
