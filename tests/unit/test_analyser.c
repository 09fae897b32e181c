#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "learning.h"

#include "base/buffer.h"
#include "text/analyser.h"
#include "text/conflate.h"
#include "text/homograph.h"

enum { CLASS_MAX = 2048 };

static struct analysis parts[ANALYSIS_PARTS_MAX];

static void same_parts(const struct analysis *a, const struct analysis *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].form_size, b[i].form_size);
        assert_memory_equal(a[i].form, b[i].form, a[i].form_size);
        assert_int_equal(a[i].fold_size, b[i].fold_size);
        assert_memory_equal(a[i].fold, b[i].fold, a[i].fold_size);
        assert_int_equal(a[i].class_size, b[i].class_size);
        assert_memory_equal(a[i].class_key, b[i].class_key, a[i].class_size);
        assert_int_equal(a[i].advance, b[i].advance);
        assert_int_equal(a[i].proclitics, b[i].proclitics);
        assert_int_equal(a[i].enclitics, b[i].enclitics);
        assert_int_equal(a[i].rule, b[i].rule);
    }
}

/* The filter changes no answer: every word of the text, and what stands behind its first letter. */
static void filter_changes_nothing(const struct analyser *analyser, const struct buffer *text)
{
    static struct analysis others[ANALYSIS_PARTS_MAX];
    struct analyser filtered = *analyser;
    struct buffer filter;
    struct error error;
    struct token tokens[1024];
    size_t offset = 0;
    size_t count = 0;
    const char *bytes = (const char *)text->bytes;
    buffer_init(&filter, SIZE_MAX);
    assert_int_equal(evidence_filter(&filtered.evidence, &filter, &error), STATUS_OK);
    while ((count = token_scan(bytes, text->size, &offset, tokens, 1024)) > 0) {
        for (size_t i = 0; i < count; i++) {
            const char *word = bytes + tokens[i].start;
            size_t size = tokens[i].end - tokens[i].start;
            enum token_kind kind = (enum token_kind)tokens[i].kind;
            for (size_t cut = 0; cut < size && cut <= 2; cut += 2) {
                size_t made = analyser_word(analyser, word + cut, size - cut, kind, parts);
                assert_int_equal(analyser_word(&filtered, word + cut, size - cut, kind, others),
                                 made);
                same_parts(others, parts, made);
            }
        }
    }
    buffer_release(&filter);
}

/* A hashtag of two words has the parts of each, as they are alone (but for one sign that stands for
 * four words). */
static void hashtags_are_words(const struct analyser *analyser, const struct buffer *text)
{
    static struct analysis alone[ANALYSIS_PARTS_MAX];
    struct token tokens[1024];
    size_t offset = 0;
    size_t count = 0;
    const char *bytes = (const char *)text->bytes;
    while ((count = token_scan(bytes, text->size, &offset, tokens, 1024)) > 0) {
        for (size_t i = 1; i < count; i++) {
            char tag[2 * TOKEN_BYTES_MAX];
            const char *word = bytes + tokens[i].start;
            const char *before = bytes + tokens[i - 1].start;
            size_t size = tokens[i].end - tokens[i].start;
            size_t before_size = tokens[i - 1].end - tokens[i - 1].start;
            if (tokens[i].kind != TOKEN_WORD || tokens[i - 1].kind != TOKEN_WORD ||
                size + before_size + 2 > TOKEN_BYTES_MAX || memcmp(word, "ﷺ", 3) == 0 ||
                memcmp(before, "ﷺ", 3) == 0) {
                continue;
            }
            size_t tag_size = (size_t)snprintf(tag, sizeof tag, "#%.*s_%.*s", (int)before_size,
                                               before, (int)size, word);
            size_t made = analyser_word(analyser, tag, tag_size, TOKEN_HASHTAG, parts);
            size_t seen = 1;
            for (int which = 0; which < 2; which++) {
                size_t needed = analyser_word(analyser, which == 0 ? before : word,
                                              which == 0 ? before_size : size, TOKEN_WORD, alone);
                alone[0].advance = which == 1;
                assert_true(seen + needed <= made);
                same_parts(parts + seen, alone, needed);
                seen += needed;
            }
            assert_int_equal(seen, made);
        }
    }
}

/* --- classes -------------------------------------------------------------------------------- */

/* The classes of a text's parts, one behind the other: "abd+allah", "misr". */
static void class_of(const struct analyser *analyser, const char *text, char *out)
{
    struct token tokens[16];
    size_t offset = 0;
    size_t count = token_scan(text, strlen(text), &offset, tokens, 16);
    out[0] = 0;
    for (size_t i = 0; i < count; i++) {
        size_t made =
            analyser_word(analyser, text + tokens[i].start, tokens[i].end - tokens[i].start,
                          (enum token_kind)tokens[i].kind, parts);
        for (size_t k = 0; k < made; k++) {
            size_t used = strlen(out);
            (void)snprintf(out + used, CLASS_MAX - used, "%s%.*s", used > 0 ? "+" : "",
                           (int)parts[k].class_size, parts[k].class_key);
        }
    }
}

static int wrong;

static void expect_equal(const struct analyser *analyser, const char *a, const char *b, int equal)
{
    char left[CLASS_MAX];
    char right[CLASS_MAX];
    class_of(analyser, a, left);
    class_of(analyser, b, right);
    if ((strcmp(left, right) == 0) != equal) {
        print_error("%s is %s, %s is %s: should be %s\n", a, left, b, right, equal ? "one" : "two");
        wrong++;
    }
}

/* Words on one side of a "|" are one class, on different sides different classes; "," separates
 * (so that a word may be two, as abu zaby). */
static void expect_group(const struct analyser *analyser, const char *group)
{
    char copy[1024];
    const char *words[32];
    int sides[32];
    size_t count = 0;
    int side = 0;
    (void)snprintf(copy, sizeof copy, "%s", group);
    for (char *at = copy; *at != 0;) {
        size_t size = strcspn(at, ",|");
        char stop = at[size];
        at[size] = 0;
        words[count] = at;
        sides[count++] = side;
        side += stop == '|';
        at += size + (stop != 0);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            expect_equal(analyser, words[i], words[k], sides[i] == sides[k]);
        }
    }
}

static void expect_groups(const struct analyser *analyser, const char *const *groups, size_t count)
{
    wrong = 0;
    for (size_t i = 0; i < count; i++) {
        expect_group(analyser, groups[i]);
    }
    assert_int_equal(wrong, 0);
}

/* Hold with no evidence at all, and with any. */
static const char *const ALWAYS[] = {
    "الأنتربول,أنتربول,للأنتربول|انترنت",
    "الاتجار,الإتجار,والاتجار,اتجار",
    "السيبرانية,سيبرانية,والسيبرانية",
    "المغرب,مغرب,والمغرب,بالمغرب,للمغرب,وبالمغرب,وللمغرب,كالمغرب,فالمغرب",
    "الحموشي,حموشي,والحموشي",
    "وزير,الوزير,للوزير,ووزير,بالوزير|زير",
    "مصر,بمصر,لمصر,ومصر",
    "لبنان,بلبنان,ولبنان|لبن",
    "عدنان|عدن",
    "إيران,وإيران,بإيران|يران",
    "طهران,وطهران,بطهران|طهر|هران",
    "ألمانيا,المانيا,وألمانيا,لألمانيا,بألمانيا|مانيا",
    "وفاة|فاة",
    "والد,الوالد|الد",
    "واشنطن,بواشنطن,وواشنطن|اشنطن",
    "مسؤول,مسئول,المسؤول,والمسئول",
    "شؤون,شئون,الشؤون,للشئون",
    "سوريا,سورية,بسوريا,وسورية",
    "عبد الله,عبدالله,وعبدالله|عبد",
    "عبد الرحمن,عبدالرحمن,لعبدالرحمن",
    "أبو ظبي,أبوظبي,بأبوظبي,وأبوظبي",
    "أبو الغيط,أبوالغيط",
    "بطاطس|طاطس",
    "غسل|غسيل",
    "الله|له",
    "الذي|ذي",
    "التي|تي",
    "وزارة|زارة",
    "وكالة,الوكالة,للوكالة|كالة",
    "وفد,الوفد|فد",
    "ولاية,الولاية|لاية",
    "وسط|سط",
    "وقت,الوقت|قت",
    "كبير|بير",
    "كتاب,الكتاب,والكتاب|تاب",
    "بعد,وبعد|عد",
    "بين,وبين|ين",
    "بنك,البنك,للبنك|نك",
    "بلد,البلد|لد",
    "فريق,الفريق,وفريق|ريق",
    "فيلم,الفيلم|يلم",
    "فقد|قد",
    "باكستان,بباكستان|اكستان",
    "بريطانيا|ريطانيا",
    "بلجيكا|لجيكا",
    "كندا,بكندا|ندا",
    "كوريا|وريا",
    "فرنسا,بفرنسا,لفرنسا|رنسا",
    "فلسطين,وفلسطين|لسطين",
    "ليبيا,بليبيا|يبيا",
    "لندن,بلندن|ندن",
    "هو,وهو,فهو",
    "لغة,اللغة,للغة|غة",
    "لجنة,اللجنة,للجنة|جنة",
    "أميركا,أمريكا,بأمريكا",
    "الـ93,93,٩٣",
    "PARDO,pardo,Pardó",
    "Reuters,Reuters's,Reuters’s",
    "ﷺ,صلى الله عليه وسلم",
    "المَغْــرِب,المغرب",
};

/* On the five seed articles. */
static const char *const SEEDS[] = {
    "الأنتربول,أنتربول,للأنتربول|اتربول|بول",
    "الاتجار,الإتجار,والاتجار",
    "السيبرانية,سيبرانية",
    "المغرب,والمغرب,بالمغرب,للمغرب",
    "الحموشي,حموشي",
    "غسل,وغسل|غسيل,وغسيل",
    "البرازيل,برازيل,للبرازيل",
};

/* Real pairs of the news: joins, and traps that must stay apart. */
static const char *const NEWS[] = {
    "قال,وقال,فقال",
    "أكد,وأكد",
    "يكون,سيكون,وسيكون",
    "كرة,لكرة,الكرة",
    "حكومة,الحكومة,حكومات,حكومته,لحكومة",
    "مغربية,مغربي,المغربيين,مغربيون|مغرب",
    "أمريكي,أميركي,الأمريكية,أمريكيين,الأميركيون|أمريكا",
    "لاعب,اللاعبين,لاعبون,للاعب,لاعبة",
    "مسؤولين,مسؤول,المسؤولون,مسئولين",
    "انتخابات,الانتخابات,للانتخابات",
    "عملية,العمليات,لعملية,عملياتها",
    "وزارة,الوزارة,وزارته,لوزارة,بوزارة,وزارات",
    "نسبة,بنسبة,وبنسبة,النسبة",
    "حقوق,لحقوق,الحقوق",
    "صالح,لصالح",
    "قيمة,بقيمة",
    "شركة,الشركات,شركاته,لشركة",
    "كبيرة,كبير,الكبير,كبيرا",
    "لبناني,اللبنانيين,لبنانية|لبن|لبنان",
    "إنسان|إنس",
    "قانون,القانون,بقانون|قان",
    "تعاون,التعاون|تعا",
    "سكان,السكان|سك",
    "عمان|عم",
    "سلمان,لسلمان|سلم",
    "عثمان|عثم",
    "رمضان|رمض",
    "سليمان|سليم",
    "السودان,سودان,بالسودان|سود",
    "البحرين,بحرين|بحر",
    "كلفته,كلفة",
    "لوكاس|كأس",
    "بوروسيا|روسيا",
    "الكاميرون|أمر",
    "غسل|غسيل",
    "كمين|مين",
    "وجود,الوجود,وجودها|جود",
    "وصول,الوصول,لوصول|صول",
    "بحث,البحث|حث",
    "بيان,البيان,بيانه|يان",
    "لقاء,اللقاء,للقاء|قاء",
    "كلمة,كلمات,الكلمة|لمة",
    "سلطات,السلطات,للسلطات,سلطة|لطات",
    "سيارة,السيارة,سيارات|يارة",
    "سيناء,بسيناء|يناء",
    "سوق,السوق|وق",
    "سبت,السبت|بت",
    "فيروس|روس",
    "وافق|أفق",
    "باسل|أسل",
    "كريم|ريم",
    "وليد|ليد",
    "بشار|شار",
    "بلاتر|لاتر",
    "والدته,والد|دته",
    "في,وفي,ففي|ألفي",
    "فرعون,الفرعون|فرع",
    "وليامس|ليامس",
    "أحد|الأحد",
    "عن|عنون",
    "علي|العليان",
    "خاصة,الخاصة,خاص,الخاص",
    "تجارة,التجارة|تجار",
    "ملاحة,الملاحة|ملاح",
    "منطقة,المنطقة,بمنطقة|منطق",
    "عاصمة,العاصمة,للعاصمة|عاصم",
    "جامعة,الجامعة,جامعات|جامع",
    "مدرسة,المدرسة|مدرس",
    "مكتبة,المكتبة|مكتب",
    "طويلة,طويل,الطويل",
    "خطيرة,خطير,الخطيرة",
    "معارضة,المعارضة,معارض",
    "زوجها,زوجه,زوج",
    "احتجاجات,احتجاج,الاحتجاجات",
    "عقوبات,عقوبة,العقوبات",
    "متظاهرين,متظاهر,المتظاهرون",
    "تدخين,التدخين|تدخ",
    "الجولان|جول",
    "الكرملين|كرمل",
    "آيفون|إيف",
    "توجه|توج",
    "هدف,الهدف,هدفين,بهدفين",
    "مباراة,مباراتين,المباراة,مباراته",
};

static void check_everywhere(enum analyser_name name, const struct evidence *evidence)
{
    struct analyser analyser = {.name = name, .evidence = *evidence};
    expect_groups(&analyser, ALWAYS, sizeof ALWAYS / sizeof ALWAYS[0]);
}

/* What print keeps apart and the fold does not; dots under a final yeh only where they are printed.
 */
static void homographs(void **state)
{
    (void)state;
    static const char *const groups[] = {
        "إمام,الإمام,للإمام,وإمام|أمام,امام,وأمام", "فئة,الفئة,فئات,الفئات,فئتين,للفئات|فيه,وفيه",
        "آلية,الآلية,آليات,بالآليات,آليته|إليه,اليه,وإليه|آلي,الآلي", "آلي,الآلي|إلى,إلي,الى"};
    static const char *const dots[] = {"علي,وعلي,العلي|على,وعلى|والي", "والي,الوالي|وإلى,والى"};
    static const char *const no_dots[] = {"علي,على,وعلى,وعلي|العلي", "والي,وإلى,إلى|الوالي"};
    for (uint64_t without = 0; without <= 10; without += 10) {
        struct evidence evidence;
        struct buffer table;
        struct error error;
        buffer_init(&table, 1 << 16);
        struct evidence_builder *builder = evidence_builder_new();
        assert_non_null(builder);
        assert_int_equal(evidence_builder_add(builder, "في", 4, 19, &error), STATUS_OK);
        assert_int_equal(evidence_builder_add(builder, "فى", 4, without, &error), STATUS_OK);
        assert_int_equal(evidence_builder_finish(builder, &table, &error), STATUS_OK);
        evidence_builder_free(builder);
        assert_int_equal(evidence_open(&evidence, table.bytes, table.size, &error), STATUS_OK);
        const struct analyser analyser = {.name = ANALYSER_DEFAULT, .evidence = evidence};
        expect_groups(&analyser, groups, sizeof groups / sizeof groups[0]);
        expect_groups(&analyser, without == 0 ? dots : no_dots, 2);
        struct letters fold = {NULL, 0};
        struct letters key = {NULL, 0};
        for (size_t i = 0; without == 0 && homograph_at(i, &fold, &key); i++) {
            const struct homograph_word word = {fold, 0};
            assert_true(homograph_of_fold(&evidence, &word).size > 0);
        }
        buffer_release(&table);
    }
}

static void without_evidence(void **state)
{
    (void)state;
    struct evidence none = {.slots = NULL};
    check_everywhere(ANALYSER_DEFAULT, &none);
}

static void with_seeds(void **state)
{
    (void)state;
    struct buffer text;
    struct buffer table;
    struct evidence evidence;
    buffer_init(&text, LEARNING_TEXT_MAX);
    buffer_init(&table, LEARNING_TEXT_MAX);
    if (!learning_read_seeds(&text)) {
        fprintf(stderr, "skipped: no %s/seeds (set FIHRIS_DATA)\n", learning_folder());
        skip();
    }
    learning_count(&text, &table, &evidence);
    check_everywhere(ANALYSER_DEFAULT, &evidence);
    struct analyser analyser = {.name = ANALYSER_DEFAULT, .evidence = evidence};
    expect_groups(&analyser, SEEDS, sizeof SEEDS / sizeof SEEDS[0]);
    filter_changes_nothing(&analyser, &text);
    hashtags_are_words(&analyser, &text);
    buffer_release(&text);
    buffer_release(&table);
}

/* For every word of the text: the class of each of its classes is that class. */
static void classes_are_their_own(const struct analyser *analyser, const struct buffer *text)
{
    struct token tokens[1024];
    size_t offset = 0;
    size_t count = 0;
    const char *bytes = (const char *)text->bytes;
    while ((count = token_scan(bytes, text->size, &offset, tokens, 1024)) > 0) {
        for (size_t i = 0; i < count; i++) {
            enum token_kind kind = (enum token_kind)tokens[i].kind;
            if (kind != TOKEN_WORD) {
                continue;
            }
            size_t made = analyser_word(analyser, bytes + tokens[i].start,
                                        tokens[i].end - tokens[i].start, kind, parts);
            for (size_t k = 0; k < made; k++) {
                static struct analysis again[ANALYSIS_PARTS_MAX];
                size_t more =
                    analyser_word(analyser, parts[k].class_key, parts[k].class_size, kind, again);
                if (more != 1 || again[0].class_size != parts[k].class_size ||
                    memcmp(again[0].class_key, parts[k].class_key, parts[k].class_size) != 0) {
                    fail_msg("%.*s: class %.*s, whose class is %.*s",
                             (int)(tokens[i].end - tokens[i].start), bytes + tokens[i].start,
                             (int)parts[k].class_size, parts[k].class_key, (int)again[0].class_size,
                             again[0].class_key);
                }
            }
        }
    }
}

static void with_news(void **state)
{
    (void)state;
    struct buffer text;
    struct buffer table;
    struct evidence evidence;
    buffer_init(&text, LEARNING_TEXT_MAX);
    buffer_init(&table, LEARNING_TEXT_MAX);
    if (!learning_read_news(&text)) {
        fprintf(stderr, "skipped: no %s/data/news-dev.jsonl.zst (set FIHRIS_DATA)\n",
                learning_folder());
        skip();
    }
    /* A slice of every article's kind; the whole with FIHRIS_LONG=1. */
    const char *longer = getenv("FIHRIS_LONG");
    learning_count(&text, &table, &evidence);
    check_everywhere(ANALYSER_DEFAULT, &evidence);
    struct analyser analyser = {.name = ANALYSER_DEFAULT, .evidence = evidence};
    expect_groups(&analyser, NEWS, sizeof NEWS / sizeof NEWS[0]);
    if (longer == NULL || longer[0] != '1') {
        text.size = text.size < 8 << 20 ? text.size : 8 << 20;
    }
    classes_are_their_own(&analyser, &text);
    filter_changes_nothing(&analyser, &text);
    hashtags_are_words(&analyser, &text);
    buffer_release(&text);
    buffer_release(&table);
}

/* --- parts ---------------------------------------------------------------------------------- */

static void describe(const struct analyser *analyser, const char *text, char *out)
{
    struct token token;
    size_t offset = 0;
    assert_int_equal(token_scan(text, strlen(text), &offset, &token, 1), 1);
    size_t made = analyser_word(analyser, text + token.start, token.end - token.start,
                                (enum token_kind)token.kind, parts);
    out[0] = 0;
    for (size_t k = 0; k < made; k++) {
        size_t used = strlen(out);
        (void)snprintf(out + used, CLASS_MAX - used, "%s%u %.*s %.*s %.*s", k > 0 ? "; " : "",
                       parts[k].advance, (int)parts[k].form_size, parts[k].form,
                       (int)parts[k].fold_size, parts[k].fold, (int)parts[k].class_size,
                       parts[k].class_key);
    }
}

static void shapes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"المَغْــرِب", "0 المغرب المغرب مغرب"},
        {"#المغرب_الجديد",
         "0 #المغرب_الجديد #المغرب_الجديد #المغرب_الجديد; 0 المغرب المغرب مغرب; 1 الجديد الجديد "
         "جديد"},
        {"عبدالله", "0 عبد عبد عبد; 1 الله الله الله"},
        {"وعبدالله", "0 وعبد وعبد عبد; 1 الله الله الله"},
        {"ﷺ", "0 صلى صلي صلي; 1 الله الله الله; 1 عليه عليه عليه; 1 وسلم وسلم سلم"},
        {"@Hespress_AR", "0 @Hespress_AR @hespress_ar @hespress_ar"},
        {"http://A.com/B", "0 http://A.com/B http://a.com/b http://a.com/b"},
        {"الـ93", "0 ال93 ال93 93"},
        {"١٬٢٣٤", "0 ١٬٢٣٤ 1,234 1234"},
        {"1.500.000", "0 1.500.000 1.500.000 1500000"},
        {"24/11/2025", "0 24/11/2025 24/11/2025 24/11/2025"},
        {"1,23,4", "0 1,23,4 1,23,4 1,23,4"},
        {"و.م.ع", "0 و.م.ع و.م.ع و.م.ع"},
    };
    struct analyser analyser = {.name = ANALYSER_DEFAULT};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char got[CLASS_MAX];
        describe(&analyser, cases[i][0], got);
        assert_string_equal(got, cases[i][1]);
    }
    size_t made = analyser_word(&analyser, "ـَ", strlen("ـَ"), TOKEN_WORD, parts);
    assert_int_equal(made, 1);
    assert_int_equal(parts[0].class_size, 0);
}

static void names(void **state)
{
    (void)state;
    struct error error;
    for (int i = 0; i <= (int)ANALYSER_FOLD; i++) {
        enum analyser_name name = ANALYSER_DEFAULT;
        assert_int_equal(
            analyser_name_parse(analyser_name_text((enum analyser_name)i), &name, &error),
            STATUS_OK);
        assert_int_equal(name, i);
    }
    enum analyser_name name = ANALYSER_DEFAULT;
    assert_int_equal(analyser_name_parse("snowball", &name, &error), STATUS_USAGE);
    assert_non_null(strstr(error.message, "light10"));
    char out[8];
    assert_int_equal(analyser_fold("أب أم", strlen("أب أم"), out, sizeof out), 7);
    assert_memory_equal(out, "اب ا", 7);
}

/* Any word, any evidence: bounds hold and sizes are consistent. */
static void random_words(void **state)
{
    (void)state;
    static const char *const letters[] = {"و",   "ال",  "ل", "ب", "ه", "ا", "ت",    "ي", "ن", "ين",
                                          "عبد", "ابو", "_", "#", "1", ",", "\xFF", "ﷺ", "s", "'"};
    uint64_t seed = 88172645463325252u;
    for (size_t round = 0; round < 50000; round++) {
        char word[TOKEN_BYTES_MAX];
        size_t size = 0;
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        size_t wanted = seed % (round % 10 == 0 ? 240 : 24);
        while (size < wanted) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            const char *letter = letters[(seed >> 9) % (sizeof letters / sizeof letters[0])];
            memcpy(word + size, letter, strlen(letter));
            size += strlen(letter);
        }
        for (int name = 0; name <= (int)ANALYSER_FOLD; name++) {
            struct analyser analyser = {.name = (enum analyser_name)name};
            size_t made =
                analyser_word(&analyser, word, size, (enum token_kind)((seed >> 32) % 6), parts);
            assert_in_range(made, 1, ANALYSIS_PARTS_MAX);
            for (size_t k = 0; k < made; k++) {
                assert_true(parts[k].class_size <= ANALYSIS_BYTES_MAX);
                assert_true(parts[k].proclitics + parts[k].enclitics <= parts[k].fold_size);
            }
        }
    }
}

/* What tells nearly all words from homographs tells no homograph so. */
static void homographs_may_be(void **state)
{
    (void)state;
    static const char *const fronts[] = {"", "و", "ب", "ال", "وال", "بال", "لل", "كال", "ف"};
    static const char *const forms[] = {"علي", "والي", "آليات", "آليت", "آلية",
                                        "آلي", "فئات", "فئت",   "فئة",  "إمام"};
    static const char *const ends[] = {"", "ها", "ه", "ين"};
    const struct evidence none = {.slots = NULL};
    size_t found = 0;
    for (size_t i = 0; i < 9 * 10 * 4; i++) {
        char form[ANALYSIS_BYTES_MAX] = {0};
        size_t size = (size_t)snprintf(form, sizeof form, "%s%s%s", fronts[i / 40],
                                       forms[i / 4 % 10], ends[i % 4]);
        for (size_t front = 0; front < size; front += 2) {
            const struct homograph_word word = {{form, size}, front};
            if (homograph_of_form(&none, &word).size > 0) {
                assert_true(homograph_may_be(form, size, front));
                found++;
            }
        }
    }
    assert_true(found > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),       cmocka_unit_test(names),
        cmocka_unit_test(random_words), cmocka_unit_test(without_evidence),
        cmocka_unit_test(with_seeds),   cmocka_unit_test(with_news),
        cmocka_unit_test(homographs),   cmocka_unit_test(homographs_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
