/* Reads the vectors of stdplus in float64 and prints the largest error of stdplus.h on them.

       python -m derivations.vectors.archive && unzip stdplus-vectors-*.zip
       include=$(python -c "import stdplus_ref.c; print(stdplus_ref.c.get_include())")
       cc -O2 -I"$include" vectors.c -o vectors -lm
       ./vectors stdplus-vectors-0.1.0/tables/stdplus
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stdplus.h"

/* A column: all numbers of a file. The files are little-endian, as this machine must be. */
static double *column(const char *folder, const char *name, size_t *count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s_d-d.bin", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(2); }
    fseek(file, 0, SEEK_END);
    *count = (size_t)ftell(file) / sizeof(double);
    rewind(file);
    double *numbers = malloc(*count * sizeof(double));
    if (!numbers || fread(numbers, sizeof(double), *count, file) != *count) exit(2);
    fclose(file);
    return numbers;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    if (argc != 2) return 2;
    double *x = column(argv[1], "In", &count), *y = column(argv[1], "Out", &count);
    double *error = column(argv[1], "Err", &count), worst = 0.0;
    for (size_t i = 0; i < count; i++) {
        double got = stdplus(x[i]);
        int exact = isnan(error[i]);
        if (isnan(y[i]) ? !isnan(got) : exact && got != y[i]) {
            printf("stdplus(%a) is %a, should be %a\n", x[i], got, y[i]);
            return 1;
        }
        double ulp = ldexp(1.0, (y[i] < 0x1p-1022 ? -1022 : ilogb(y[i])) - 52);
        if (!exact) worst = fmax(worst, fabs((got - y[i]) / ulp + error[i]));
    }
    printf("%zu vectors, largest error %.3f ULP\n", count, worst);
    return 0;
}
