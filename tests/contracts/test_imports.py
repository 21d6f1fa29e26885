"""What an import loads, the public names, and the direction of imports within the package."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import sk_mnist_mlp

PACKAGE = Path(sk_mnist_mlp.__file__).parent
HEAVY = ["tensorflow", "keras", "pandas", "matplotlib", "seaborn"]

PUBLIC = [
    "KerasMLPClassifier",
    "__version__",
    "clear_training_cache",
    "load_mnist",
    "search_results_frame",
    "search_space",
    "training_cache_info",
]

# Folder or module of the package -> what it may import of the package.
DATASETS = {"arrays_on_disk", "datasets", "mnist_files", "mnist_download", "whole_files"}
ALLOWED = {
    "error_state": set(),
    "network": {"error_state"},
    "streams": set(),
    "cache": set(),
    "progress": set(),
    "processes": set(),
    "callbacks": set(),
    "examples": set(),
    "labels": set(),
    "stopping": set(),
    "search": set(),
    "activations": set(),
    "arrays_on_disk": set(),
    "whole_files": set(),
    "inference": {"network", "activations"},
    "parameters": {"network", "activations"},
    "inputs": {"examples", "labels"},
    "monitor": {"callbacks", "examples", "inference", "network", "stopping"},
    "session": {
        "examples", "labels", "monitor", "network", "parameters", "processes", "streams",
        "training",
    },
    "training": {"network", "streams", "cache", "processes", "training"},
    "file_format": {
        "activations", "arrays_on_disk", "file_format", "labels", "network", "parameters",
        "session", "sk_mnist_mlp", "whole_files",
    },
    "persistence": {"file_format", "session", "sk_mnist_mlp"},
    "prediction": {
        "error_state", "inference", "inputs", "labels", "network", "parameters", "persistence",
        "session", "training",
    },
    "classifier": {
        "callbacks", "error_state", "examples", "inputs", "labels", "monitor", "network",
        "parameters", "prediction", "progress", "session", "stopping", "streams",
    },
    "scikeras": {"classifier", "labels", "parameters", "session", "training"},
    "datasets": DATASETS,
    "mnist_files": DATASETS,
    "mnist_download": DATASETS,
    "reproduce": {"sk_mnist_mlp", "reproduce", "whole_files"},
    "cli": {"sk_mnist_mlp", "reproduce"},
    "__main__": {"cli"},
    "__init__": {"classifier", "datasets", "cache", "search"},
}  # fmt: skip


def in_a_fresh_process(code):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return json.loads(result.stdout)


def test_importing_the_package_loads_nothing_but_itself_and_python():
    loaded = in_a_fresh_process(
        "import json, sys; before = set(sys.modules); import sk_mnist_mlp; "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(json.dumps(sorted(new - sys.stdlib_module_names)))"
    )
    assert loaded == ["sk_mnist_mlp"]


def test_the_classifier_is_loaded_without_tensorflow_and_keras():
    loaded = in_a_fresh_process(
        "import sys, json; from sk_mnist_mlp import KerasMLPClassifier; KerasMLPClassifier(); "
        f"print(json.dumps([m for m in {HEAVY[:2]} if m in sys.modules]))"
    )
    assert loaded == []


def test_the_public_names_are_these():
    assert sk_mnist_mlp.__all__ == PUBLIC
    assert dir(sk_mnist_mlp) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there(name):
    assert getattr(sk_mnist_mlp, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'sk_mnist_mlp' has no attribute 'nothing'"):
        _ = sk_mnist_mlp.nothing


def imported_parts(path):
    """Parts of the package that a file imports, anywhere but for type checkers."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    package = ["sk_mnist_mlp", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            is_package = (PACKAGE.parent / module.replace(".", "/")).is_dir()
            names = [f"{module}.{a.name}" if is_package else module for a in node.names]
        else:
            continue
        for name in names:
            root, *rest = name.split(".")
            if root == "sk_mnist_mlp":
                part = rest[0] if rest else root
                known = (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").exists()
                yield part if known else root


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[str(f.relative_to(PACKAGE)) for f in FILES])
def test_imports_within_the_package_follow_the_arrows(path):
    relative = path.relative_to(PACKAGE)
    part = relative.parts[0].removesuffix(".py")
    assert set(imported_parts(path)) <= ALLOWED[part]


@pytest.mark.parametrize("path", FILES, ids=[str(f.relative_to(PACKAGE)) for f in FILES])
def test_only_the_training_side_imports_tensorflow(path):
    if path.is_relative_to(PACKAGE / "training"):
        assert "sklearn" not in path.read_text()
    else:
        top_level = [
            alias.name if isinstance(node, ast.Import) else node.module
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        ]
        assert not {name.split(".")[0] for name in top_level if name} & set(HEAVY)
