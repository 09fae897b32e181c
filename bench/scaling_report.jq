include "figures";

def speeds: [.[] | .input_bytes / 1e6 / .seconds] | spread;

def row($one):
    speeds as $speed
    | "\(.[0].size | right(9)) \(.[0].wanted | right(7)) \(.[0].threads | right(7)) "
      + "\($speed.median | fixed(1) | right(9)) \($speed.min | fixed(1) | right(9)) "
      + "\($speed.max | fixed(1) | right(9)) "
      + "\(if $one then $speed.median / $one else null end | fixed(2) | right(9)) "
      + "\([.[] | .memory_peak / 1048576] | median | fixed(0) | right(9))";

def bound:
    ([.[] | select(.wanted == 1) | .phases | serial_part | .serial_share] | median) as $share
    | if $share == null then empty else
        {serial_share: $share}
        | "\(.serial_share * 100 | fixed(1)) % serial: at most "
          + ([2, 4, 8, 16] as $counts | . as $of
             | [$counts[] | . as $n | "\($of | speedup($n) | fixed(1)) times with \($n) threads"]
             | join(", "))
      end;

"\($machine); medians of interleaved runs, MB of input a second",
" articles threads running    median       min       max    faster  peak MiB",
(groups_by(.size)[]
 | ([.[] | select(.wanted == 1)] | speeds.median) as $one
 | groups_by(.wanted)[] | row($one)),
"",
(groups_by(.size)[] | "\(.[0].size) articles: \(bound)")
