# A line for each pair of articles and threads, for gnuplot; a blank line pair between sizes.
include "figures";

def line:
    "\(.[0].size)\t\(.[0].wanted)\t"
    + ([.[] | .input_bytes / 1e6 / .seconds] | "\(median)\t\(min)\t\(max)")
    + "\t\([.[] | [.phases[] | select(.part_of_build | not) | .cpu_seconds] | add] | median)"
    + "\t\([.[] | .memory_peak] | median)";

"#articles\tthreads\tmb_per_s\tmin\tmax\tcpu_s\tpeak_bytes",
(groups_by(.size) | to_entries[]
 | (if .key > 0 then "\n" else empty end),
   (.value | "\"\(.[0].size) articles\"", (groups_by(.wanted)[] | line)))
