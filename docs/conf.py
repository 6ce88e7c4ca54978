"""Sphinx configuration."""

import skmi

project = "skmi"
author = "The skmi developers"
copyright = author
version = release = skmi.__version__

extensions = [
    "myst_parser",  # for CHANGELOG.md and CONTRIBUTING.md, which pages include
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates", "examples", "**/sg_execution_times.rst", "sg_execution_times.rst"]

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
html_static_path = ["_static"]
html_css_files = ["skmi.css"]
html_sidebars = {page: [] for page in ["index", "search", "genindex"]}  # they belong to no section
html_theme_options = {
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
}
