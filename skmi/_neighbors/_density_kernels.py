"""Compiled sums of Gaussian kernels over all pairs of rows; importing this file loads numba.

Everything is in single precision, eight pairs at once. Exponents are relative to that of the nearest other row, so that
no density underflows. A relative error of 1e-5 is far below that of any estimate.
"""

import numpy as np

from ._simd import compiled, larger, set_squares

_BLOCK = 512  # pairs whose temporary arrays fit into a processor's cache
_FARTHEST = 80.0  # exponents beyond this add nothing to a sum of one or more


@compiled
def kernel_sums(table, table_rows, labels, factor, start, stop, out):
    """Fill ``out[i]`` with (v, S0, S1, S2) for the rows start to stop.

    With v_ij = factor * squared distance between the rows i and j, v is the smallest over the other rows j of the
    same label, and S_m is the sum of exp(v - v_ij) v_ij**m over them.
    """
    n_samples = table.shape[1]
    v = np.empty(n_samples, dtype=np.float32)
    u = np.empty(_BLOCK, dtype=np.float32)
    power = np.empty(_BLOCK, dtype=np.float32)
    bits = power.view(np.int32)
    far = np.float32(1e30)
    for i in range(start, stop):
        set_squares(table, table_rows[i], 0, v)
        v[i] = far  # leaves the row itself out
        own = labels[i]
        for j in range(n_samples):
            v[j] = v[j] * factor if labels[j] == own else far
        nearest = far
        for j in range(n_samples):
            nearest = min(nearest, v[j])
        s0, s1, s2 = 0.0, 0.0, 0.0
        for block in range(0, n_samples, _BLOCK):
            size = min(_BLOCK, n_samples - block)
            part = v[block : block + size]
            for j in range(size):
                # The exponential is 2**whole * 2**rest, with x in units of log 2. A float has its exponent plus 127
                # above 23 bits of mantissa, which gives 2**whole; a polynomial gives 2**rest, with rest in [0, 1).
                x = -larger(nearest - part[j], np.float32(-_FARTHEST)) * np.float32(1.4426950408889634)
                whole = np.floor(-x)
                u[j] = -x - whole
                bits[j] = (np.int32(whole) + 127) << 23
            t0, t1, t2 = np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for j in range(size):
                # Horner's scheme of a polynomial fitted to 2**f.
                f = u[j]
                e = np.float32(1.8775767e-3)
                e = e * f + np.float32(8.9893397e-3)
                e = e * f + np.float32(5.5826318e-2)
                e = e * f + np.float32(2.4015361e-1)
                e = e * f + np.float32(6.9315308e-1)
                e = (e * f + np.float32(1.0)) * power[j]
                # The smaller of the two: beyond _FARTHEST the weight is nothing, but v may be as large as ``far``.
                w = -larger(-part[j], -(nearest + np.float32(_FARTHEST)))
                t0 += e
                t1 += e * w
                t2 += e * w * w
            # Double precision across blocks, so that rounding errors do not grow with the rows.
            s0 += t0
            s1 += t1
            s2 += t2
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = nearest, s0, s1, s2
