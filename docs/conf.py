"""How Sphinx builds the site: `make -C docs html`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import api_reference
import elsewhere
import pictures

import sk_mnist_mlp

project = "sk_mnist_mlp"
author = "The sk_mnist_mlp developers"
copyright = author
version = release = sk_mnist_mlp.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "tutorials"]
nitpicky = True  # a name that leads nowhere is a warning, and a warning fails the build
default_role = "literal"
smartquotes = False  # names and strings in docstrings and tables are to be copied

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

toc_object_entries_show_parents = "hide"
autosummary_generate = False  # api_reference.py writes the pages
autodoc_typehints = "none"  # the docstrings have the types
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = True
numpydoc_xref_aliases = elsewhere.ALIASES
numpydoc_xref_ignore = elsewhere.WORDS
# Names elsewhere come from one table, so that a build needs no network and is the same with one.
intersphinx_mapping = {
    name: (address, str(elsewhere.inventory(name, HERE / "_build" / "inventories")))
    for name, address in elsewhere.ADDRESSES.items()
}

sphinx_gallery_conf = {
    "examples_dirs": ["../examples", "tutorials"],
    "gallery_dirs": ["gallery", "start"],
    "filename_pattern": "",
    "within_subsection_order": "gallery_setup.TaughtOrder",
    "image_scrapers": ("gallery_pictures.light_and_dark",),
    "reset_modules": ("matplotlib", "seaborn", "gallery_setup.forget_programs"),
    "reset_argv": "gallery_setup.arguments",
    "doc_module": ("sk_mnist_mlp",),
    "backreferences_dir": "gallery/backreferences",
    "download_all_examples": False,
    "show_signature": False,
    "min_reported_time": 1,
}

html_theme = "pydata_sphinx_theme"
html_title = "sk_mnist_mlp"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_favicon = "_static/logo.svg"
html_show_sourcelink = False
html_copy_source = False
WITHOUT_SUBPAGES = "index install recipes parameters company notebook benchmarks architecture "
WITHOUT_SUBPAGES += "changes"
html_sidebars = {page: [] for page in WITHOUT_SUBPAGES.split()}
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {
        "text": "sk_mnist_mlp",
        "image_light": "_static/logo.svg",
        "image_dark": "_static/logo.svg",
    },
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": [], "parameters": []},
    "footer_start": ["copyright"],
    "footer_center": [],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
copybutton_exclude = ".linenos, .gp, .go"
linkcheck_ignore = [r"http://localhost.*"]


def link_examples_to_the_gallery(app, docname, source):
    """Let a link to a script, which GitHub follows to the file, lead to its page here."""
    for script in (HERE.parent / "examples").glob("*.py"):
        for prefix in ("../../examples", "../examples"):
            up = "../" if prefix.startswith("../../") else ""
            source[0] = source[0].replace(
                f"({prefix}/{script.name})", f"({up}gallery/{script.stem}.rst)"
            )


def write_what_is_generated(app):
    """Write the API's pages and draw the pictures."""
    api_reference.write_pages(HERE / "api")
    pictures.draw(HERE / "pictures")


def setup(app):
    """Register what happens at build."""
    app.connect("builder-inited", write_what_is_generated)
    app.connect("source-read", link_examples_to_the_gallery)
