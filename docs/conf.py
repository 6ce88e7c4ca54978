"""Sphinx configuration."""

import skmi

project = "skmi"
author = "The skmi developers"
copyright = author
version = release = skmi.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates", "examples"]

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings carry the types
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
}

html_theme = "pydata_sphinx_theme"
html_title = f"skmi {release}"
html_show_sourcelink = False
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
