/* What the last rounding of double does, on raw numbers from standard input.

   doubt NAME doubt    for each x: 1 if two results are possible before the last phase, otherwise 0
   doubt NAME settle   for each pair x, y: what the last phase makes of x between y and the number
                       next to y nearer to 0, and what between y and the number on its other side */
#include <stdio.h>
#include <string.h>

#include "stdplus.h"

static double next_to(double y, int way)
{
    sp_int64 i;
    memcpy(&i, &y, sizeof i);
    i += i == 0 && way < 0 ? 0 : way;
    memcpy(&y, &i, sizeof i);
    return y;
}

#define BOTH(name)                                                                                 \
    static void doubt_##name(void)                                                                 \
    {                                                                                              \
        double x;                                                                                  \
        while (fread(&x, sizeof x, 1, stdin) == 1) {                                               \
            sp_Pair made = sp_##name##_evaluate_full_evaluate(x);                                  \
            double doubt = sp_pairs_differ(made.hi, made.lo) ? 1.0 : 0.0;                          \
            fwrite(&doubt, sizeof doubt, 1, stdout);                                               \
        }                                                                                          \
    }                                                                                              \
    static void settle_##name(void)                                                                \
    {                                                                                              \
        double x[2], y[2];                                                                         \
        while (fread(x, sizeof x, 1, stdin) == 1) {                                                \
            y[0] = sp_##name##_settle(x[0], next_to(x[1], -1), x[1]);                              \
            y[1] = sp_##name##_settle(x[0], x[1], next_to(x[1], 1));                               \
            fwrite(y, sizeof y, 1, stdout);                                                        \
        }                                                                                          \
    }                                                                                              \
    static void side_##name(void)                                                                  \
    {                                                                                              \
        double x[3];                                                                               \
        while (fread(x, sizeof x, 1, stdin) == 1) {                                                \
            double side = (double)sp_ties_##name##_side(x[0], x[1], (sp_int64)x[2]);               \
            fwrite(&side, sizeof side, 1, stdout);                                                 \
        }                                                                                          \
    }

BOTH(stdplus)
BOTH(log_stdplus)
BOTH(stdplus_derivative)
BOTH(log_stdplus_derivative)
BOTH(inv_stdplus)
BOTH(inv_log_stdplus)

#define FOUND(name) {#name, {doubt_##name, settle_##name, side_##name}}
static const char *const modes[] = {"doubt", "settle", "side"};
static const struct {
    const char *name;
    void (*asked[3])(void);
} functions[] = {FOUND(stdplus),
                 FOUND(log_stdplus),
                 FOUND(stdplus_derivative),
                 FOUND(log_stdplus_derivative),
                 FOUND(inv_stdplus),
                 FOUND(inv_log_stdplus)};

int main(int count, char **words)
{
    for (size_t i = 0; count == 3 && i < sizeof functions / sizeof *functions; i++) {
        for (size_t mode = 0; mode < 3; mode++) {
            if (strcmp(words[1], functions[i].name) == 0 && strcmp(words[2], modes[mode]) == 0) {
                functions[i].asked[mode]();
                return 0;
            }
        }
    }
    return 2;
}
