"""Sphinx configuration. The build needs no network."""

import inspect
import os
import re
from pathlib import Path

import sksets
from sksets import datasets

project = "sksets"
author = "The sksets developers"
copyright = "2026, The sksets developers"
version = release = sksets.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates", "auto_examples/GALLERY_HEADER.rst"]
suppress_warnings = ["config.cache"]  # the gallery's configuration cannot be pickled

html_theme = "pydata_sphinx_theme"
html_show_sourcelink = False
html_theme_options = {"secondary_sidebar_items": ["page-toc"], "navigation_with_keys": False}
html_sidebars = {"whats_new": [], "contributing": [], "glossary": []}

autodoc_typehints = "none"  # numpydoc sections state the types
autosummary_generate = True
numpydoc_show_class_members = False  # the class template lists the methods

EXAMPLES = Path(__file__).parents[1] / "examples"
LACKING_NOTE = """\
.. note::

   The data of this page were not there when it was built, so that it shows no output. The script
   downloads them; :func:`~sksets.datasets.get_data_home` says where they are kept.

"""


def lacks_data(script):
    """Say whether a script fetches data that are not in the data home."""
    for name in set(re.findall(r"\bfetch_\w+(?=\()", script.read_text(encoding="utf-8"))):
        fetch = getattr(datasets, name)
        downloads = "download_if_missing" in inspect.signature(fetch).parameters
        try:
            fetch(**{"download_if_missing": False} if downloads else {})
        except FileNotFoundError:
            return True
    return False


# These are shown and not run: the build downloads nothing.
LACKING = [path.stem for path in sorted(EXAMPLES.glob("plot_*.py")) if lacks_data(path)]


sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "filename_pattern": rf"{re.escape(os.sep)}(?!({'|'.join(LACKING) or 'none'})\.py)plot_",
    "gallery_dirs": "auto_examples",
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("sksets",),
    "download_all_examples": False,
    "show_signature": False,
    "abort_on_example_error": True,
    "plot_gallery": "True",
}


def skip_foreign_members(app, what, name, obj, skip, options):
    """Leave out what scikit-learn and torch define: their docstrings refer to their own pages."""
    function = getattr(obj, "__func__", obj)
    function = getattr(function, "fget", function) or function
    module = getattr(inspect.unwrap(function), "__module__", None) if callable(function) else None
    return True if module and not module.startswith("sksets") else None


def note_lacking_data(app, docname, source):
    """Say on top of a page of the gallery that it was not run."""
    if docname.removeprefix("auto_examples/") in LACKING:
        source[0] = LACKING_NOTE + source[0]


def setup(app):
    app.connect("autodoc-skip-member", skip_foreign_members)
    app.connect("source-read", note_lacking_data)
