/* The operations of the source: what they mean in C. This part is written by hand. */

#if defined(__FAST_MATH__) || defined(_M_FP_FAST) || defined(__USE_FAST_MATH__) && __USE_FAST_MATH__
#error "stdplus.h: no -ffast-math (or /fp:fast, --use_fast_math): rounding errors are used here"
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0
#error "stdplus.h: no -ffinite-math-only: NaN and infinities are arguments and results here"
#endif
#if defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__)
#error "stdplus.h: no -funsafe-math-optimizations, nor a part of it"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "stdplus.h: double and float must be computed as such; on x86 that is -msse2 -mfpmath=sse"
#endif
#if defined(__CUDA_FTZ) && __CUDA_FTZ || defined(__CUDA_PREC_DIV) && !__CUDA_PREC_DIV
#error "stdplus.h: no --ftz=true and no --prec-div=false"
#endif

/* Before functions that are called in doubt, seldom, and before those on arrays: they are not
   inlined. It is STDPLUS_FUNCTION where you define that and not this. */
#if !defined(STDPLUS_APART)
#if defined(STDPLUS_FUNCTION)
#define STDPLUS_APART STDPLUS_FUNCTION
#elif defined(__CUDACC__)
#define STDPLUS_APART static __host__ __device__ __noinline__
#elif defined(__GNUC__)
#define STDPLUS_APART static __attribute__((noinline, unused))
#else
#define STDPLUS_APART static inline
#endif
#endif

/* Before all other functions. Define it to your own, for example to `static` or `static __device__`.
   The compiler must inline the functions into a loop to vectorise the loop. */
#ifndef STDPLUS_FUNCTION
#if defined(__CUDACC__)
#define STDPLUS_FUNCTION static __host__ __device__ __forceinline__
#elif defined(__GNUC__)
#define STDPLUS_FUNCTION static inline __attribute__((always_inline))
#else
#define STDPLUS_FUNCTION static inline
#endif
#endif

#if defined(__CUDACC_RTC__)
typedef long long sp_int64;
typedef unsigned long long sp_uint64;
#else
#include <stdint.h>
#include <string.h>
typedef int64_t sp_int64;
typedef uint64_t sp_uint64;
#endif

#if defined(__cplusplus)
typedef bool sp_bool;
#else
typedef _Bool sp_bool;
#endif

#if defined(__CUDA_ARCH__) || defined(__CUDACC_RTC__)
#define SP_DEVICE
#elif !defined(__GNUC__)
#include <math.h>
#ifdef _MSC_VER
#pragma fp_contract(off)
#endif
#endif

/* a*b + c rounded once. */
STDPLUS_FUNCTION double sp_fma(double a, double b, double c)
{
#if defined(SP_DEVICE)
    return __fma_rn(a, b, c);
#elif defined(__GNUC__)
    return __builtin_fma(a, b, c);
#else
    return fma(a, b, c);
#endif
}

STDPLUS_FUNCTION float sp_fmaf(float a, float b, float c)
{
#if defined(SP_DEVICE)
    return __fmaf_rn(a, b, c);
#elif defined(__GNUC__)
    return __builtin_fmaf(a, b, c);
#else
    return fmaf(a, b, c);
#endif
}

/* The root rounded once; NaN below 0. */
STDPLUS_FUNCTION double sp_sqrt(double x)
{
#if defined(SP_DEVICE)
    return __dsqrt_rn(x);
#elif defined(__GNUC__)
    return __builtin_sqrt(x);
#else
    return sqrt(x);
#endif
}

/* a*b rounded on its own: never contracted with a following addition. The source says `mul` where
   that would matter. GCC contracts across statements unless told -ffp-contract=off. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__has_builtin)
#if __has_builtin(__builtin_assoc_barrier)
#define SP_UNCONTRACTED(p) __builtin_assoc_barrier(p)
#endif
#endif
#if !defined(SP_UNCONTRACTED) && defined(__GNUC__) && !defined(__clang__) && defined(__FP_FAST_FMA)
#if defined(__x86_64__)
#define SP_UNCONTRACTED(p) __extension__({ __typeof__(p) p_ = (p); __asm__("" : "+x"(p_)); p_; })
#elif defined(__aarch64__)
#define SP_UNCONTRACTED(p) __extension__({ __typeof__(p) p_ = (p); __asm__("" : "+w"(p_)); p_; })
#else
#error "stdplus.h: this compiler needs -ffp-contract=off, and then -DSP_UNCONTRACTED(p)=(p)"
#endif
#endif
#ifndef SP_UNCONTRACTED
#define SP_UNCONTRACTED(p) (p)
#endif

STDPLUS_FUNCTION double sp_mul(double a, double b)
{
#if defined(SP_DEVICE)
    return __dmul_rn(a, b);
#else
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif
    return SP_UNCONTRACTED(a * b);
#endif
}

STDPLUS_FUNCTION float sp_mulf(float a, float b)
{
#if defined(SP_DEVICE)
    return __fmul_rn(a, b);
#else
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif
    return SP_UNCONTRACTED(a * b);
#endif
}

/* The integer with the bits of x. */
STDPLUS_FUNCTION sp_int64 sp_bits(double x)
{
#if defined(SP_DEVICE)
    return __double_as_longlong(x);
#else
    sp_int64 i;
    memcpy(&i, &x, sizeof i);
    return i;
#endif
}

/* The double with the bits of i. */
STDPLUS_FUNCTION double sp_from_bits(sp_int64 i)
{
#if defined(SP_DEVICE)
    return __longlong_as_double(i);
#else
    double x;
    memcpy(&x, &i, sizeof x);
    return x;
#endif
}

/* Integers wrap around, for the loops that evaluate every arm of a choice for every argument. */
STDPLUS_FUNCTION sp_int64 sp_add(sp_int64 a, sp_int64 b)
{
    return (sp_int64)((sp_uint64)a + (sp_uint64)b);
}

STDPLUS_FUNCTION sp_int64 sp_sub(sp_int64 a, sp_int64 b)
{
    return (sp_int64)((sp_uint64)a - (sp_uint64)b);
}

STDPLUS_FUNCTION sp_int64 sp_times(sp_int64 a, sp_int64 b)
{
    return (sp_int64)((sp_uint64)a * (sp_uint64)b);
}

STDPLUS_FUNCTION sp_int64 sp_shift_left(sp_int64 i, int n)
{
    return (sp_int64)((sp_uint64)i << n);
}

/* i shifted right, its sign copied. AVX2 has no such instruction for 64 bits and GCC then gives up;
   a shift of the number moved above 0 needs none. */
STDPLUS_FUNCTION sp_int64 sp_shift_right(sp_int64 i, int n)
{
    const sp_uint64 half = (sp_uint64)1 << 63;
    return (sp_int64)((((sp_uint64)i ^ half) >> n) - (half >> n));
}

/* a/b rounded down. */
STDPLUS_FUNCTION sp_int64 sp_floor_divide(sp_int64 a, sp_int64 b)
{
    sp_int64 q = a / b;
    return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
}

/* Of two conditions, both evaluated: no branch. */
STDPLUS_FUNCTION sp_bool sp_both(sp_bool a, sp_bool b)
{
    return a & b;
}

STDPLUS_FUNCTION sp_bool sp_either(sp_bool a, sp_bool b)
{
    return a | b;
}

/* condition ? a : b, by bits: GCC turns the choice of an integer into branches that it does not
   vectorise. */
STDPLUS_FUNCTION sp_int64 sp_select(sp_bool condition, sp_int64 a, sp_int64 b)
{
    return b ^ ((a ^ b) & -(sp_int64)condition);
}

STDPLUS_FUNCTION double sp_abs(double x)
{
    return sp_from_bits(sp_bits(x) & 0x7FFFFFFFFFFFFFFF);
}

STDPLUS_FUNCTION sp_int64 sp_abs_int64(sp_int64 i)
{
    return i < 0 ? sp_sub(0, i) : i;
}

/* Raise the IEEE exception that the result y for x deserves (a mask of source.exceptions; at most
   one, and x is finite or -inf) and return the result. Arithmetic on x, so that no compiler can do
   it beforehand. */
STDPLUS_FUNCTION double sp_raise(sp_int64 deserved, double x, double y)
{
    if (deserved == 0) {
        return y;
    }
    if (deserved == 1) { /* overflow: the square of a number of at least 2^1023 */
        double large = sp_from_bits((sp_bits(x) & 0x000FFFFFFFFFFFFF) | 0x7FE0000000000000);
        return y < 0.0 ? -(large * large) : large * large;
    }
    if (deserved == 2) { /* divide: 1/0 */
        double infinity = 1.0 / (x - x);
        return y < 0.0 ? -infinity : infinity;
    }
    return (x - x) / (x - x); /* invalid: 0/0, or inf - inf */
}
