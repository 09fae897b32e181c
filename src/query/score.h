#ifndef QUERY_SCORE_H
#define QUERY_SCORE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "index/impact.h"
#include "index/postings.h"

/* BM25 (S. Robertson, H. Zaragoza, "The probabilistic relevance framework: BM25 and beyond", 2009)
 * with k1 = 1.2, b = 0.75 and Lucene's never-negative idf. Statistics are those of the whole
 * snapshot, so a score does not depend on how it is cut into segments. docs/QUERY.md states it for
 * users. Pure functions, any thread. */

#define SCORE_K1 1.2
#define SCORE_B  0.75

struct score_scale {
    double documents; /* N */
    double fixed;     /* k1 (1 - b) */
    double slope;     /* k1 b / average length */
    double reach;     /* from a block's impact to the most of frequency / (fixed + slope length) */
};

static inline struct score_scale score_scale_of(uint64_t documents, uint64_t tokens)
{
    double count = (double)documents;
    double average = tokens == 0 ? 1.0 : (double)tokens / count;
    double fixed = SCORE_K1 * (1.0 - SCORE_B);
    double slope = SCORE_K1 * SCORE_B / average;
    double pad = slope * IMPACT_PAD;
    return (struct score_scale){.documents = count,
                                .fixed = fixed,
                                .slope = slope,
                                .reach = (fixed < pad ? pad / fixed : 1.0) / slope};
}

static inline double score_idf(const struct score_scale *scale, uint64_t document_frequency)
{
    double df = (double)document_frequency;
    return log(1.0 + (scale->documents - df + 0.5) / (df + 0.5));
}

/* `idf`: of the term, or the sum over a phrase's words. Grows with frequency, falls with length. */
static inline double score_value(const struct score_scale *scale, double idf, double frequency,
                                 double length)
{
    return idf * ((SCORE_K1 + 1.0) * frequency) /
           (frequency + (scale->fixed + scale->slope * length));
}

/* Whether score_value() is above a threshold, without dividing; perhaps yes where it is not, by
 * 1e-9 of it. */
static inline bool score_may_exceed(const struct score_scale *scale, double idf, double frequency,
                                    double length, double threshold)
{
    return idf * ((SCORE_K1 + 1.0) * (1.0 + 1e-9)) * frequency >
           threshold * (frequency + (scale->fixed + scale->slope * length));
}

/* No score of a block is above it. */
static inline double score_bound(const struct score_scale *scale, double idf,
                                 const struct postings_bound *bound)
{
    double least = idf * (SCORE_K1 + 1.0);
    if (bound->frequency_max < POSTINGS_FREQUENCY_UNKNOWN) {
        least = score_value(scale, idf, bound->frequency_max, bound->length_min);
    }
    if (bound->impact != IMPACT_UNKNOWN) {
        double weight = impact_max(bound->impact) * scale->reach;
        double score = idf * (SCORE_K1 + 1.0) * weight / (weight + 1.0);
        least = score < least ? score : least;
    }
    return least * (1.0 + 1e-9);
}

/* The least code of an impact with which a score may be above the threshold. */
static inline uint8_t score_least_impact(const struct score_scale *scale, double idf,
                                         double threshold)
{
    double most = idf * (SCORE_K1 + 1.0) * (1.0 + 1e-9);
    uint8_t low = 0;
    uint8_t high = IMPACT_UNKNOWN;
    while (low < high) {
        uint8_t middle = (uint8_t)((low + high) / 2);
        double weight = impact_max(middle) * scale->reach;
        if (most * weight > threshold * (weight + 1.0)) {
            high = middle;
        } else {
            low = (uint8_t)(middle + 1);
        }
    }
    return low;
}

/* No score of this idf is above it, rounding included. */
static inline double score_limit(double idf)
{
    return idf * (SCORE_K1 + 1.0) * (1.0 + 1e-12);
}

#endif
