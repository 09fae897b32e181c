# awk -F '\t' -f gold.awk GOLD FOUND: compares mentions found (article, start, end, type, key, text)
# with mentions marked by hand (article, start, end, type, required, canonical, text). Every required
# one must be found with its type; mentions of one canonical name must have one key, of two names
# two; of what is found at least 95 % must be marked. Prints what is wrong; fails then.
BEGIN {
    name["PER"] = "person"; name["ORG"] = "organisation"
    name["LOC"] = "place"; name["DATE"] = "date"
}
FNR == 1 { file++ }
file == 1 && FNR > 1 {
    at = $1 FS $2 FS $3 FS name[$4]
    marked[at] = $6
    text[at] = $7
    if ($5 == 1) required[at] = 1
}
file == 2 {
    at = $1 FS $2 FS $3 FS $4
    all++
    if (!(at in marked)) {
        wrong++
        print "not marked: " at FS $5 FS $6
        next
    }
    key[at] = $5
}
END {
    for (at in required) {
        if (!(at in key)) {
            print "not found: " at FS marked[at] FS text[at]
            bad = 1
            continue
        }
        split(at, part, FS)
        canonical = part[4] FS marked[at]
        identity = part[4] FS key[at]
        if (canonical in key_of && key_of[canonical] != identity) {
            print "two entities: " canonical ": " key_of[canonical] " and " identity
            bad = 1
        }
        if (identity in name_of && name_of[identity] != canonical) {
            print "one entity: " name_of[identity] " and " canonical ": " identity
            bad = 1
        }
        key_of[canonical] = identity
        name_of[identity] = canonical
    }
    precision = all > 0 ? (all - wrong) / all : 0
    printf "%d found, precision %.3f\n", all, precision
    exit bad || precision < 0.95
}
