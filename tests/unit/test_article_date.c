#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "source/date.h"

static const struct sample {
    const char *text;
    uint32_t day;
} samples[] = {
    /* ISO 8601 and its relatives */
    {"2017-01-20", 20170120},
    {"2017-1-2", 20170102},
    {"2017/01/20", 20170120},
    {"2017.01.20", 20170120},
    {"20170120", 20170120},
    {" 2017-01-20\n", 20170120},
    {"2017-01-20T23:30:00Z", 20170120},
    {"2017-01-20T23:30:00+02:00", 20170120},
    {"2017-01-20 23:30:00.123456", 20170120},
    {"20170120T101500Z", 20170120},
    {"2016-02-29", 20160229},
    {"2017-02-29", 0},
    {"1900-02-29", 0},
    {"2000-02-29", 20000229},
    {"2017-13-01", 0},
    {"2017-00-10", 0},
    {"2017-01-00", 0},
    {"2017-01-32", 0},
    /* day first, and month first where only that works */
    {"20/01/2017", 20170120},
    {"20-1-2017", 20170120},
    {"20.01.2017 10:30", 20170120},
    {"01/02/2017", 20170201},
    {"01/20/2017", 20170120},
    {"20/20/2017", 0},
    {"20/01/17", 0},
    {"20/01/20177", 0},
    /* words */
    {"Jan 20, 2017", 20170120},
    {"January 20, 2017 10:15 AM", 20170120},
    {"20 January 2017", 20170120},
    {"Fri, 20 Jan 2017 10:00:00 GMT", 20170120},
    {"Fri Jan 20 10:15:00 2017", 20170120},
    {"20-Jan-2017", 20170120},
    {"20 janvier 2017", 20170120},
    {"3 août 2017", 20170803},
    {"Sept. 3, 2017", 20170903},
    {"31 June 2017", 0},
    {"20 Foo 2017", 0},
    {"20 January", 0},
    {"20 يناير 2017", 20170120},
    {"الجمعة 20 جانفي 2017 - 10:30", 20170120},
    {"10:30 الجمعة 20 جانفي 2017", 20170120},
    {"20 كانون الثاني 2017", 20170120},
    {"20 كانون الثاني/يناير 2017", 20170120},
    {"20 كانون الأول 2017", 20171220},
    {"1 تشرين الأول 2017", 20171001},
    {"1 تشرين الثاني، 2017", 20171101},
    {"٢٠ يناير ٢٠١٧", 20170120},
    {"۲۰ يناير ۲۰۱۷", 20170120},
    {"٢٠١٧-٠١-٢٠", 20170120},
    {"10 غشت 2022", 20220810},
    {"24 نونبر 2025", 20251124},
    {"5 أوت 2014", 20140805},
    {"5 جويلية 2014", 20140705},
    {"5 آب 2014", 20140805},
    {"5 أُغسطس 2014", 20140805},
    {"5 أغسطـس 2014", 20140805},
    {"1 رمضان 1438", 0},
    {"5 ماي 2014", 20140505},
    {"5 مايو 2014", 20140505},
    /* since 1970 */
    {"1484906400", 20170120},
    {"1484906400.25", 20170120},
    {"1484906400000", 20170120},
    {"1484906400000000", 20170120},
    {"951782400", 20000229},
    {"99999999999999999999999", 0},
    /* partial */
    {"2017", 20170000},
    {"2017-01", 20170100},
    {"201701", 20170100},
    {"January 2017", 20170100},
    {"يناير 2017", 20170100},
    /* nothing */
    {"", 0},
    {"  ", 0},
    {"yesterday", 0},
    {"5", 0},
    {"12345", 0},
    {"3.14", 0},
    {"2017-", 0},
    {"-2017-01-20", 0},
    {"0000-00-00", 0},
    {"2017-01-200", 0},
    {"\xFF\xFE\x00", 0},
};

static void samples_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        uint32_t day = article_date_parse(samples[i].text, strlen(samples[i].text));
        if (day != samples[i].day) {
            fail_msg("'%s' gave %u, not %u", samples[i].text, day, samples[i].day);
        }
    }
}

/* Every day of 400 years, counted up, in three ways to write it. */
static void every_day(void **state)
{
    (void)state;
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t since_epoch = 0;
    for (unsigned year = 1970; year < 2370; year++) {
        unsigned leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (unsigned month = 1; month <= 12; month++) {
            for (unsigned day = 1; day <= days[month - 1] + (month == 2 ? leap : 0); day++) {
                uint32_t wanted = year * 10000 + month * 100 + day;
                char text[64];
                int size = snprintf(text, sizeof text, "%u-%02u-%02u", year, month, day);
                assert_int_equal(article_date_parse(text, (size_t)size), wanted);
                size = snprintf(text, sizeof text, "%u/%u/%u", day, month, year);
                assert_int_equal(article_date_parse(text, (size_t)size), wanted);
                if (since_epoch >= 1200) { /* from 9 digits on */
                    size = snprintf(text, sizeof text, "%llu",
                                    (unsigned long long)(since_epoch * 86400 + 86399));
                    assert_int_equal(article_date_parse(text, (size_t)size), wanted);
                }
                since_epoch++;
            }
        }
    }
}

static void long_text_is_cut(void **state)
{
    (void)state;
    static char text[5000];
    memset(text, 'x', sizeof text);
    memcpy(text, "2017-01-20 ", 11);
    assert_int_equal(article_date_parse(text, sizeof text), 20170120);
    memset(text, '1', sizeof text);
    assert_int_equal(article_date_parse(text, sizeof text), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_read),
        cmocka_unit_test(every_day),
        cmocka_unit_test(long_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
