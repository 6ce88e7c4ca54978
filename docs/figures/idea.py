"""Draw the picture on the front page, once for light and once for dark pages: ``python docs/figures/idea.py``."""

import csv
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.patches import ConnectionPatch

HERE = Path(__file__).resolve().parent
INFORMATION = [0, 2, 4, 6, 8, 10]
# Of the estimates on docs/paper.rst: the same pairs of images, seen as pixels and as four codes.
LINES = {
    ("pixels", "KSG"): ("from pixels", "#d9772b", "s"),
    ("contrastive", "weighted KL"): ("from four codes", "#2f8fd0", "o"),
}
COLOURS = {"light": "#1c2733", "dark": "#e6ebf0"}


def sample(n_samples=3000):
    """Return three pairs of images, and the codes of the rows that the compressor was not fitted to."""
    from skmi import ContrastiveCompressor
    from skmi.datasets import rectangle_images

    X, y = rectangle_images(mi=4.0).sample(2 * n_samples, random_state=0)
    compressor = ContrastiveCompressor(4, random_state=0).fit(X[:n_samples], y[:n_samples])
    codes = compressor.transform(X[n_samples:], y[n_samples:])
    return [(x.reshape(16, 16), other.reshape(16, 16)) for x, other in zip(X[:3], y[:3], strict=True)], codes


def estimates():
    """Return the true information and the estimates of each line, from the table of results."""
    with (HERE.parent / "results" / "paper_estimates.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["data"] == "rectangles 16x16"]
    return {
        line: [float(row[f"at {mi}"]) for mi in INFORMATION]
        for row in rows
        if (line := (row["from"], row["estimator"])) in LINES
    }


def draw(images, codes, colour):
    """Return the figure, with text and axes in one colour."""
    colours = dict.fromkeys(["text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"], colour)
    with plt.rc_context(colours | {"font.size": 10, "svg.hashsalt": "skmi", "font.family": "DejaVu Sans"}):
        figure = plt.figure(figsize=(9, 3.1))
        for row, pair in enumerate(images):
            for column, image in enumerate(pair):
                axes = figure.add_axes((0.02 + 0.097 * column, 0.59 - 0.257 * row, 0.088, 0.24))
                axes.imshow(image, cmap="gray", interpolation="nearest")
                axes.set(xticks=[], yticks=[])
                if row == 0:
                    axes.set_title("X" if column == 0 else "y", fontsize=11, pad=3)
        figure.text(0.112, 0.95, "wide rows, in pairs", ha="center", weight="bold")

        middle = figure.add_axes((0.325, 0.17, 0.21, 0.66))
        middle.plot(codes[0][:1500, 0], codes[1][:1500, 0], ".", markersize=2, color="#2f8fd0", rasterized=True)
        middle.set(xlabel="a code of X", ylabel="a code of y", xticks=[], yticks=[])
        figure.text(0.43, 0.95, "compressed to a few codes", ha="center", weight="bold")

        right = figure.add_axes((0.68, 0.17, 0.305, 0.66))
        right.plot([0, 10], [0, 10], color=colour, linewidth=0.8, linestyle="--", label="truth")
        for line, values in estimates().items():
            label, line_colour, marker = LINES[line]
            right.plot(INFORMATION, values, marker=marker, color=line_colour, label=label)
        right.set(xlabel="true information, nats", ylabel="estimate, nats", xticks=INFORMATION, yticks=[0, 5, 10])
        right.legend(frameon=False, fontsize=9)
        figure.text(0.832, 0.95, "and estimated", ha="center", weight="bold")
        for axes in (middle, right):
            axes.set_facecolor("none")
            axes.spines[["top", "right"]].set_visible(False)
        for start, end in ((0.235, 0.29), (0.56, 0.615)):
            figure.add_artist(
                ConnectionPatch(
                    (start, 0.5), (end, 0.5), "figure fraction", arrowstyle="-|>", mutation_scale=18, color=colour
                )
            )
    return figure


if __name__ == "__main__":
    drawn = sample()
    for name, shade in COLOURS.items():
        draw(*drawn, shade).savefig(HERE / f"idea-{name}.svg", transparent=True, dpi=150, metadata={"Date": None})
