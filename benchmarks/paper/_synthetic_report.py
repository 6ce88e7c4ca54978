"""Tables and pictures of the synthetic experiments."""

import numpy as np
from tabulate import tabulate

COLUMNS = ("data", "codes", "estimator", "truth", "seed", "mi", "seconds")
_CODES = ("parameters", "PCA", "autoencoder", "contrastive", "raw")
_ON_PAGE = {"raw": "pixels"}
_SHOWN = (
    ("parameters", "weighted KL"),
    ("autoencoder", "weighted KL"),
    ("autoencoder", "KSG"),
    ("contrastive", "weighted KL"),
    ("contrastive", "KSG"),
    ("raw", "KSG"),
    ("raw", "MINE"),
    ("raw", "InfoNCE"),
)
_MARKERS = {
    "KDE-ML": "v",
    "KDE-LSQ": "^",
    "KL": "o",
    "weighted KL": "s",
    "KSG": "D",
    "MINE": "X",
    "InfoNCE": "P",
}


def curves(rows):
    """Return {(data, codes, estimator): (truths, means over seeds, standard deviations, n_seeds)}."""
    values = {}
    for row in rows:
        key = (row["data"], row["codes"], row["estimator"])
        values.setdefault(key, {}).setdefault(float(row["truth"]), []).append(float(row["mi"]))
    found = {}
    for key, at in values.items():
        truths = np.array(sorted(at))
        samples = [np.array(at[t]) for t in truths]
        found[key] = (
            truths,
            np.array([s.mean() for s in samples]),
            np.array([s.std(ddof=1) if len(s) > 1 else np.nan for s in samples]),
            min(map(len, samples)),
        )
    return found


def rmse(truths, means):
    return float(np.sqrt(np.mean((means - truths) ** 2)))


def tables(rows):
    """Return one table of errors over the grid and one of values at some informations."""
    found = curves(rows)
    lines = []
    for (data, codes, estimator), (truths, means, _, n_seeds) in found.items():
        at = {f"at {t:g}": m for t, m in zip(truths, means, strict=True) if t % 2 == 0}
        seconds = [
            float(r["seconds"]) for r in rows if (r["data"], r["codes"], r["estimator"]) == (data, codes, estimator)
        ]
        lines.append(
            {"data": data, "from": codes, "estimator": estimator, "seeds": n_seeds, "RMSE": rmse(truths, means)}
            | at
            | {"s": np.median(seconds)}
        )
    return tabulate(lines, headers="keys", floatfmt=".2f")


def error_rows(rows):
    """Return the root mean square errors: one row for each kind of code, one column for each estimator."""
    found = curves(rows)
    table = []
    for data in dict.fromkeys(key[0] for key in found):
        for codes in _CODES[:-1]:
            of = {name: found[data, codes, name] for name in _MARKERS if (data, codes, name) in found}
            if of:
                errors = {name: rmse(truths, means) for name, (truths, means, *_) in of.items()}
                table.append({"data": data, "from": codes, **errors})
    return table


def estimate_rows(rows):
    """Return what some estimators find at every second information."""
    found = curves(rows)
    table = []
    for data in dict.fromkeys(key[0] for key in found):
        for codes, estimator in _SHOWN:
            if (data, codes, estimator) in found:
                truths, means, *_ = found[data, codes, estimator]
                at = {f"at {t:g}": m for t, m in zip(truths, means, strict=True) if t % 2 == 0}
                table.append({"data": data, "from": _ON_PAGE.get(codes, codes), "estimator": estimator, **at})
    return table


def figures(rows, folder):
    """Write one picture a kind of data: a panel for each kind of code, the estimates against the truth."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    found = curves(rows)
    for data in dict.fromkeys(key[0] for key in found):
        top = max(max(truths) for key, (truths, *_) in found.items() if key[0] == data)
        panels = [codes for codes in _CODES if any(key[:2] == (data, codes) for key in found)]
        fig, axes = plt.subplots(
            1,
            len(panels),
            figsize=(3.1 * len(panels), 3.6),
            sharex=True,
            sharey=True,
            squeeze=False,
            layout="constrained",
        )
        for ax, codes in zip(axes[0], panels, strict=True):
            for estimator, marker in _MARKERS.items():
                if (curve := found.get((data, codes, estimator))) is None:
                    continue
                truths, means, spread, _ = curve
                ax.errorbar(truths, means, np.nan_to_num(spread), marker=marker, ms=4, lw=1, label=estimator)
            ax.plot([0, top], [0, top], color="black", lw=0.8, ls="--", zorder=0)
            ax.set(title=codes, xlabel="true I(X; Y), nats", ylim=(-1.5, 1.15 * top))
            ax.legend(fontsize=7, frameon=False, loc="upper left")
        axes[0, 0].set_ylabel("estimate, nats")
        fig.suptitle(data)
        fig.savefig(folder / f"{data.lower().replace(' ', '-')}.png", dpi=110)
        plt.close(fig)
