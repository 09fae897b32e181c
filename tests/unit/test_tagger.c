#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "entity/name.h"
#include "entity/vocabulary.h"
#include "tagging.h"
#include "text/analyser.h"

/* The rules, a line each: a text, and the mentions in it as "TYPE key (alias)", in order. */

struct rule {
    const char *text;
    const char *mentions;
};

static const struct rule rules[] = {
    /* places: names, variants, clitics */
    {"زار المغرب وفرنسا", "L المغرب (المغرب); L فرنسا (فرنسا)"},
    {"في المملكة المغربية", "L المغرب (المملكة المغربية)"},
    {"للمملكة المغربية", "L المغرب (المملكة المغربية)"},
    {"بمراكش ولندن", "L مراكش (مراكش); L لندن (لندن)"},
    {"وبالمغرب", "L المغرب (المغرب)"},
    {"هولندا والأراضي المنخفضة",
     "L الاراضي المنخفضه (هولندا); L الاراضي المنخفضه (الأراضي المنخفضة)"},
    {"في مدينة الرباط", "L الرباط (الرباط)"},
    {"لبنان وإيران وطهران", "L لبنان (لبنان); L ايران (إيران); L طهران (طهران)"},
    {"إلى مصر ولمصر", "L مصر (مصر); L مصر (مصر)"},
    {"كوريا الجنوبية وكوريا الشمالية",
     "L كوريا الجنوبيه (كوريا الجنوبية); L كوريا الشماليه (كوريا الشمالية)"},
    /* a phrase does not cross what stands between */
    {"كوريا. الجنوبية", ""},
    {"الأمم\nالمتحدة", ""},
    /* names that are words need a sign */
    {"دعم مالي كبير", ""},
    {"زيارة إلى مالي", "L مالي (مالي)"},
    {"النيجر ومالي وتشاد", "L النيجر (النيجر); L مالي (مالي); L تشاد (تشاد)"},
    {"أصبح رقماً روسياً", ""},
    {"تفجير في كابل", "L كابول (كابل)"},
    {"سعر كابل يو إس بي", ""},
    {"على القاعدة", ""},
    {"في مدينة قرطناجنة القديمة", "L قرطناجنه (قرطناجنة)"},
    /* organisations */
    {"قالت الأمم المتحدة", "O الامم المتحده (الأمم المتحدة)"},
    {"ممثلي هيئة الأمم المتحدة", "O الامم المتحده (هيئة الأمم المتحدة)"},
    {"للأنتربول", "O الانتربول (الأنتربول)"},
    {"منظمة الأنتربول", "O الانتربول (منظمة الأنتربول)"},
    {"للمنظمة الدولية للشرطة الجنائية", "O الانتربول (المنظمة الدولية للشرطة الجنائية)"},
    {"مكتب الأمم المتحدة لمكافحة الإرهاب",
     "O مكتب الامم المتحده لمكافحه الارهاب (مكتب الأمم المتحدة لمكافحة الإرهاب)"},
    {"مع الشرطة النرويجية لتطوير", "O الشرطه النرويجيه (الشرطة النرويجية)"},
    {"دور الشرطة المجتمعية", ""},
    {"مدير الشرطة الدنماركي", ""},
    {"سفارة الدنمارك بالرباط", "O سفاره الدنمارك (سفارة الدنمارك); L الرباط (الرباط)"},
    {"وزارة الداخلية والوزير", "O وزاره الداخليه (وزارة الداخلية)"},
    {"وزارة الصحة والسكان", "O وزاره الصحه والسكان (وزارة الصحة والسكان)"},
    {"رئيس مجلس الإدارة", ""},
    {"جامعة نايف العربية للعلوم الأمنية",
     "O جامعه نايف العربيه للعلوم الامنيه (جامعة نايف العربية للعلوم الأمنية)"},
    /* plain words that look like a clitic or the article, and a name */
    {"لعب بحماس كبير وبنفس الحماس قبل فوات الأوان", ""},
    {"قيادة حركة حماس ولحماس وفتح", "O حركه حماس (حركة حماس); O حركه حماس (حماس)"},
    {"السؤال المطروح. كسرت حواجز", ""},
    {"على الفيسبوك", "O فيسبوك (الفيسبوك)"},
    {"مندوب مصر الدائم لدى", "L مصر (مصر)"},
    /* persons */
    {"قال محمد العتيبي أمس", "P محمد عتيبي (محمد العتيبي)"},
    {"السيد حموشي", "P حموشي (حموشي)"},
    {"السيد عبد اللطيف الحموشي", "P عبد اللطيف حموشي (عبد اللطيف الحموشي)"},
    {"عبداللطيف الحموشي", "P عبد اللطيف حموشي (عبداللطيف الحموشي)"},
    {"الرئيس ترامب", "P دونالد ترامب (ترامب)"},
    {"ميلانيا ترامب", "P ميلانيا ترامب (ميلانيا ترامب)"},
    {"أحمد ومحمد", ""},
    {"الملك محمد السادس", "P محمد سادس (محمد السادس)"},
    {"وزير الخارجية السوري وليد المعلم", "P وليد معلم (وليد المعلم)"},
    {"محمد بن سلمان", "P محمد بنسلمان (محمد بن سلمان)"},
    {"وأكد أن على الجميع", ""},
    {"قمة ترامب-بوتين", "P دونالد ترامب (ترامب); P فلاديمير بوتين (بوتين)"},
    {"كوندوليزا رايس ستزور المنطقة", "P كوندوليزا رايس (كوندوليزا رايس)"},
    {"جان-كلود يونكر", "P جان كلود يونكر (جان كلود يونكر)"},
    /* short forms, before and after */
    {"عبد اللطيف حموشي. قال الحموشي",
     "P عبد اللطيف حموشي (عبد اللطيف حموشي); P عبد اللطيف حموشي (الحموشي)"},
    {"التقى حموشي. هو عبد اللطيف الحموشي",
     "P عبد اللطيف حموشي (حموشي); P عبد اللطيف حموشي (عبد اللطيف الحموشي)"},
    {"عبد اللطيف حموشي. لقاء للحموشي",
     "P عبد اللطيف حموشي (عبد اللطيف حموشي); P عبد اللطيف حموشي (الحموشي)"},
    {"عبد اللطيف حموشي. وقال وحموشي",
     "P عبد اللطيف حموشي (عبد اللطيف حموشي); P عبد اللطيف حموشي (حموشي)"},
    {"يوسف الشاهد. محمد العتيبي. العتيبي",
     "P يوسف شاهد (يوسف الشاهد); P محمد عتيبي (محمد العتيبي); P محمد عتيبي (العتيبي)"},
    {"علي العتيبي. محمد العتيبي. العتيبي",
     "P علي عتيبي (علي العتيبي); P محمد عتيبي (محمد العتيبي); P محمد عتيبي (العتيبي)"},
    /* given names of two words, surnames that are words */
    {"أبدى عبد الملك الحوثي زعيم المتمردين", "P عبد الملك حوثي (عبد الملك الحوثي)"},
    {"عبدالملك الحوثي البهائيين", "P عبد الملك حوثي (عبدالملك الحوثي)"},
    {"عبد الملك الحوثي. القيادي الحوثي أبو علي", "P عبد الملك حوثي (عبد الملك الحوثي)"},
    {"قال سعد الدين العثماني أمس", "P سعد دين عثماني (سعد الدين العثماني)"},
    {"قال عز الدين العلام", "P عز دين علام (عز الدين العلام)"},
    {"نور الدين الطبوبي. للطبوبي",
     "P نور دين طبوبي (نور الدين الطبوبي); P نور دين طبوبي (الطبوبي)"},
    {"رضا شرف الدين", "P رضا شرف دين (رضا شرف الدين)"},
    {"حسين العباسي", "P حسين عباسي (حسين العباسي)"},
    {"بطل كمال الأجسام. رجال الدين. عز وجل", ""},
    /* the last name of somebody famous */
    {"قال المالكي", "P نوري مالكي (المالكي)"},
    {"العقيد تركي المالكي. قال المالكي", "P تركي مالكي (تركي المالكي); P تركي مالكي (المالكي)"},
    {"وأضاف المالكي. لقاء رياض المالكي", "P رياض مالكي (المالكي); P رياض مالكي (رياض المالكي)"},
    {"رياض المالكي. نوري المالكي. للمالكي",
     "P رياض مالكي (رياض المالكي); P نوري مالكي (نوري المالكي); P نوري مالكي (المالكي)"},
    {"ميلانيا ترامب. قال ترامب", "P ميلانيا ترامب (ميلانيا ترامب); P دونالد ترامب (ترامب)"},
    {"وسيجرم نتنياهو", "P بنيامين نتنياهو (نتنياهو)"},
    {"قمة ترامب بوتين", "P دونالد ترامب (ترامب); P فلاديمير بوتين (بوتين)"},
    /* a word behind a name */
    {"محمد صلاح سيسافر", "P محمد صلاح سيسافر (محمد صلاح سيسافر)"},
    {"محمد صلاح سيسافر. محمد صلاح", "P محمد صلاح (محمد صلاح سيسافر); P محمد صلاح (محمد صلاح)"},
    {"نواز شريف تطعن. نواز شريف. نواز شريف",
     "P نواز شريف (نواز شريف تطعن); P نواز شريف (نواز شريف); P نواز شريف (نواز شريف)"},
    {"كيم جونغ أون. كيم جونغ. كيم جونغ",
     "P كيم جونغ اون (كيم جونغ أون); P كيم جونغ اون (كيم جونغ); P كيم جونغ اون (كيم جونغ)"},
    /* one spelling */
    {"جيريمي كوربين. قال كوربن", "P جيريمي كوربين (جيريمي كوربين); P جيريمي كوربين (كوربن)"},
    {"السفارة الأميركية", "O السفاره الامريكيه (السفارة الأميركية)"},
    /* the Latin spelling behind a name */
    {"فرانسيسكو باردو بيكيراس  Francisco PARDO PIQUERAS”",
     "P فرانسيسكو باردو بيكيراس (فرانسيسكو باردو بيكيراس); P فرانسيسكو باردو بيكيراس (Francisco "
     "PARDO PIQUERAS)"},
    {"شركة Apple Inc", ""},
    /* print: marks, tatweel, presentation forms */
    {"بـالـمَـغْـرِب", "L المغرب (المغرب)"},
};

static void print_mentions(const struct tagging *tagging, char *out, size_t out_size)
{
    size_t size = 0;
    out[0] = 0;
    for (size_t i = 0; i < tagging->mention_count; i++) {
        const struct mention *mention = &tagging->mentions[i];
        struct entity_name called = tagging_name(tagging, mention);
        size +=
            (size_t)snprintf(out + size, out_size - size, "%s%c %.*s (%.*s)", i == 0 ? "" : "; ",
                             entity_type_letter(mention->type), (int)called.key_size, called.key,
                             (int)called.alias_size, called.alias);
    }
}

static void test_rules(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct tagging tagging;
        tagging_make(&tagging, rules[i].text, strlen(rules[i].text), 0);
        char found[4096];
        print_mentions(&tagging, found, sizeof found);
        if (strcmp(found, rules[i].mentions) != 0) {
            print_message("%s\n  expected %s\n  found    %s\n", rules[i].text, rules[i].mentions,
                          found);
            failures++;
        }
        tagging_release(&tagging);
    }
    assert_int_equal(failures, 0);
}

/* A word of the vocabulary is its own fold, and is found where it stands. */
static void test_vocabulary(void **state)
{
    (void)state;
    const char *text = NULL;
    size_t size = 0;
    uint32_t id = 0;
    uint32_t at = 0;
    size_t count = 0;
    while ((at = vocabulary_next(at, &text, &size, &id)) != 0) {
        char fold[256];
        struct word word;
        assert_int_equal(analyser_fold(text, size, fold, sizeof fold), size);
        assert_memory_equal(fold, text, size);
        assert_true(vocabulary_find(text, size, &word));
        assert_int_equal(word.id, id);
        count++;
    }
    assert_true(count > 30000);
    struct word word;
    assert_false(vocabulary_find("", 0, &word));
    assert_false(vocabulary_find("ق", 1, &word));
    assert_int_equal(word.id, WORD_NONE);
}

/* The generator and the code agree on keys, and every entity is found by its name and its key. */
static void test_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < known_entity_count(); i++) {
        struct known_entity known = known_entity_at(i);
        enum entity_type type = known.type == 'P'   ? ENTITY_PERSON
                                : known.type == 'O' ? ENTITY_ORGANISATION
                                                    : ENTITY_PLACE;
        char key[NAME_BYTES_MAX];
        size_t size = tagger_name_key(type, known.name, known.name_size, key, sizeof key);
        if (size != known.key_size || memcmp(key, known.key, size) != 0) {
            fail_msg("%s: key %.*s, in the table %s", known.name, (int)size, key, known.key);
        }
        const char *name = tagger_display(tagger_shipped(), type, known.key, known.key_size);
        if (name == NULL || strcmp(name, known.name) != 0) {
            fail_msg("%s is shown as %s", known.key, name == NULL ? "nothing" : name);
        }
    }
}

static const struct {
    enum entity_type type;
    const char *name;
    const char *key;
} keys[] = {
    {ENTITY_PERSON, "عبد اللطيف حموشي", "عبد اللطيف حموشي"},
    {ENTITY_PERSON, "عبد اللطيف الحموشي", "عبد اللطيف حموشي"},
    {ENTITY_PERSON, "عبداللطيف الحموشي", "عبد اللطيف حموشي"},
    {ENTITY_PERSON, "الحموشي", "حموشي"},
    {ENTITY_PERSON, "أبو مازن", "ابو مازن"},
    {ENTITY_PERSON, "أبي مازن", "ابو مازن"},
    {ENTITY_PERSON, "أبومازن", "ابو مازن"},
    {ENTITY_PERSON, "محمد ابن سلمان", "محمد بنسلمان"},
    {ENTITY_PERSON, "حسن نصرالله", "حسن نصر الله"},
    {ENTITY_PERSON, "سلمان بن عبد العزيز", "سلمان بنعبد العزيز"},
    {ENTITY_PERSON, "سلمان بن عبدالعزيز", "سلمان بنعبد العزيز"},
    {ENTITY_PERSON, "نبيل بنعبدالله", "نبيل بنعبد الله"},
    {ENTITY_PERSON, "أبو عبد الرحمن", "ابو عبد الرحمن"},
    {ENTITY_PERSON, "أبو عبدالرحمان", "ابو عبد الرحمن"},
    {ENTITY_PERSON, "أبوعبدالرحمن", "ابو عبد الرحمن"},
    {ENTITY_PERSON, "نورالدين الطبوبي", "نور دين طبوبي"},
    {ENTITY_PERSON, "نور الدين الطبوبي", "نور دين طبوبي"},
    {ENTITY_PERSON, "باولو مالديني", "باولو مالديني"},
    {ENTITY_PERSON, "عبد الله الثاني", "عبد الله ثاني"},
    {ENTITY_PERSON, "عبد الله آل ثاني", "عبد الله ال ثاني"},
    {ENTITY_PERSON, "سيرجي سكريبل", "سيرغي سكريبال"},
    {ENTITY_PERSON, "أليكساندر كوغان", "كسندر كوغان"},
    {ENTITY_ORGANISATION, "السفارة الأميركية", "السفاره الامريكيه"},
    {ENTITY_ORGANISATION, "السفارة الأمريكية", "السفاره الامريكيه"},
    {ENTITY_ORGANISATION, "حزب الشعوب الديموقراطي", "حزب الشعوب الديمقراطي"},
    {ENTITY_ORGANISATION, "قوات سورية الديموقراطية", "قوات سوريا الديمقراطيه"},
    {ENTITY_ORGANISATION, "القوات السورية", "القوات السوريه"},
    {ENTITY_PERSON, "Francisco PARDO", "francisco pardo"},
    {ENTITY_PLACE, "المملكة المغربية", "المغرب"},
    {ENTITY_PLACE, "أفريقيا", "افريقيا"},
    {ENTITY_PLACE, "إفريقيا", "افريقيا"},
    {ENTITY_PLACE, "قرطناجنة", "قرطناجنه"},
    {ENTITY_ORGANISATION, "أنتربول", "الانتربول"},
    {ENTITY_ORGANISATION, "القاعدة", "تنظيم القاعده"},
    {ENTITY_PLACE, "كابل", "كابول"},
    {ENTITY_PERSON, "Trump", "دونالد ترامب"},
    {ENTITY_PERSON, "Lionel MESSI", "ليونيل ميسي"},
    {ENTITY_PERSON, "المالكي", "مالكي"},
    {ENTITY_ORGANISATION, "", ""},
    {ENTITY_PERSON, "", ""},
};

static void test_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char key[NAME_BYTES_MAX];
        size_t size =
            tagger_name_key(keys[i].type, keys[i].name, strlen(keys[i].name), key, sizeof key - 1);
        key[size] = 0;
        assert_string_equal(key, keys[i].key);
        /* A key is its own key. */
        char again[NAME_BYTES_MAX];
        size_t again_size = tagger_name_key(keys[i].type, key, size, again, sizeof again);
        assert_int_equal(again_size, size);
        assert_memory_equal(again, key, size);
        /* Short memory is never overrun. */
        for (size_t room = 0; room < size; room++) {
            char *tight = malloc(room + 1);
            assert_non_null(tight);
            assert_true(tagger_name_key(keys[i].type, keys[i].name, strlen(keys[i].name), tight,
                                        room) <= room);
            free(tight);
        }
    }
}

/* The same article gives the same mentions whatever the scratch saw before. */
static void test_reuse(void **state)
{
    (void)state;
    static const char text[] = "قال عبد اللطيف حموشي في الرباط";
    struct tagging tagging;
    tagging_make(&tagging, text, sizeof text - 1, 0);
    char first[1024];
    print_mentions(&tagging, first, sizeof first);
    struct tagger_article article = {
        .text = text,
        .text_size = sizeof text - 1,
        .tokens = tagging.tokens,
        .words = tagging.words,
        .forms = tagging.forms,
        .token_count = 2,
    };
    struct error error;
    assert_int_equal(
        tagger_find(tagging.scratch, &article, &tagging.mentions, &tagging.mention_count, &error),
        STATUS_OK);
    assert_int_equal(tagging.mention_count, 0);
    article.token_count = tagging.token_count;
    assert_int_equal(
        tagger_find(tagging.scratch, &article, &tagging.mentions, &tagging.mention_count, &error),
        STATUS_OK);
    char again[1024];
    print_mentions(&tagging, again, sizeof again);
    assert_string_equal(first, again);
    tagging_release(&tagging);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules), cmocka_unit_test(test_vocabulary),
        cmocka_unit_test(test_known), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_reuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
