# README.md shows what make demo prints (make readme writes it anew). Measurements may differ.
bats_require_minimum_version 1.5.0

@test "README.md shows the output of make demo" {
    sh fixtures/readme.sh >"$BATS_TEST_TMPDIR/readme"
    mask='s/\(in\|(\|memory\|size\|about\) *[0-9][0-9.,]* */\1 N /g; s/[kM]B\(\/s\)\?/B/g'
    diff <(sed "$mask" README.md) <(sed "$mask" "$BATS_TEST_TMPDIR/readme")
}
