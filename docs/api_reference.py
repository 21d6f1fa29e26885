"""The public names, in sections: from this table the pages of the API are written at build."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import isclass
from pathlib import Path
from pydoc import locate


@dataclass(frozen=True)
class Section:
    """Some public names that belong together.

    Parameters
    ----------
    title, text : str
    names : tuple of str
        Beneath `sk_mnist_mlp`.
    """

    title: str
    text: str
    names: tuple[str, ...]


SECTIONS = (
    Section(
        "The estimators",
        "For classes and for quantities, and ready-made settings of them.",
        ("KerasMLPClassifier", "KerasMLPRegressor", "recipe"),
    ),
    Section(
        "Features",
        "What a hidden layer gives, for other models; see "
        "[learned features](../guide/features.md).",
        ("KerasMLPFeatures",),
    ),
    Section(
        "Searching",
        "For scikit-learn's searches; see [tuning](../tuning.md).",
        ("search_space", "search_results_frame"),
    ),
    Section(
        "Pictures",
        "Of fits and searches; see [pictures](../guide/pictures.md) and "
        "[live curves](../guide/live_curves.md).",
        ("LossCurveDisplay", "WeightsDisplay", "SearchDisplay", "LiveLossCurve"),
    ),
    Section(
        "Compiled programs",
        "What training has compiled so far; see [cold and warm](../guide/cold_and_warm.md).",
        ("training_cache_info", "clear_training_cache"),
    ),
    Section("Data", "Handwritten digits.", ("load_mnist",)),
    Section(
        "Beside scikeras",
        "The same network for scikeras; see [coming from scikeras](../coming_from_scikeras.md).",
        ("scikeras.build_mlp",),
    ),
    Section(
        "ONNX",
        "For skl2onnx, which converts whole pipelines; see [ONNX](../onnx.md).",
        ("onnx.register",),
    ),
)

PACKAGE = "sk_mnist_mlp"

OBJECT_PAGE = """\
# {short}

```{{eval-rst}}
.. currentmodule:: {module}

.. auto{kind}:: {short}
{options}
```
"""

INDEX = """\
# API

What stands here is public; all else may change from one version to the next.

{sections}
```{{toctree}}
:hidden:

{pages}
```
"""

INDEX_SECTION = """\
## {title}

{text}

```{{eval-rst}}
.. autosummary::

{names}
```
"""


def page_name(name: str) -> str:
    """The name, without its suffix, of the page of a public name."""
    return f"{PACKAGE}.{name}"


def pages() -> dict[str, str]:
    """The text of each page by its file's name."""
    names = [name for section in SECTIONS for name in section.names]
    sections = "\n".join(
        INDEX_SECTION.format(
            title=section.title,
            text=section.text,
            names="\n".join(f"   ~{PACKAGE}.{name}" for name in section.names),
        )
        for section in SECTIONS
    )
    index = INDEX.format(sections=sections, pages="\n".join(map(page_name, names)))
    return {"index.md": index} | {f"{page_name(name)}.md": _object_page(name) for name in names}


def _object_page(name: str) -> str:
    module, _, short = f"{PACKAGE}.{name}".rpartition(".")
    of_class = isclass(locate(f"{PACKAGE}.{name}"))
    return OBJECT_PAGE.format(
        short=short,
        module=module,
        kind="class" if of_class else "function",
        options="   :members:\n   :inherited-members:" if of_class else "",
    )


def write_pages(folder: Path) -> None:
    """Write the pages, those that have changed, and remove those of names that are gone."""
    folder.mkdir(exist_ok=True)
    texts = pages()
    for path in folder.glob("*.md"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
