# Figures and tables in text, for the other programs here.

def median:
    sort | if length == 0 then null
    elif length % 2 == 1 then .[(length - 1) / 2]
    else (.[length / 2 - 1] + .[length / 2]) / 2 end;

def spread: {median: median, min: min, max: max};

def percentile($p): sort | if length == 0 then null else .[(length - 1) * $p | ceil] end;

# Lines of fields between tabs.
def rows: split("\n") | map(select(length > 0) | split("\t"));

# As group_by(), but the groups come in the order in which they are met.
def groups_by(name):
    [.[] | name] as $names
    | group_by(name) | sort_by(.[0] | name as $name | $names | index([$name]));

# A number with so many digits behind the point; nothing for null.
def fixed($digits):
    if . == null then ""
    else
        (if . < 0 then "-" else "" end) as $sign
        | (fabs * pow(10; $digits) | round | tostring) as $text
        | ("0000000000"[0:([$digits + 1 - ($text | length), 0] | max)] + $text) as $text
        | if $digits == 0 then $sign + $text
          else $sign + $text[0:-$digits] + "." + $text[-$digits:] end
    end;

def spaces($count): "                                        "[0:([$count, 0] | max)];
def right($width): tostring | spaces($width - length) + .;
def left($width): tostring | . + spaces($width - length);

# Of a run's phases: what one thread alone must do, and what all threads share, in seconds of one
# processor. On a busy machine elapsed time says little; but syncing is waiting for the disk, and
# so is a part of sealing, of which all threads share the rest.
def serial_part:
    {serial_seconds: ([.[] | select(.serial)
                       | if .phase == "sync" or .phase == "seal" then .elapsed_seconds else .cpu_seconds end] | add),
     parallel_seconds: ([.[] | select((.serial or .part_of_build) | not) | .cpu_seconds] | add)}
    | .serial_share = .serial_seconds / (.serial_seconds + .parallel_seconds);

# Amdahl's bound: how many times as fast n threads can be as one.
def speedup($n): 1 / (.serial_share + (1 - .serial_share) / $n);
