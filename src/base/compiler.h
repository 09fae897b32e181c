#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

/* Attributes of gcc and clang, hidden here so that the rest is plain C11. */

#define MUST_CHECK              __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, args) __attribute__((format(printf, text, args)))
#define ALWAYS_INLINE           inline __attribute__((always_inline))
#define NEVER_INLINE            __attribute__((noinline))
#define LIKELY(condition)       __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition)     __builtin_expect(!!(condition), 0)
#define PREFETCH(address)       __builtin_prefetch(address)

#endif
