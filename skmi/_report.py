"""Pages of HTML in one file each, pictures included."""

import base64
import io
from html import escape

from ._resume import replacing

_STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: 1em 0; font-size: 13px }
th, td { padding: .2em .7em; border-bottom: 1px solid #ddd; text-align: right }
th:first-child, td:first-child, td:nth-child(10) { text-align: left }
td { max-width: 30em; overflow-wrap: anywhere }
img { max-width: 100% }
"""


def page(path, title, parts):
    """Write parts of a page, which are HTML."""
    start = f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
    with replacing(path) as file:
        file.write("\n".join([start, f"<style>{_STYLE}</style></head><body>", *parts, "</body></html>"]))


def picture(figure, caption=""):
    """Return a matplotlib figure, which is closed, as an image inside the page itself."""
    import matplotlib.pyplot as plt

    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    plt.close(figure)
    return f"<img src='data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}' alt='{escape(caption)}'>"
