#!/usr/bin/env python3
"""Makes src/entity/tables/words.inc, phrases.inc and spellings.inc.

Usage: FIHRIS_DATA=<folder> python3 bench/tables/gazetteer.py   (from the repository's root)

Input: the hand-written lists beside this script, and from FIHRIS_DATA (default ../shared)
  data/gazetteer/cldr/{territories,exemplar_cities,subdivisions}_ar.tsv   Unicode CLDR, Unicode-3.0
  data/gazetteer/countries/country-codes.csv                              Datahub, PDDL
  data/gazetteer/countries/i18n-iso-countries.ar.json                     MIT
  data/gazetteer/cities/egypt.{governorates,cities}.json                  MIT
  data/gazetteer/names/{faker_js_names,faker_names_flat}.tsv              MIT
  data/word-classes/cl500.txt.zst   word classes by exchange clustering, made for this project
The same input gives the same bytes.
"""
import csv
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(os.environ.get("FIHRIS_DATA", "../shared"), "data")
OUT = os.path.join(HERE, "..", "..", "src", "entity", "tables")

# Which of the 500 word classes hold names, found by reading their members.
CLASSES_FIRST = {257, 319, 445, 295, 294}      # given names
CLASSES_MIXED = {192, 340, 219}                # given names that are also words or surnames
CLASSES_LAST = {196, 180, 300, 84, 221, 107, 105}  # surnames
CLASSES_PLACE = {136, 491, 112, 334, 432, 27, 33, 171, 89, 335, 488, 411, 481, 152}
COMMON_COUNT_MIN = 50   # rarer plain words are left out of the table
NAME_COUNT_MIN = 20
RARE_COUNT_MAX = 400    # a plain word this rare may stand inside a name
ROW_WORDS = 120         # bytes in a row of a text table
ROW_NAMES = 240
SPELLING_SLOTS = 2048   # power of two, few of them taken
SPELLING_BYTES = 32     # as in src/entity/spelling.c
BUCKETS = 32768         # power of two
FILTER_BITS = 1 << 19

FLAGS = ["COMMON", "RARE", "FIRST", "MIXED", "LAST", "PARTICLE", "ABD", "TITLE", "ROLE", "ORGNAME", "ORG",
         "ORGNISBA", "DOMAIN", "CHARGED", "STOP", "OFFICIAL", "NISBA", "FEMININE", "PLACETRIGGER",
         "PREPOSITION", "PLACEISH", "MONTH", "WORDMONTH", "WEEKDAY", "RELATIVE", "ORDINAL",
         "TISHRIN", "KANUN", "HIJRI", "DATEWORD", "REGNAL"]

ARABIC = re.compile("^[\u0621-\u063a\u0641-\u064a]+$")


def fold(text):
    text = re.sub("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200c-\u200f]", "", text)
    for source, target in ("أا", "إا", "آا", "ٱا", "ىي", "ةه", "ؤو", "ئي"):
        text = text.replace(source, target)
    return " ".join(text.lower().split())


def person_key(name):
    """As name_key_person() of src/entity/name.c; a unit test compares the two."""
    words, out = fold(name).split(), []
    i = 0
    while i < len(words):
        word, more, front = words[i], i + 1 < len(words), ""
        if word in ("بن", "ابن") and more:
            i, front = i + 1, "بن"
        elif word in ("ابو", "ابي", "ابا") and more:
            i += 1
            out.append("ابو")
        elif word.startswith("ابو") and len(word) >= 6:
            words[i] = word[3:]
            out.append("ابو")
        word, more = words[i], i + 1 < len(words)
        if word in ("عبد", "بنعبد") and more:
            i += 1
            out += [front + word, spelling(words[i])]
        elif re.match("(بن)?عبدال..", word):
            cut = word.index("عبدال") + 3
            out += [front + word[:cut], spelling(word[cut:])]
        elif word.endswith("الله") and len(word) >= 6:
            out += [front + word[:-4], "الله"]
        elif word.endswith("الدين") and len(word) >= 7:
            out += [front + word[:-5], "دين"]
        else:
            out.append(front + spelling(bare(word)))
        i += 1
    return " ".join(out)


def bare(word):
    return word[2:] if word.startswith("ال") and len(word) >= 5 and word != "الله" else word


SPELLINGS = {}  # folded, from and to


def spelling(word):
    return SPELLINGS.get(word, word)


def spelled(text):
    """As name_key_words() of src/entity/name.c."""
    return " ".join(spelling(word) for word in fold(text).split())


def variants(phrase):
    """A phrase of folded words in every spelling, the one that keys have first."""
    others = {}
    for source, target in SPELLINGS.items():
        others.setdefault(target, []).append(source)
    found = [()]
    for word in phrase:
        key = spelling(word)
        found = [front + (one,) for front in found for one in [key] + sorted(others.get(key, []))]
    return found


def read_spellings():
    fronts = ("", "ال", "لل", "ل", "ب", "بال", "و", "وال")
    for line in lines("spellings.txt"):
        target, sources = line.lstrip("+ ").split(":")
        target = fold(target)
        for source in fold(sources).split():
            for front in fronts if line[0] == "+" else ("",):
                if front + source != front + target:
                    SPELLINGS.setdefault(front + source, front + target)
            # Keys of persons have the article off.
            if bare(source) != bare(target):
                SPELLINGS.setdefault(bare(source), bare(target))
    assert not any(target in SPELLINGS for target in SPELLINGS.values())


def lines(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if line.strip() and not line.startswith("#"):
                yield line


def rows_of(path):
    with open(os.path.join(DATA, path), encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file]


class Words:
    def __init__(self):
        self.flags = {}
        self.value = {}

    def add(self, word, flag, value=0):
        word = fold(word)
        if not word or " " in word:
            return
        self.flags.setdefault(word, set()).add(flag)
        if value:
            self.value[word] = value


class Gazetteer:
    def __init__(self):
        self.names = []      # display, type, key
        self.index = {}      # (type, key) -> number
        self.phrases = {}    # tuple of folded words -> (number, weak)
        self.shared = set()  # of them last names of persons that others have too

    def entity(self, display, kind):
        key = person_key(display) if kind == "P" else spelled(display)
        at = (kind, key)
        taken = self.phrases.get(tuple(fold(display).split()))
        if taken and self.names[taken[0]][1] == kind:
            return taken[0]
        if at not in self.index:
            self.index[at] = len(self.names)
            self.names.append((display, kind, key))
        return self.index[at]

    def add(self, name, number, weak=0):
        phrase = tuple(fold(name).split())
        if phrase and phrase not in self.phrases:
            self.phrases[phrase] = (number, weak)
        for variant in variants(phrase):
            self.phrases.setdefault(variant, (number, weak))
        if self.names[number][1] == "P" and "عبد" in phrase:
            at = phrase.index("عبد")
            joined = phrase[:at] + ("عبد" + phrase[at + 1],) + phrase[at + 2:]
            self.phrases.setdefault(joined, (number, weak))


def classes():
    text = subprocess.run(["zstd", "-dc", os.path.join(DATA, "word-classes/cl500.txt.zst")],
                          check=True, capture_output=True).stdout.decode("utf-8")
    found = {}
    for line in text.splitlines():
        word, number, count = line.split()
        if ARABIC.match(word) and len(word) > 1:
            found[word] = (int(count), int(number))
    return found


def compound(word, found, hand=()):
    """Whether the word is a clitic and a word that is more frequent, or listed by hand."""
    if word not in hand:
        rest = word[1:] if word[0] in "وف" else word
        if len(rest) > 4 and (rest in hand or (rest[0] in "بلك" and rest[1:] in hand) or
                              (rest[:2] == "لل" and "ال" + rest[2:] in hand)):
            return True
    count = found[word][0]
    if word[0] in "وف" and len(word) > 3 and found.get(word[1:], (0,))[0] > count:
        return True
    for conjunction in ("", "و", "ف"):
        if not word.startswith(conjunction):
            continue
        rest = word[len(conjunction):]
        if rest.startswith("لل") and len(rest) > 4 and \
                found.get("ال" + rest[2:], (0,))[0] > count:
            return True
        if rest and rest[0] in "بلك" and len(rest) > 4:
            least = count if rest[1:].startswith("ال") or len(rest) > 5 else 2 * count
            if found.get(rest[1:], (0,))[0] > least:
                return True
    return False


def read_words(words, found):
    hand = {}
    flag, value = None, 0
    for line in lines("words.txt"):
        match = re.match(r"^([A-Z]+)(?: (\d+))?:(.*)$", line)
        if match:
            flag, value, line = match.group(1), int(match.group(2) or 0), match.group(3)
            assert flag in FLAGS, flag
        for word in line.split():
            words.add(word, flag, value)
            if flag != "ABD" or not value:  # those are names or words by themselves
                hand.setdefault(fold(word), set()).add(flag)
    named = {"FIRST", "MIXED", "LAST", "COMMON", "ABD", "PARTICLE"}
    for word, (count, number) in sorted(found.items()):
        if word in hand and (hand[word] & named):
            continue
        if compound(word, found, hand):
            continue
        plain = word not in hand
        if number in CLASSES_FIRST and count >= NAME_COUNT_MIN:
            words.add(word, "FIRST")
        elif number in CLASSES_MIXED and count >= NAME_COUNT_MIN and plain:
            words.add(word, "MIXED")
        elif number in CLASSES_LAST and count >= NAME_COUNT_MIN and plain:
            words.add(word, "LAST")
        elif number in CLASSES_PLACE:
            words.add(word, "PLACEISH")
        elif count >= COMMON_COUNT_MIN:
            if word.startswith("ال") and count <= RARE_COUNT_MAX and word[2:] in found and \
                    found[word[2:]][0] >= COMMON_COUNT_MIN and plain and \
                    not compound(word[2:], found) and \
                    found[word[2:]][1] not in CLASSES_FIRST | CLASSES_MIXED | CLASSES_LAST:
                continue  # known by the word without its article
            words.add(word, "COMMON")
            if count <= RARE_COUNT_MAX and plain:
                words.add(word, "RARE")
    return hand


def read_given_names(words, found, hand):
    names = [(r[0] == "first_name", r[1]) for r in rows_of("gazetteer/names/faker_js_names.tsv")
             if r[0] in ("first_name", "last_name")]
    names += [("first" in r[1], r[2]) for r in rows_of("gazetteer/names/faker_names_flat.tsv")
              if "first" in r[1] or "last" in r[1]]
    for first, name in names:
        word = fold(name)
        if not ARABIC.match(word) or len(word) < 3 or word in hand:
            continue
        have = words.flags.get(word, set())
        if have & {"FIRST", "MIXED", "LAST"}:
            continue
        if have:
            continue  # a plain word in the news
        words.add(word, "FIRST" if first and word in found else "LAST")


def read_nisba(words):
    plural = ("ون", "ين")
    masculine = [line.split()[1] for line in lines("nisba.txt")]
    for word in masculine:
        nisba(words, word)
    for word in [w for w, f in words.flags.items() if "NISBA" in f and w not in masculine]:
        nisba(words, word)
        words.flags[fold(word)] -= {"LAST", "FIRST", "MIXED"}
        words.flags[fold("ال" + word)] -= {"LAST", "FIRST", "MIXED"}
    for word in ("العرب", "الأكراد", "الأتراك", "الروس", "الألمان", "الإنجليز", "الأمريكان"):
        words.add(word, "NISBA")
    assert plural


def nisba(words, masculine):
    for article in ("", "ال"):
        words.add(article + masculine, "NISBA")
        words.add(article + masculine + "ة", "NISBA")
        words.add(article + masculine + "ة", "FEMININE")


def clean(name):
    name = re.sub(r"\s*\(.*?\)", "", name).strip()
    return name if re.match("^[\u0621-\u064a\u064b-\u0652 ]+$", name) else ""


def read_countries(gazetteer):
    display, names, weak_names = {}, {}, set()
    for line in lines("countries.txt"):
        code, rest = line.split(" ", 1)
        parts = [part.strip() for part in rest.split("|")]
        weak_names |= {part[1:] for part in parts if part.startswith("?")}
        parts = [part.lstrip("?") for part in parts]
        display[code] = parts[0]
        names[code] = parts
    for row in rows_of("gazetteer/cldr/territories_ar.tsv"):
        if len(row[0]) == 2 and row[0].isalpha() and row[0] not in ("EU", "EZ", "UN", "QO", "ZZ"):
            names.setdefault(row[0], []).append(row[1])
    with open(os.path.join(DATA, "gazetteer/countries/i18n-iso-countries.ar.json"),
              encoding="utf-8") as file:
        for code, value in json.load(file)["countries"].items():
            for name in value if isinstance(value, list) else [value]:
                names.setdefault(code, []).append(name)
    with open(os.path.join(DATA, "gazetteer/countries/country-codes.csv"),
              encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = row["ISO3166-1-Alpha-2"]
            for column in ("UNTERM Arabic Formal", "UNTERM Arabic Short", "official_name_ar"):
                names.setdefault(code, []).append(row[column])
    for code in sorted(names):
        listed = [clean(name) for name in names[code]]
        listed = [name for name in listed if name]
        if listed:
            number = gazetteer.entity(display.get(code, listed[0]), "L")
            for name in listed:
                if name in weak_names:
                    gazetteer.add(name, number, 1)
                if fold(name) not in ("عمان", "هيي"):
                    gazetteer.add(name, number)


def add_list(gazetteer, name, kind):
    for line in lines(name):
        if line.startswith("-"):
            continue
        weak = len(line) - len(line.lstrip("?"))
        parts = [part.strip() for part in line.lstrip("? ").split("|")]
        number = gazetteer.entity(parts[0], kind)
        for part in parts:
            bare_part = part.lstrip("?")
            if kind == "P" and part != bare_part:  # last names that others have
                gazetteer.shared.add(tuple(fold(bare_part).split()))
                gazetteer.add(bare_part, number, weak)
            else:
                gazetteer.add(bare_part, number, max(weak, len(part) - len(bare_part)))


SUBDIVISIONS = "ma dz tn ly eg sd mr so sa ae qa kw bh om ye iq sy lb jo ps tr ir fr es it de gb " \
               "us ca au ru ua in pk cn jp br mx be ch at nl".split()
PREFIX = re.compile("^(ولاية|محافظة|إقليم|اقليم|إمارة|امارة|جهة|منطقة|عمالة|مقاطعة|بلدية|مدينة|"
                    "جمهورية|كانتون|كونتية|دائرة|أوبلاست|كراي|دوقية|بلدية) ")


def read_cities(gazetteer, words, hand):
    names, no_place = [], set()
    for line in lines("places.txt"):
        if line.startswith("-"):
            no_place |= {fold(word) for word in line[1:].split()}
    for row in rows_of("gazetteer/cldr/exemplar_cities_ar.tsv"):
        names.append(row[1])
    for row in rows_of("gazetteer/cldr/subdivisions_ar.tsv"):
        if row[0][:2] in SUBDIVISIONS:
            names.append(PREFIX.sub("", row[1]))
    for name in ("egypt.governorates.json", "egypt.cities.json"):
        with open(os.path.join(DATA, "gazetteer/cities", name), encoding="utf-8") as file:
            for part in json.load(file):
                for row in part.get("data", []):
                    names.append(row.get("governorate_name_ar") or row.get("city_name_ar"))
    for name in names:
        name = clean(name)
        if len(name) < 3:
            continue
        phrase = fold(name).split()
        if len(phrase) > 3 or tuple(phrase) in gazetteer.phrases:
            continue
        if len(phrase) == 1:
            word = phrase[0]
            known = words.flags.get(word, set())
            other = words.flags.get(word[2:], set()) if word.startswith("ال") else set()
            plain = known - {"PLACEISH"} or (not known and other - {"PLACEISH"})
            if len(word) < 4 or word in hand or word in no_place:
                continue
            gazetteer.add(name, gazetteer.entity(name, "L"), 2 if plain else 0)
        else:
            plain = all(words.flags.get(w, set()) - {"PLACEISH"} for w in phrase)
            gazetteer.add(name, gazetteer.entity(name, "L"), 2 if plain else 0)


def hash32(data):
    """word_hash() of src/entity/vocabulary.c: the low half of hash_short() of src/base/hash.h."""
    mask = (1 << 64) - 1
    size = len(data)
    value = 0x9E3779B97F4A7C15 * (size + 1) & mask
    at = 0
    while size - at >= 8:
        value = (value ^ int.from_bytes(data[at:at + 8], "little")) * 0xFF51AFD7ED558CCD & mask
        value ^= value >> 32
        at += 8
    rest, left = 0, data[at:]
    if len(left) >= 4:
        rest = int.from_bytes(left[:4], "little") << 32 | int.from_bytes(left[-4:], "little")
    elif left:
        rest = left[0] << 16 | left[len(left) // 2] << 8 | left[-1]
    value = (value ^ rest) * 0xFF51AFD7ED558CCD & mask
    value ^= value >> 29
    value = value * 0xC4CEB9FE1A85EC53 & mask
    return (value ^ value >> 32) & 0xFFFFFFFF


def filter_bits(data):
    """The bits of a word in the filter: three of the 512 in a line that its last 8 bytes choose."""
    ending = int.from_bytes(data[-8:], "little") * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    line = ending >> 64 - (FILTER_BITS // 512).bit_length() + 1
    return [line * 512 + (hash32(data) >> shift & 511) for shift in (0, 9, 18)]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\000") + '"'


class Pool:
    """Text in rows of equal size; nothing crosses a row, blanks fill up."""

    def __init__(self, width):
        self.width = width
        self.rows = []
        self.row = ""
        self.size = 0

    def add(self, text):
        size = len(text.encode("utf-8"))
        assert size <= self.width, text
        if self.size + size > self.width:
            self.close()
        at = len(self.rows) * self.width + self.size
        self.row += text
        self.size += size
        return at

    def close(self):
        self.rows.append(self.row + " " * (self.width - self.size))
        self.row, self.size = "", 0

    def write(self, out, name, spare):
        self.close()
        for _ in range(spare):
            self.close()
        out.write("static const char %s[%d][%d] = {\n" % (name, len(self.rows), self.width))
        for row in self.rows:
            out.write("    %s,\n" % quoted(row))
        out.write("};\n\n")


def write_numbers(out, declaration, numbers, form="%d"):
    out.write(declaration + " = {\n")
    line = "   "
    for number in numbers:
        text = " " + form % number + ","
        if len(line) + len(text) > 99:
            out.write(line + "\n")
            line = "   "
        line += text
    out.write(line + "\n};\n\n")


HEADER = """/* Made by bench/tables/gazetteer.py; do not edit. Words and names of:
 * hand-written lists of this project (bench/tables/);
 * Unicode CLDR, Arabic territory, city and subdivision names (Unicode-3.0);
 * country-codes of Datahub (PDDL), i18n-iso-countries (MIT);
 * Egyptian governorates and cities by Ibrahim M. Abotaleb (MIT);
 * names of faker-js and of joke2k/faker (MIT);
 * word classes computed for this project from the counts of words in news. */

"""


def part_of(phrase, gazetteer, number):
    """1: a person's last names alone; 2: others have them too; else 0."""
    _, kind, key = gazetteer.names[number]
    if kind != "P" or len(person_key(" ".join(phrase)).split()) >= len(key.split()):
        return 0
    return 2 if phrase in gazetteer.shared else 1


def write_spellings():
    slots = [0] * SPELLING_SLOTS
    rows = sorted(SPELLINGS.items())
    for number, (source, _) in enumerate(rows):
        at = hash32(source.encode("utf-8")) % SPELLING_SLOTS
        while slots[at]:
            at = (at + 1) % SPELLING_SLOTS
        slots[at] = number + 1
    with open(os.path.join(OUT, "spellings.inc"), "w", encoding="utf-8") as out:
        out.write("/* Made by bench/tables/gazetteer.py of bench/tables/spellings.txt; do not edit. */\n\n")
        out.write("enum { SPELLING_COUNT = %d, SPELLING_SLOTS = %d };\n\n" % (len(rows), SPELLING_SLOTS))
        out.write("/* Number of a spelling + 1, where its hash says or behind that; 0: none. */\n")
        write_numbers(out, "static const uint16_t spelling_slots[SPELLING_SLOTS]", slots)
        out.write("/* What is printed, and what keys have; their sizes. */\n")
        out.write("static const struct spelling spellings[SPELLING_COUNT] = {\n")
        for source, target in rows:
            sizes = len(source.encode("utf-8")), len(target.encode("utf-8"))
            assert max(sizes) < SPELLING_BYTES
            out.write("    {%s, %s, %d, %d},\n" % (quoted(source), quoted(target), *sizes))
        out.write("};\n")


def main():
    words, gazetteer = Words(), Gazetteer()
    read_spellings()
    found = classes()
    hand = read_words(words, found)
    read_given_names(words, found, hand)
    read_nisba(words)
    read_countries(gazetteer)
    add_list(gazetteer, "organisations.txt", "O")
    add_list(gazetteer, "places.txt", "L")
    add_list(gazetteer, "people.txt", "P")
    read_cities(gazetteer, words, hand)
    strong = {phrase[0] for phrase, (number, weak) in gazetteer.phrases.items()
              if len(phrase) == 1 and not weak and gazetteer.names[number][1] == "L"}
    for word in sorted(words.flags):
        rest = word[1:]
        if word[0] in "وفبلك" and rest in strong and word not in hand and \
                (word,) not in gazetteer.phrases and found.get(rest, (0,))[0] > found.get(word, (0,))[0]:
            del words.flags[word]  # a clitic and a place
    for display, kind, key in gazetteer.names:
        if kind == "P":
            gazetteer.add(key, gazetteer.index[(kind, key)])
    for source, target in SPELLINGS.items():
        if source not in words.flags and words.flags.get(target):
            words.flags[source] = set(words.flags[target])
            words.value[source] = words.value.get(target, 0)
    for phrase, (number, _) in gazetteer.phrases.items():
        for word in phrase:
            words.flags.setdefault(word, {"LAST"} if gazetteer.names[number][1] == "P" else set())
    write_spellings()

    # Classes: every set of flags and value that occurs, with and without phrases.
    first_words = {phrase[0] for phrase in gazetteer.phrases}

    def combo_of(word):
        return (tuple(f for f in FLAGS if f in words.flags[word]), words.value.get(word, 0),
                int(word in first_words))

    combos, order = {}, []
    for word in sorted(words.flags):
        combo = combo_of(word)
        if combo not in combos:
            combos[combo] = len(order)
            order.append(combo)
    assert len(order) <= 26 * 26
    buckets = [[] for _ in range(BUCKETS)]
    for word in sorted(words.flags):
        buckets[hash32(word.encode("utf-8")) & (BUCKETS - 1)].append(word)
    pool, ids, starts = Pool(ROW_WORDS), {}, []
    for bucket in buckets:
        starts.append(len(pool.rows) * pool.width + pool.size)
        for word in bucket:
            number = combos[combo_of(word)]
            code = chr(65 + number // 26) + chr(65 + number % 26)
            ids[word] = pool.add(code + word + " ")
    starts.append(len(pool.rows) * pool.width + pool.size)
    with open(os.path.join(OUT, "words.inc"), "w", encoding="utf-8") as out:
        out.write(HEADER)
        out.write("enum { WORD_COUNT = %d, WORD_BUCKETS = %d, WORD_FILTER_BITS = %d };\n\n" %
                  (len(ids), BUCKETS, FILTER_BITS))
        out.write("static const struct word_class word_classes[] = {\n")
        for flags, value, phrases in order:
            bits = " | ".join("WORD_" + flag for flag in flags) or "0"
            out.write("    {%s, %d, %d},\n" % (bits, value, phrases))
        out.write("};\n\n/* Where the words of each bucket begin. */\n")
        write_numbers(out, "static const uint32_t word_starts[WORD_BUCKETS + 1]", starts)
        out.write("/* Which words there may be: see vocabulary_find(). */\n")
        bits = [0] * (FILTER_BITS // 32)
        for word in words.flags:
            for bit in filter_bits(word.encode("utf-8")):
                bits[bit // 32] |= 1 << bit % 32
        write_numbers(out, "static const alignas(64) uint32_t word_filter[WORD_FILTER_BITS / 32]", bits, "%#xu")
        out.write("/* Class (two letters), word, blank; in the order of buckets. */\n")
        pool.write(out, "word_rows", 4)

    # The tree of phrases, breadth first: the children of a node stand together, by word.
    tree = {"kids": {}, "value": None}
    for phrase, value in gazetteer.phrases.items():
        node = tree
        for word in phrase:
            node = node["kids"].setdefault(ids[word], {"kids": {}, "value": None})
        node["value"] = value + (part_of(phrase, gazetteer, value[0]),)
    nodes, queue = [[0, 0, 0, 0, 0, 0]], [tree]
    numbers = {id(tree): 0}
    while queue:
        following = []
        for node in queue:
            at = numbers[id(node)]
            nodes[at][1] = len(nodes)
            nodes[at][2] = len(node["kids"])
            for word in sorted(node["kids"]):
                kid = node["kids"][word]
                numbers[id(kid)] = len(nodes)
                value = kid["value"]
                entity, weak, part = value or (-1, 0, 0)
                nodes.append([word, 0, 0, entity + 1, int(weak), part])
                following.append(kid)
        queue = following
    assert len(nodes) < 65536
    names = Pool(ROW_NAMES)
    entities = []
    for display, kind, key in gazetteer.names:
        at = names.add(display + "\0" + key + "\0")
        entities.append((at, len(display.encode("utf-8")), len(key.encode("utf-8")), kind))
    with open(os.path.join(OUT, "phrases.inc"), "w", encoding="utf-8") as out:
        out.write(HEADER)
        out.write("enum { PHRASE_NODES = %d, PHRASE_ENTITIES = %d };\n\n" % (len(nodes),
                                                                             len(entities)))
        out.write("/* Word, first child, children, entity + 1, weak, part. */\n")
        out.write("static const struct phrase_node phrase_nodes[PHRASE_NODES] = {\n")
        for node in nodes:
            out.write("    {%d, %d, %d, %d, %d, %d},\n" % tuple(node))
        out.write("};\n\n/* Offset of name, 0, key, 0, size of the name, size of the key, type. */\n")
        out.write("static const struct phrase_entity phrase_entities[PHRASE_ENTITIES] = {\n")
        for at, display, key, kind in entities:
            out.write("    {%d, %d, %d, '%s'},\n" % (at, display, key, kind))
        out.write("};\n\n")
        names.write(out, "phrase_names", 0)
    counts = {}
    for word in words.flags:
        for flag in words.flags[word] or {"none"}:
            counts[flag] = counts.get(flag, 0) + 1
    print(len(ids), "words", len(order), "classes", len(nodes), "nodes", len(entities), "entities",
          len(gazetteer.phrases), "phrases", sum(w > 0 for _, w in gazetteer.phrases.values()), "weak",
          file=sys.stderr)
    print(" ".join("%s=%d" % item for item in sorted(counts.items())), file=sys.stderr)


main()
