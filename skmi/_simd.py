"""How loops are compiled, and distances to many rows at once in single precision; importing this file loads numba."""

from llvmlite import ir
from numba import njit
from numba.extending import intrinsic

# Sums may be reordered for SIMD; maxima are exact in any order.
compiled = njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"})


@intrinsic
def larger(typing_context, a, b):
    """Return the larger of two numbers by the one instruction that compiles to SIMD; ``max`` compiles to a branch."""

    def generate(context, builder, signature, arguments):
        kind = arguments[0].type
        larger = builder.module.declare_intrinsic("llvm.maxnum", [kind], ir.FunctionType(kind, [kind, kind]))
        return builder.call(larger, arguments, fastmath=("nnan", "nsz"))

    return a(a, b), generate


@compiled
def set_largest(table, row, start, near):
    """Set ``near[j]`` to the max-norm distance between the row and entry start + j of the columns.

    Columns come in groups of four, so that ``near`` is loaded and stored once for all four.
    """
    stop = start + near.shape[0]
    near[:] = 0.0
    for f in range(0, table.shape[0], 4):
        a, b, c, d = table[f, start:stop], table[f + 1, start:stop], table[f + 2, start:stop], table[f + 3, start:stop]
        at_a, at_b, at_c, at_d = row[f], row[f + 1], row[f + 2], row[f + 3]
        for j in range(near.shape[0]):
            one, other = larger(abs(a[j] - at_a), abs(b[j] - at_b)), larger(abs(c[j] - at_c), abs(d[j] - at_d))
            near[j] = larger(near[j], larger(one, other))


@compiled
def set_squares(table, row, start, squares):
    """Set ``squares[j]`` to the squared distance between the row and entry start + j of the columns."""
    stop = start + squares.shape[0]
    squares[:] = 0.0
    for f in range(0, table.shape[0], 4):
        a, b, c, d = table[f, start:stop], table[f + 1, start:stop], table[f + 2, start:stop], table[f + 3, start:stop]
        at_a, at_b, at_c, at_d = row[f], row[f + 1], row[f + 2], row[f + 3]
        for j in range(squares.shape[0]):
            t, u, v, w = a[j] - at_a, b[j] - at_b, c[j] - at_c, d[j] - at_d
            squares[j] += (t * t + u * u) + (v * v + w * w)
