"""From files to one number: what ``skmi estimate`` calls."""

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA

from .._seeding import declared, seeded
from .._tables import column_names, labels_of
from ..automatic import AutoMI
from ..compressed import CompressedMI
from ..compression import CanonicalCompressor
from ..estimators import KSG, NeuralEstimator
from ..exceptions import issue, kept_warnings
from ..uncertainty import FEWEST_ROWS, mi_interval, mi_lower_bound, mi_permutation_test
from ._files import check_complete, names_in, read_pair, usable_columns, without_missing
from ._names import estimator_from


def estimate_files(
    x_path,
    y_path=None,
    *,
    target=None,
    columns=None,
    estimator=None,
    n_neighbors=None,
    marginals=None,
    compress="none",
    latent_dim=2,
    image_shape=None,
    drop_missing=False,
    written=None,
    kinds=None,
    interval=None,
    confidence=0.95,
    max_seconds=60.0,
    test=False,
    random_state=0,
):
    """Estimate I(X; y) from one or two files; returns a dict that JSON can hold.

    Without ``estimator`` and ``compress`` the way to estimate is chosen. ``interval`` is whether to compute an interval
    and a lower bound, by default where no network is trained.

    Raises
    ------
    ValueError, TypeError, OSError, ImportError
        With one line that says what is wrong with the files, the columns or the values.
    """
    X, y = read_pair(x_path, y_path, target, names_in(columns), written)
    names, n_rows = column_names(X) or (), len(X)
    X = usable_columns(X)
    if drop_missing:
        X, y = without_missing(X, y)
    check_complete(X, y)
    features, of_target = ("auto", "auto") if kinds is None else kinds.of(X, target, names)
    if estimator is None and compress == "none" and n_neighbors is None and marginals is None:
        auto = AutoMI(
            max_seconds=max_seconds,
            confidence=confidence,
            discrete_features=features,
            discrete_target=of_target,
            random_state=random_state,
        )
        if image_shape is not None:
            # The other side holds such images too where its rows are as long.
            y = _images(y, image_shape) if np.shape(y)[1:] == np.shape(X)[1:] else y
            X = _images(X, image_shape)
        report = _chosen(auto, X, y)
        if interval is False:
            for name in ("confidence", "low_nats", "high_nats", "lower_bound_nats", "reliable", "reasons"):
                del report[name]
        report |= {"n_rows_left_out": n_rows - len(X)} | (_test(KSG(), X, y, random_state) if test else {})
        return report
    inner = _estimator(estimator or "ksg", n_neighbors, marginals, random_state)
    options = {"random_state": random_state, "discrete_target": of_target}
    if compress == "none":
        if image_shape:
            raise ValueError(
                "--image-shape describes images for a compressor: pass --compress autoencoder or contrastive with it."
            )
        canonical = CanonicalCompressor(discrete_features=features)
        linear_model = CompressedMI(clone(inner), compressor=canonical, **options)
        model = declared(clone(inner), discrete_features=features, discrete_target=of_target)
        fitted = clone(model).fit(X, y)
        linear = _or_nan(lambda: linear_model.fit(X, y).mi_)
    else:
        compressors = _compressors(compress, latent_dim, image_shape, X.shape[1], y.shape[1] if y.ndim == 2 else 1)
        X = _numbers(X)
        model = CompressedMI(inner, **compressors, **options)
        fitted = clone(model).fit(X, y)
        linear = _or_nan(lambda: fitted.linear_baseline(X, y))
    discrete = getattr(fitted, "discrete_features_", np.zeros(X.shape[1], dtype=bool))
    if interval is None:
        interval = compress in ("none", "pca") and not isinstance(inner, NeuralEstimator)
    names = column_names(X) or [f"x{i}" for i in range(X.shape[1])]
    return {
        "mi_nats": fitted.mi_,
        "mi_bits": fitted.mi_ / float(np.log(2)),
        "standard_error_nats": getattr(fitted, "standard_error_", float("nan")),
        "n_samples": len(X),
        "n_rows_left_out": n_rows - len(X),
        "n_features": int(X.shape[1]),
        "discrete_features": [str(names[i]) for i in np.flatnonzero(discrete)],
        "discrete_target": labels_of(y)[0] is not None if isinstance(of_target, str) else of_target,
        "estimator": str(inner),
        "compressor": "none" if compress == "none" else " and ".join(map(str, compressors.values())),
        "linear_mi_nats": linear,
        **(_how_sure(model, X, y, confidence, random_state) if interval else {}),
        **(_test(model, X, y, random_state) if test else {}),
    }


def _chosen(auto, X, y):
    """Return the report of an answer by whatever suits the data."""
    # What speaks against the answer is in its reasons.
    with kept_warnings() as kept:
        auto.fit(X, y)
    issue(warning for warning in kept if warning.message not in auto.reasons_)
    names = list(getattr(X, "columns", [f"x{i}" for i in range(len(auto.discrete_features_))]))
    return {
        "mi_nats": auto.mi_,
        "mi_bits": auto.mi_ / float(np.log(2)),
        "standard_error_nats": auto.standard_error_,
        "n_samples": auto.n_samples_,
        "n_features": auto.n_features_in_,
        "discrete_features": [str(names[i]) for i in np.flatnonzero(auto.discrete_features_)],
        "discrete_target": bool(auto.discrete_target_.all()),
        "estimator": auto.method_,
        "compressor": "none",
        "linear_mi_nats": float("nan"),
        "confidence": auto.confidence,
        "low_nats": auto.low_,
        "high_nats": auto.high_,
        "lower_bound_nats": auto.lower_bound_,
        "reliable": auto.reliable_,
        "reasons": auto.reasons_,
        "tried": [
            {"route": route.name, "mi_nats": route.mi, "score_nats": route.score, "note": route.note}
            for route in auto.routes_
        ],
    }


def _images(X, image_shape):
    """Return rows as images."""
    X, shape = _numbers(X), _shape(image_shape)
    if np.prod(shape) != X.shape[1]:
        raise ValueError(f"Expected --image-shape with {X.shape[1]} pixels in all, got {image_shape}.")
    return X.reshape(len(X), *shape)


def _how_sure(model, X, y, confidence, random_state):
    """Return interval, lower bound, and reasons for doubt; of what fit has warned of, it has warned."""
    if len(X) < FEWEST_ROWS:
        return {}
    options = {"confidence": confidence, "random_state": random_state}
    with kept_warnings():
        found = mi_interval(model, X, y, **options)
        # What conditions on columns has no bound, and neither has what has no critic.
        has_bound = hasattr(model, "log_density_ratio") and getattr(model, "conditioning", None) is None
        bound = mi_lower_bound(model, X, y, **options).bound if has_bound else float("nan")
    return {
        "confidence": confidence,
        "low_nats": found.low,
        "high_nats": found.high,
        "lower_bound_nats": bound,
        "reliable": found.reliable,
        "reasons": list(found.reasons),
    }


def _test(model, X, y, random_state):
    with kept_warnings():
        return {"pvalue": mi_permutation_test(model, X, y, random_state=random_state).pvalue}


def _or_nan(estimate):
    """Return an estimate by linear codes, or NaN where the data have none; fit has warned of the columns."""
    try:
        with kept_warnings():
            return estimate()
    except ValueError:
        return float("nan")


def format_report(report):
    """Return the report of :func:`estimate_files` as text."""
    left_out = f" ({report['n_rows_left_out']} rows left out)" if report["n_rows_left_out"] else ""
    discrete = ", ".join(report["discrete_features"]) or "no column of X"
    chosen = "tried" in report
    lines = [
        ("I(X; y)", f"{report['mi_nats']:.4f} nats = {report['mi_bits']:.4f} bits"),
        ("standard error", f"{report['standard_error_nats']:.4f} nats"),
        *_sure_lines(report),
        ("rows, columns of X", f"{report['n_samples']}, {report['n_features']}{left_out}"),
        ("taken as discrete", f"{discrete}; y: {'yes' if report['discrete_target'] else 'no'}"),
        ("chosen" if chosen else "estimator", report["estimator"]),
    ]
    if chosen:
        lines += [("tried" if i == 0 else "", _tried_line(route)) for i, route in enumerate(report["tried"])]
    else:
        linear = report["linear_mi_nats"]
        lines += [
            ("compressor", report["compressor"]),
            ("linear baseline", "none" if np.isnan(linear) else f"{linear:.4f} nats"),
        ]
    return "\n".join(f"{name:<19} {value}" for name, value in lines)


def _tried_line(route):
    found = [
        "" if np.isnan(route["mi_nats"]) else f"{route['mi_nats']:.4f} nats",
        "" if np.isnan(route["score_nats"]) else f"score {route['score_nats']:.4f}",
        route["note"],
    ]
    return f"{route['route']}: {', '.join(part for part in found if part)}"


def _sure_lines(report):
    """Return the lines on interval, bound and test, as far as they were asked for."""
    lines = []
    if "low_nats" in report:
        share = f"{report['confidence']:.0%}"
        lines.append((f"{share} interval", f"{report['low_nats']:.4f} to {report['high_nats']:.4f} nats"))
        if not np.isnan(bound := report["lower_bound_nats"]):
            lines.append((f"at least ({share})", f"{bound:.4f} nats, whatever the distribution"))
        lines.append(("reliable", "yes" if report["reliable"] else "no:"))
        lines += [("", reason) for reason in report["reasons"]]
    if "pvalue" in report:
        lines.append(("p-value", f"{report['pvalue']:.3g}, of independence, by permutations"))
    return lines


def _estimator(text, n_neighbors, marginals, random_state):
    """Return the estimator of a text, with the options that it has."""
    estimator = seeded(estimator_from(text), random_state)
    options = {"n_neighbors": n_neighbors, "marginals": marginals}
    for name, value in options.items():
        if value is None:
            continue
        if name not in estimator.get_params():
            flag = name.replace("_", "-")
            raise ValueError(f"--{flag} goes with estimators that have {name}; {type(estimator).__name__} has none.")
        estimator.set_params(**{name: value})
    return estimator


def _compressors(name, latent_dim, image_shape, n_features, n_targets):
    """Return the compressors of CompressedMI, by the name of the parameter."""
    if name == "pca":
        if image_shape:
            raise ValueError(
                "--image-shape goes with --compress autoencoder or contrastive; PCA takes rows as they are."
            )
        return {"compressor": PCA(latent_dim)}
    from ..compression import AutoencoderCompressor, ContrastiveCompressor

    shape = _shape(image_shape)
    alike = n_targets == n_features
    if name == "contrastive":
        return {
            "compressor": ContrastiveCompressor(latent_dim, image_shape=shape, y_image_shape=shape if alike else None)
        }
    images = AutoencoderCompressor(latent_dim, image_shape=shape)
    if alike or shape is None or n_targets <= latent_dim:
        return {"compressor": images}
    return {"x_compressor": images, "y_compressor": AutoencoderCompressor(latent_dim)}


def _shape(text):
    if text is None:
        return None
    try:
        return tuple(int(side) for side in text.split(","))
    except ValueError:
        raise ValueError(f"Expected --image-shape such as 28,28 or 3,32,32, got {text!r}.") from None


def _numbers(X):
    """Return the columns as numbers, which is what compressors take."""
    try:
        return np.asarray(X, dtype=float)
    except (ValueError, TypeError):
        texts = [name for name in X.columns if X[name].dtype.kind not in "biuf"]
        raise ValueError(
            f"Compressors take numbers, but columns {texts} hold text. Leave them out with --columns, or use "
            "--compress none."
        ) from None
