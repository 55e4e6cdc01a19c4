/* One of the twelve functions on raw numbers from standard input, results to standard output.

   driver NAME call    one call a number
   driver NAME loop    a plain loop over all of them
   driver NAME array   the function on arrays
   driver NAME place   the same, from an array into itself
   driver NAME flags   for each number a byte: the exceptions that its call raised, 1 overflow,
                       2 divide, 4 invalid, 8 underflow */
#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stdplus.h"

#ifdef _MSC_VER
#define APART __declspec(noinline)
#else
#define APART __attribute__((noinline))
#endif

static unsigned char raised(void)
{
    int found = fetestexcept(FE_ALL_EXCEPT);
    return (unsigned char)((found & FE_OVERFLOW ? 1 : 0) | (found & FE_DIVBYZERO ? 2 : 0) |
                           (found & FE_INVALID ? 4 : 0) | (found & FE_UNDERFLOW ? 8 : 0));
}

#define RUN(name, real)                                                                            \
    APART static real call_##name(real x)                                                          \
    {                                                                                              \
        return name(x);                                                                            \
    }                                                                                              \
    APART static void loop_##name(const real *x, real *y, size_t n)                                \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            y[i] = name(x[i]);                                                                     \
        }                                                                                          \
    }                                                                                              \
    static size_t run_##name(const char *mode, const void *x, void *y, size_t bytes)               \
    {                                                                                              \
        const real *from = (const real *)x;                                                        \
        size_t n = bytes / sizeof(real);                                                           \
        if (strcmp(mode, "loop") == 0) {                                                           \
            loop_##name(from, (real *)y, n);                                                       \
            return n * sizeof(real);                                                               \
        }                                                                                          \
        if (strcmp(mode, "array") == 0) {                                                          \
            name##_array(n, from, (real *)y);                                                      \
            return n * sizeof(real);                                                               \
        }                                                                                          \
        if (strcmp(mode, "place") == 0) {                                                          \
            memcpy(y, x, n * sizeof(real));                                                        \
            name##_array(n, (const real *)y, (real *)y);                                           \
            return n * sizeof(real);                                                               \
        }                                                                                          \
        if (strcmp(mode, "call") == 0) {                                                           \
            for (size_t i = 0; i < n; i++) {                                                       \
                ((real *)y)[i] = call_##name(from[i]);                                             \
            }                                                                                      \
            return n * sizeof(real);                                                               \
        }                                                                                          \
        for (size_t i = 0; i < n; i++) {                                                           \
            static volatile real result;                                                           \
            feclearexcept(FE_ALL_EXCEPT);                                                          \
            result = call_##name(from[i]);                                                         \
            ((unsigned char *)y)[i] = raised();                                                    \
            (void)result;                                                                          \
        }                                                                                          \
        return n;                                                                                  \
    }

#define BOTH(name) RUN(name, double) RUN(name##f, float)
BOTH(stdplus)
BOTH(log_stdplus)
BOTH(stdplus_derivative)
BOTH(log_stdplus_derivative)
BOTH(inv_stdplus)
BOTH(inv_log_stdplus)

#define FOUND(name) {#name, run_##name}, {#name "f", run_##name##f}
static const struct {
    const char *name;
    size_t (*run)(const char *, const void *, void *, size_t);
} functions[] = {FOUND(stdplus),        FOUND(log_stdplus), FOUND(stdplus_derivative),
                 FOUND(log_stdplus_derivative), FOUND(inv_stdplus), FOUND(inv_log_stdplus)};

int main(int count, char **words)
{
    size_t capacity = 1 << 20, size = 0, part;
    char *x = (char *)malloc(capacity);
    while (count == 3 && (part = fread(x + size, 1, capacity - size, stdin)) > 0) {
        size += part;
        if (size == capacity) {
            x = (char *)realloc(x, capacity *= 2);
        }
    }
    for (size_t i = 0; count == 3 && i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(words[1], functions[i].name) == 0) {
            char *y = (char *)malloc(size + 1);
            size_t made = functions[i].run(words[2], x, y, size);
            int failed = fwrite(y, 1, made, stdout) != made;
            free(y);
            free(x);
            return failed;
        }
    }
    free(x);
    return 2;
}
