#!/bin/sh
# Bad input of every kind is skipped or repaired, named in the ledger with file, byte offset and
# reason; the run goes on, and its exit status is 1 when something was rejected.
. tests/robust/common.sh

archive=$scratch/a.fihris
in=$scratch/in
mkdir "$in" "$in/sub"
chmod 711 "$scratch"

# index EXIT OPTION... INPUT...: into $archive, from $scratch; the summary goes to summary.err.
index() {
    wanted=$1
    shift
    cd "$scratch" || exit 1
    run summary "$FIHRIS" index --threads 2 "$archive" "$@"
    cd "$OLDPWD" || exit 1
    if [ "$status" -eq "$wanted" ]; then
        pass "exit $wanted: $*"
    else
        fail "exit $wanted: $*" "exit $status" "$(cat "$scratch/summary.err")"
    fi
    "$FIHRIS" ledger --json "$archive" >"$scratch/ledger"
}
# told FILE OFFSET ACT REASON: what the ledger must hold exactly once.
told() {
    found=$(jq -c --arg input "$1" --argjson offset "$2" --arg act "$3" --arg reason "$4" \
        'select(.input == $input and .offset == $offset and .act == $act and .reason == $reason)' \
        "$scratch/ledger" | wc -l)
    if [ "$found" -eq 1 ]; then
        pass "$1:$2: $3: $4"
    else
        fail "$1:$2: $3: $4" "told $found times" "$(grep -F "\"$1\"" "$scratch/ledger" | head -n 5)"
    fi
}
ids() {
    "$FIHRIS" search --ids --limit 0 "$archive" "$1" | sort | xargs
}
is() {
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:    $2" "wanted: $3"; fi
}

# ---- Files ----
: >"$in/empty.txt"
printf '   \n\n \n' >"$in/blank.txt"
printf '\000\000\000\000\000\000' >"$in/zero.txt"
printf 'عنوان\n\nنص فيه\000صفر\n' >"$in/nul.txt"
printf 'عنوان تالف\n\nنص \377\376 مكسور\n' >"$in/invalid.txt"
printf 'خبر من الأرشيف القديم\n\nأعلنت وزارة الخارجية المصرية أن الوزير وصل إلى القاهرة مساء اليوم\n' |
    iconv -f UTF-8 -t CP1256 >"$in/cp1256.txt"
ln -s nowhere "$in/dangling.txt"
ln -s loop2.txt "$in/loop1.txt"
ln -s loop1.txt "$in/loop2.txt"
ln -s . "$in/sub/back"
mkfifo "$in/fifo.txt"
printf 'عنوان سليم\n\nنص سليم\n' >"$in/sub/sound.txt"

# ---- Lines ----
: >"$in/lines.jsonl"
line() { # TEXT: appends a line; its offset is left in $offset
    offset=$(stat -c %s "$in/lines.jsonl")
    printf '%s\n' "$1" >>"$in/lines.jsonl"
}
line '{"id":"a","title":"الأول","body":"نص قديم"}'; at_a=$offset
line 'هذا ليس جيسون'; at_text=$offset
line '{"id":"nothing","title":""}'; at_nothing=$offset
line '{"id":"title","title":"عنوان وحيد"}'; at_title=$offset
line '{"id":"b","title":"الثاني","body":"نص أقدم"}'; at_b=$offset
line '{"id":"a","title":"الأول","body":"نص جديد"}'
line '[1,2,3]'; at_array=$offset
line '{"id":"cut","body":"مقطوع'; at_cut=$offset
line '{"title":"بلا معرف","body":"نص بلا معرف"}'; at_no_id=$offset
line '{"id":"member","body":{"x":1}}'; at_member=$offset
line '{"id":"date","title":"تاريخ","date":"32/13/2020","body":"نص"}'; at_date=$offset
line '{"id":"escaped","body":"قبل\u0000بعد"}'; at_escaped=$offset
printf '{"id":"bytes","body":"\377 مكسور"}\n' >>"$in/lines.jsonl"
line '{"id":"z","title":"الأخير","body":"نص أخير"}'
news 2000 1 >"$in/y.jsonl"
printf '{"id":"b","title":"الثاني","body":"نص محدث"}\n' >"$in/zz.jsonl"
head -c 3000 /dev/urandom | tr '\n' ' ' >"$in/random.jsonl"

index 1 --shard-size 100K in
told in/empty.txt 0 rejected empty
told in/blank.txt 0 rejected empty
told in/zero.txt 0 rejected binary
told in/nul.txt 23 repaired nul-bytes
told in/invalid.txt 26 repaired invalid-utf8
told in/cp1256.txt 0 repaired windows-1256
told in/dangling.txt 0 rejected dangling-link
told in/loop1.txt 0 rejected link-loop
told in/loop2.txt 0 rejected link-loop
told in/sub/back 0 rejected link-loop
told in/fifo.txt 0 rejected not-a-file
told in/lines.jsonl "$at_a" rejected duplicate-id
told in/lines.jsonl "$at_text" rejected bad-json
told in/lines.jsonl "$at_nothing" rejected no-body
told in/lines.jsonl "$at_title" repaired no-body
told in/lines.jsonl "$at_b" rejected duplicate-id
told in/lines.jsonl "$at_array" rejected bad-json
told in/lines.jsonl "$at_cut" rejected bad-json
told in/lines.jsonl "$at_no_id" repaired no-id
told in/lines.jsonl "$at_member" rejected no-body
told in/lines.jsonl "$at_date" repaired bad-date
told in/lines.jsonl "$at_escaped" repaired nul-bytes
is "random bytes are rejected" \
    "$(jq -r 'select(.input == "in/random.jsonl" and .act == "rejected") | .offset' "$scratch/ledger")" 0
is "windows-1256 is found in Arabic" "$(ids '"وزارة الخارجية"')" cp1256.txt
is "windows-1256 is shown in UTF-8" "$("$FIHRIS" show "$archive" cp1256.txt | grep -c 'إلى القاهرة')" 1
is "what is repaired is found" "$(ids '"نص مكسور" OR "فيه صفر" OR "قبل بعد"')" "escaped invalid.txt nul.txt"
is "the last of one id counts" "$(ids '"نص جديد" OR "نص محدث" OR "نص قديم" OR "نص أقدم"')" "a b"
is "sound neighbours are found" "$(ids '"نص سليم" OR "نص أخير"')" "sub/sound.txt z"
check "verify" "$FIHRIS" verify "$archive"
rejected=$(grep -c '"act":"rejected"' "$scratch/ledger")
is "the summary counts them" "$(awk '$1 == "rejected" { print $2 }' "$scratch/summary.err")" "$rejected"
is "stats counts them" "$("$FIHRIS" stats --json "$archive" | jq .rejected)" "$rejected"

# Given by name, and nothing else.
rm -rf "$archive"
index 1 in/empty.txt in/dangling.txt in/fifo.txt in/sub/sound.txt
told in/fifo.txt 0 rejected not-a-file
is "the sound one is found" "$(ids 'سليم')" sound.txt
rm -rf "$archive"
index 0 in/sub/sound.txt in/cp1256.txt

# ---- A giant line: memory stays bounded ----
rm -rf "$archive"
{
    printf '{"id":"before","body":"نص قبل"}\n{"id":"giant","body":"'
    yes 'كلمة طويلة جدا' | tr '\n' ' ' | head -c 209715200
    printf '"}\n{"id":"after","body":"نص بعد"}\n'
} >"$scratch/giant.jsonl"
index 1 giant.jsonl
told giant.jsonl 37 rejected too-large
is "a giant line: its neighbours are found" "$(ids 'نص')" "after before"
peak=$(awk '$1 == "peak" { print int($3) ($4 == "GB" ? "000" : "") }' "$scratch/summary.err")
case $FIHRIS in
*address* | *thread* | *asan* | *tsan*) peak=0 ;; # a sanitizer's memory says nothing
esac
if [ "$peak" -lt 250 ]; then
    pass "a giant line: memory"
else
    fail "a giant line: memory" "$(grep peak "$scratch/summary.err")"
fi
rm "$scratch/giant.jsonl"

# ---- Unreadable ----
printf 'سري\n\nممنوع\n' >"$scratch/secret.txt"
mkdir "$scratch/closed"
chmod 000 "$scratch/secret.txt" "$scratch/closed"
rm -rf "$archive"
if [ "$(id -u)" -ne 0 ]; then
    index 1 secret.txt closed in/sub/sound.txt
    told secret.txt 0 rejected unreadable
    told closed 0 rejected unreadable
elif cp "$FIHRIS" "$scratch/fihris" && chmod 755 "$scratch/fihris" "$in" "$in/sub" &&
    setpriv --reuid 65534 --regid 65534 --clear-groups "$scratch/fihris" --version >/dev/null 2>&1; then
    mkdir "$archive"
    chown 65534 "$archive"
    cd "$scratch" || exit 1
    run summary setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$scratch/fihris" index "$archive" secret.txt closed in/sub/sound.txt
    cd "$OLDPWD" || exit 1
    is "unreadable: exit" "$status" 1
    "$FIHRIS" ledger --json "$archive" >"$scratch/ledger"
    told secret.txt 0 rejected unreadable
    told closed 0 rejected unreadable
    is "unreadable: the neighbour is found" "$(ids 'سليم')" sound.txt
else
    skip "unreadable" "cannot run as another user"
fi
chmod 700 "$scratch/closed"

# ---- Gone, or changed, while the run reads ----
# Much to learn from first, so that there is time between the plan and the reading.
news 6000 5 >"$scratch/first.jsonl"
mkdir "$scratch/late"
for name in gone.txt grown.txt shrunk.txt kept.txt; do printf 'عنوان\n\nنص متأخر\n' >"$scratch/late/$name"; done
news 50 6 >"$scratch/late/short.jsonl"
rm -rf "$archive"
(
    until [ -n "$(ls -A "$archive/building" 2>/dev/null)" ]; do sleep 0.005; done
    rm "$scratch/late/gone.txt"
    printf 'زيادة\n' >>"$scratch/late/grown.txt"
    printf 'ن' >"$scratch/late/shrunk.txt"
    truncate -s 100 "$scratch/late/short.jsonl"
) &
index 1 first.jsonl late
wait $!
told late/gone.txt 0 rejected vanished
told late/grown.txt 0 rejected vanished
told late/shrunk.txt 0 rejected vanished
told late/short.jsonl 0 rejected bad-json
told late/short.jsonl 100 rejected vanished
is "vanished: the neighbours are found" "$(ids 'متأخر')" kept.txt
check "vanished: verify" "$FIHRIS" verify "$archive"

# ---- Real windows-1256 ----
if [ -d "$FIHRIS_DATA/data/encoding" ]; then
    rm -rf "$archive"
    index 0 "$(cd "$FIHRIS_DATA" && pwd)/data/encoding"
    is "real windows-1256 files: decoded" "$(jq -r 'select(.reason == "windows-1256") | .act' "$scratch/ledger" | wc -l)" \
        "$(find "$FIHRIS_DATA/data/encoding" -name '*.txt' | wc -l)"
    is "real windows-1256 files: an Arabic word finds some" \
        "$([ "$("$FIHRIS" search --count "$archive" 'من')" -gt 5 ] && echo yes)" yes
else
    skip "real windows-1256 files" "no $FIHRIS_DATA/data/encoding"
fi
finish
