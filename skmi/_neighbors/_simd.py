"""The compiler of loops, and SIMD distances to many rows in single precision; importing this file loads numba."""

from contextlib import suppress
from pathlib import Path

from llvmlite import ir
from numba import njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.extending import intrinsic

_SOURCES = "_simd.py", "*_kernels.py"


def compiled(function):
    """Compile a loop when it is first called, and cache the machine code in the user's cache folder.

    By default numba caches beside the source. Those files would stay behind when the package is uninstalled, and Python
    would import the remaining folder as an empty package. Without a writable folder, nothing is cached.
    """
    # These flags let the compiler reorder sums for SIMD; maxima are exact in any order.
    loop = njit(nogil=True, fastmath={"nnan", "nsz", "reassoc"})(function)
    with suppress(RuntimeError):  # no cache folder can be written
        loop._cache = _UsersCache(function)
    return loop


class _AllSources:
    """A stamp of all files with loops: a compiled loop contains those that it calls, possibly from other files."""

    def get_source_stamp(self):
        files = [file for pattern in _SOURCES for file in sorted(Path(__file__).parent.glob(pattern))]
        return tuple((file.name, file.stat().st_mtime, file.stat().st_size) for file in files)


class _UsersFolders(CompileResultCacheImpl):
    _locator_classes = [
        type(locator.__name__, (_AllSources, locator), {})
        for locator in CompileResultCacheImpl._locator_classes
        if "UserProvided" in locator.__name__ or "UserWide" in locator.__name__
    ]


class _UsersCache(FunctionCache):
    _impl_class = _UsersFolders


@intrinsic
def larger(typing_context, a, b):
    """Return the larger of two numbers by an instruction that has a SIMD form; ``max`` compiles to a branch."""

    def generate(context, builder, signature, arguments):
        kind = arguments[0].type
        larger = builder.module.declare_intrinsic("llvm.maxnum", [kind], ir.FunctionType(kind, [kind, kind]))
        return builder.call(larger, arguments, fastmath=("nnan", "nsz"))

    return a(a, b), generate


@compiled
def set_largest(table, row, start, near):
    """Set ``near[j]`` to the max-norm distance between the row and entry start + j of the columns.

    Columns are processed in groups of four, so that ``near`` is loaded and stored once per group.
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
