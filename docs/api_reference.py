"""The public names, in sections: from this table the pages of the API are written at build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import isclass
from pathlib import Path
from pydoc import locate


@dataclass(frozen=True)
class Section:
    """Some public names that belong together, or some constants.

    Parameters
    ----------
    title, text : str
    names : tuple of str
        Of classes and functions, beneath `sk_mnist_mlp`.
    constants : mapping of str to str
        Names of constants, and what they are.
    """

    title: str
    text: str
    names: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)


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
    Section(
        "Files of skops",
        "See [keeping a model](../persistence.md#skops).",
        constants={
            "SKOPS_TRUSTED": "The names of this package's types in a skops file of its "
            "estimators, for `skops.io.load(..., trusted=SKOPS_TRUSTED)`."
        },
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

CONSTANT_PAGE = """\
# {name}

```{{eval-rst}}
.. currentmodule:: sk_mnist_mlp

.. data:: {name}

   {text}
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

{entries}
"""

SUMMARY = """\
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
    texts = {name: _object_page(name) for section in SECTIONS for name in section.names}
    for section in SECTIONS:
        for name, text in section.constants.items():
            texts[name] = CONSTANT_PAGE.format(name=name, text=text)
    sections = "\n".join(
        INDEX_SECTION.format(title=section.title, text=section.text, entries=_entries(section))
        for section in SECTIONS
    )
    index = INDEX.format(sections=sections, pages="\n".join(map(page_name, texts)))
    return {"index.md": index} | {f"{page_name(name)}.md": text for name, text in texts.items()}


def _entries(section: Section) -> str:
    """A line for each name, with a link to its page."""
    if section.constants:
        return "\n".join(
            f"- [`{name}`]({page_name(name)}.md): {text}"
            for name, text in section.constants.items()
        )
    return SUMMARY.format(names="\n".join(f"   ~{PACKAGE}.{name}" for name in section.names))


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
