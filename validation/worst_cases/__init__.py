"""Arguments whose value is all but half-way between two float64 numbers, found by Lefèvre's method.

A value needs some 2^-105 to be rounded rightly if it is within 2^-52 ULP of a tie. Such arguments
cannot be found one by one: a binade has 2^52. But a short interval of a smooth function is nearly
a line, the values of a line modulo 1 are k·a mod 1, and Euclid's algorithm says how near to a tie
they come: a lower bound for a million arguments, for the price of one evaluation.

    grid        an interval cut into cells: one spacing of arguments, one of results
    taylor      coefficients and remainder as balls
    polynomial  the function in ULP less ½, with integers; tables of differences
    window      how wide the window must be: every error is in it
    lefevre     the test of the line, compiled
    walk        the walk over the sub-intervals, compiled
    search      a cell, from balls to hard cases
    ties        a hard case by Arb: its distance from the tie
    units       pieces of some seconds, with records
    records     what is kept in the repository

So no argument within 2^-45 ULP of a tie is missed: proved by the bounds of `window` and the
invariant of `lefevre`, and tested against all arguments of small intervals.

References: V. Lefèvre, "New results on the distance between a segment and Z²", ARITH 2005;
J.-M. Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., section 10.5.
"""
