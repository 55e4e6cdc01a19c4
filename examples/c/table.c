/* A table of stdplus and its inverse. To build and run it:

       include=$(python -c "import stdplus_ref.c; print(stdplus_ref.c.get_include())")
       cc -O2 -I"$include" table.c -o table -lm
       ./table
*/
#include <stdio.h>

#include "stdplus.h"

int main(void)
{
    for (double x = -4.0; x <= 4.0; x += 2.0) {
        double y = stdplus(x);
        printf("%4.1f %23.17g %23.17g\n", x, y, inv_stdplus(y));
    }
    return 0;
}
