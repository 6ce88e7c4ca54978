"""Tables of all kinds for property tests: columns of every dtype, order, scale and shape, with ties and without."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

MAX_ROWS, MAX_COLUMNS = 90, 4

# What a column may be, as a function of a generator and the number of rows.
NUMBERS = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "uniform": lambda rng, n: rng.random(n),
    "rounded": lambda rng, n: rng.standard_normal(n).round(1),
    "heavy tails": lambda rng, n: rng.standard_cauchy(n),
    "lognormal": lambda rng, n: np.exp(4 * rng.standard_normal(n)),
    "zero-inflated": lambda rng, n: np.where(rng.random(n) < 0.7, 0.0, rng.standard_normal(n)),
    "two values": lambda rng, n: rng.integers(2, size=n).astype(float),
    "evenly spaced": lambda rng, n: np.arange(n, dtype=float),
    "constant": lambda rng, n: np.full(n, 3.25),
    "nearly constant": lambda rng, n: np.where(np.arange(n) == n - 1, 1.0, 0.0),
    "sentinel": lambda rng, n: np.where(rng.random(n) < 0.1, -9999.0, rng.standard_normal(n)),
    "random walk": lambda rng, n: rng.standard_normal(n).cumsum(),
    "huge": lambda rng, n: 1e120 * rng.standard_normal(n),
    "tiny": lambda rng, n: 1e-120 * rng.standard_normal(n),
    "far away": lambda rng, n: 1e9 + rng.standard_normal(n),
}
WHOLE = {
    "few integers": lambda rng, n: rng.integers(4, size=n),
    "many integers": lambda rng, n: rng.integers(-1000, 1000, size=n),
    "counts": lambda rng, n: rng.poisson(6, size=n),
    "row numbers": lambda rng, n: np.arange(n),
    "bytes": lambda rng, n: rng.integers(256, size=n).astype(np.uint8),
    "large integers": lambda rng, n: 2**40 + rng.integers(1000, size=n),
}
LABELS = {
    "texts": lambda rng, n: rng.choice(["red", "green", "blue"], n).astype(object),
    "names of rows": lambda rng, n: np.array([f"row {i}" for i in range(n)], dtype=object),
    "booleans": lambda rng, n: rng.random(n) < 0.3,
    "categories": lambda rng, n: pd.Categorical(rng.integers(5, size=n)),
    "rare": lambda rng, n: np.where(np.arange(n) == 0, "rare", "common").astype(object),
}

seeds = st.integers(0, 2**32 - 1)


@st.composite
def arrays(draw, min_rows=2, max_columns=MAX_COLUMNS, like=None):
    """Draw an array of numbers of any dtype and memory order; ``like`` fixes the number of rows."""
    n = draw(st.integers(min_rows, MAX_ROWS)) if like is None else len(like)
    rng = np.random.default_rng(draw(seeds))
    names = draw(st.lists(st.sampled_from(sorted(NUMBERS)), min_size=1, max_size=max_columns))
    array = np.column_stack([np.asarray(NUMBERS[name](rng, n), dtype=float) for name in names])
    if draw(st.booleans()) and np.abs(array).max() < 1e30 and np.abs(array[array != 0]).min(initial=1.0) > 1e-30:
        array = array.astype(np.float32)
    return draw(st.sampled_from([np.ascontiguousarray, np.asfortranarray, lambda a: np.repeat(a, 2, axis=0)[::2]]))(
        array
    )


@st.composite
def pairs(draw, noise=(0.0, 0.1, 1.0), min_rows=2, max_columns=MAX_COLUMNS):
    """Draw two arrays of as many rows, of which the second may follow from the first, with some noise of its spread."""
    X = draw(arrays(min_rows, max_columns))
    if draw(st.booleans()):
        return X, draw(arrays(max_columns=max_columns, like=X))
    rng = np.random.default_rng(draw(seeds))
    with np.errstate(over="ignore"):
        y = draw(
            st.sampled_from([np.copy, np.abs, lambda a: a**2, lambda a: -a, lambda a: a.mean(axis=1, keepdims=True)])
        )(X.astype(float))
    spread = np.where(np.isfinite(y), np.abs(y), 0.0).max()
    y = np.where(np.isfinite(y), y, 0.0) + draw(st.sampled_from(noise)) * spread * rng.standard_normal(y.shape)
    return X, np.where(np.isfinite(y), y, 0.0)


@st.composite
def tables(draw, missing=False):
    """Draw a DataFrame with columns of every kind."""
    n = draw(st.integers(2, MAX_ROWS))
    rng = np.random.default_rng(draw(seeds))
    kinds = NUMBERS | WHOLE | LABELS
    names = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=MAX_COLUMNS, unique=True))
    table = pd.DataFrame({name: kinds[name](rng, n) for name in names})
    if missing:
        for name in draw(st.sets(st.sampled_from(names))):
            rows = rng.random(n) < draw(st.sampled_from([0.1, 0.5, 1.0]))
            column = table[name]
            table[name] = (column.astype(object) if column.dtype == bool else column).mask(rows)
    return table


@st.composite
def targets(draw, like):
    """Draw one column of any kind, as long as a table."""
    rng = np.random.default_rng(draw(seeds))
    kinds = NUMBERS | WHOLE | {name: LABELS[name] for name in ("texts", "booleans", "rare")}
    return np.asarray(kinds[draw(st.sampled_from(sorted(kinds)))](rng, len(like)))


# Numbers that hypothesis makes up itself, which finds what nobody thought of.
any_number = st.floats(allow_nan=False, allow_infinity=False, width=64)
