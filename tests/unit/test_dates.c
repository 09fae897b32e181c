#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tagging.h"

/* Dates, a line each: a text, the article's own date, and the dates in it as "key (alias)". */

static const struct {
    const char *text;
    uint32_t date;
    const char *dates;
} cases[] = {
    /* full dates, with and without a weekday */
    {"الأربعاء 10 غشت 2022", 0, "2022-08-10 (الأربعاء 10 غشت 2022)"},
    {"يوم الأربعاء، 10 غشت 2022", 0, "2022-08-10 (الأربعاء 10 غشت 2022)"},
    {"في 1 يناير 2018.", 0, "2018-01-01 (1 يناير 2018)"},
    {"١٠ غشت ٢٠٢٢", 0, "2022-08-10 (١٠ غشت ٢٠٢٢)"},
    {"10 من شهر غشت سنة 2022", 0, "2022-08-10 (10 من شهر غشت سنة 2022)"},
    {"10 غشت من عام 2022", 0, "2022-08-10 (10 غشت من عام 2022)"},
    /* the month names of every country */
    {"1 جانفي 2017", 0, "2017-01-01 (1 جانفي 2017)"},
    {"2 فيفري 2017", 0, "2017-02-02 (2 فيفري 2017)"},
    {"3 مارس 2017", 0, "2017-03-03 (3 مارس 2017)"},
    {"4 أفريل 2017", 0, "2017-04-04 (4 أفريل 2017)"},
    {"5 ماي 2017", 0, "2017-05-05 (5 ماي 2017)"},
    {"6 جوان 2017", 0, "2017-06-06 (6 جوان 2017)"},
    {"7 جويلية 2017", 0, "2017-07-07 (7 جويلية 2017)"},
    {"8 أوت 2017", 0, "2017-08-08 (8 أوت 2017)"},
    {"9 شتنبر 2017", 0, "2017-09-09 (9 شتنبر 2017)"},
    {"10 أكتوبر 2017", 0, "2017-10-10 (10 أكتوبر 2017)"},
    {"11 نونبر 2017", 0, "2017-11-11 (11 نونبر 2017)"},
    {"12 دجنبر 2017", 0, "2017-12-12 (12 دجنبر 2017)"},
    {"7 يوليوز 2017", 0, "2017-07-07 (7 يوليوز 2017)"},
    {"1 كانون الثاني 2017", 0, "2017-01-01 (1 كانون الثاني 2017)"},
    {"1 شباط 2017", 0, "2017-02-01 (1 شباط 2017)"},
    {"1 آذار 2017", 0, "2017-03-01 (1 آذار 2017)"},
    {"1 نيسان 2017", 0, "2017-04-01 (1 نيسان 2017)"},
    {"1 أيار 2017", 0, "2017-05-01 (1 أيار 2017)"},
    {"1 حزيران 2017", 0, "2017-06-01 (1 حزيران 2017)"},
    {"1 تموز 2017", 0, "2017-07-01 (1 تموز 2017)"},
    {"1 آب 2017", 0, "2017-08-01 (1 آب 2017)"},
    {"1 أيلول 2017", 0, "2017-09-01 (1 أيلول 2017)"},
    {"1 تشرين الأول 2017", 0, "2017-10-01 (1 تشرين الأول 2017)"},
    {"1 تشرين الثاني 2017", 0, "2017-11-01 (1 تشرين الثاني 2017)"},
    {"1 كانون الأول 2017", 0, "2017-12-01 (1 كانون الأول 2017)"},
    {"1 أغشت 2017", 0, "2017-08-01 (1 أغشت 2017)"},
    {"1 الفاتح 1985", 0, "1985-09-01 (1 الفاتح 1985)"},
    {"2 ناصر", 0, ""},
    /* two names for one month */
    {"10 كانون الثاني/يناير 2018", 0, "2018-01-10 (10 كانون الثاني/يناير 2018)"},
    {"10 يناير (كانون الثاني) 2018", 0, "2018-01-10 (10 يناير كانون الثاني 2018)"},
    {"نوفمبر/تشرين الثاني 2018", 0, "2018-11 (نوفمبر/تشرين الثاني 2018)"},
    /* ranges */
    {"بين 24 و27 نونبر 2025", 0, "2025-11-24..2025-11-27 (24 و27 نونبر 2025)"},
    {"بين 24 و 27 نونبر 2025", 0, "2025-11-24..2025-11-27 (24 و 27 نونبر 2025)"},
    {"من 3 إلى 5 مارس", 0, "--03-03..--03-05 (3 إلى 5 مارس)"},
    {"24-27 نونبر 2025", 0, "2025-11-24..2025-11-27 (24-27 نونبر 2025)"},
    {"من 24 نونبر إلى 3 دجنبر 2025", 0, "2025-11-24..2025-12-03 (24 نونبر إلى 3 دجنبر 2025)"},
    {"من 24 دجنبر إلى 3 يناير 2026", 0, "2025-12-24..2026-01-03 (24 دجنبر إلى 3 يناير 2026)"},
    {"بين 14 يونيو و15 يوليو 2018", 0, "2018-06-14..2018-07-15 (14 يونيو و15 يوليو 2018)"},
    /* what is not said is not made up */
    {"يوم الثلاثاء 27 يناير الجاري", 0, "--01-27 (الثلاثاء 27 يناير)"},
    {"27 يناير", 0, "--01-27 (27 يناير)"},
    {"نونبر 2025", 0, "2025-11 (نونبر 2025)"},
    {"منذ عام 2025", 0, "2025 (2025)"},
    {"عام 1439", 0, ""},
    {"بلغ 2025 درهما", 0, ""},
    {"يوم الثلاثاء", 0, ""},
    {"في يناير", 20260215, ""},
    /* the article's own date helps */
    {"27 يناير الجاري", 20260128, "2026-01-27 (27 يناير)"},
    {"20 دجنبر الماضي", 20260128, "2025-12-20 (20 دجنبر)"},
    {"3 فبراير المقبل", 20260128, "2026-02-03 (3 فبراير)"},
    {"3 يناير المقبل", 20260128, "2027-01-03 (3 يناير)"},
    {"يناير الماضي", 20260215, "2026-01 (يناير)"},
    {"دجنبر الماضي", 20260215, "2025-12 (دجنبر)"},
    {"الثلاثاء 27 يناير", 20260128, "2026-01-27 (الثلاثاء 27 يناير)"},
    {"الأربعاء 27 يناير", 20260128, "--01-27 (الأربعاء 27 يناير)"},
    {"27 يناير الماضي", 99999999, "--01-27 (27 يناير)"},
    /* months that are words */
    {"مارس الرياضة", 0, ""},
    {"مارس 2018", 0, "2018-03 (مارس 2018)"},
    {"آب الرجل", 0, ""},
    {"تيريزا ماي الماضي", 20260128, ""},
    /* figures */
    {"24/11/2025", 0, "2025-11-24 (24/11/2025)"},
    {"2025-11-24", 0, "2025-11-24 (2025-11-24)"},
    {"11/24/2025", 0, "2025-11-24 (11/24/2025)"},
    {"31/2/2025", 0, ""},
    {"12:30", 0, ""},
    {"1.500.000", 0, ""},
    {"فاز 3-1", 0, ""},
    /* no such day */
    {"31 أبريل 2018", 0, ""},
    {"29 فبراير 2018", 0, ""},
    {"29 فبراير 2020", 0, "2020-02-29 (29 فبراير 2020)"},
    {"45 يناير", 0, ""},
    /* what stands between stops */
    {"27. يناير", 0, ""},
    {"27\nيناير", 0, ""},
    /* other calendars are left alone */
    {"15 رمضان 1440", 0, ""},
};

static void test_cases(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tagging tagging;
        tagging_make(&tagging, cases[i].text, strlen(cases[i].text), cases[i].date);
        char found[1024] = "";
        size_t size = 0;
        for (size_t j = 0; j < tagging.mention_count; j++) {
            const struct mention *mention = &tagging.mentions[j];
            if (mention->type == ENTITY_DATE) {
                struct entity_name called = tagging_name(&tagging, mention);
                size += (size_t)snprintf(found + size, sizeof found - size, "%s%.*s (%.*s)",
                                         size == 0 ? "" : "; ", (int)called.key_size, called.key,
                                         (int)called.alias_size, called.alias);
            }
        }
        if (strcmp(found, cases[i].dates) != 0) {
            print_message("%s\n  expected %s\n  found    %s\n", cases[i].text, cases[i].dates,
                          found);
            failures++;
        }
        tagging_release(&tagging);
    }
    assert_int_equal(failures, 0);
}

/* The weekday of every day from 1900 to 2100, against counting: a date with its true weekday gets
 * its year, one with another weekday does not. */
static void test_weekdays(void **state)
{
    (void)state;
    static const char *const names[] = {"الاثنين", "الثلاثاء", "الأربعاء", "الخميس",
                                        "الجمعة",  "السبت",    "الأحد"};
    static const char *const months[] = {"يناير", "فبراير", "مارس",   "أبريل",  "مايو",   "يونيو",
                                         "يوليو", "أغسطس",  "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"};
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned weekday = 0; /* 1 January 1900 was a Monday */
    for (unsigned year = 1900; year <= 2100; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (unsigned month = 1; month <= 12; month++) {
            unsigned last = days[month - 1] + (month == 2 && leap ? 1 : 0);
            for (unsigned day = 1; day <= last; day++, weekday = (weekday + 1) % 7) {
                if ((day + month + year) % 13 != 0) {
                    continue;
                }
                char text[128];
                (void)snprintf(text, sizeof text, "%s %u %s", names[weekday], day,
                               months[month - 1]);
                char key[16];
                (void)snprintf(key, sizeof key, "%04u-%02u-%02u", year, month, day);
                struct tagging tagging;
                tagging_make(&tagging, text, strlen(text), year * 10000 + month * 100 + day);
                assert_int_equal(tagging.mention_count, 1);
                struct entity_name called = tagging_name(&tagging, &tagging.mentions[0]);
                assert_int_equal(called.key_size, strlen(key));
                assert_memory_equal(called.key, key, strlen(key));
                tagging_release(&tagging);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases),
                                       cmocka_unit_test(test_weekdays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
