"""What an import loads, the public names, and the direction of imports within the package."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import sk_mnist_mlp

PACKAGE = Path(sk_mnist_mlp.__file__).parent
HEAVY = ["tensorflow", "jax", "keras", "pandas", "matplotlib", "seaborn"]

PUBLIC = [
    "SKOPS_TRUSTED",
    "KerasMLPClassifier",
    "KerasMLPFeatures",
    "KerasMLPRegressor",
    "LiveLossCurve",
    "LossCurveDisplay",
    "SearchDisplay",
    "WeightsDisplay",
    "__version__",
    "clear_training_cache",
    "load_mnist",
    "recipe",
    "search_results_frame",
    "search_space",
    "training_cache_info",
]

# Folder or module of the package -> what it may import of the others.
ALLOWED = {
    "streams": set(),
    "domains": set(),
    "notebook": set(),
    "rounding": set(),
    "user_warnings": set(),
    "interrupts": set(),
    "backends": set(),
    "loading": {"backends", "interrupts"},
    "search": {"domains"},
    "disk": set(),
    "network": {"backends", "loading"},
    "data": {"network", "user_warnings"},
    "parameters": {"domains", "network"},
    "training": {
        "backends",
        "data",
        "domains",
        "interrupts",
        "loading",
        "network",
        "streams",
        "user_warnings",
    },
    "fitting": {
        "backends",
        "data",
        "domains",
        "loading",
        "network",
        "notebook",
        "rounding",
        "parameters",
        "streams",
        "training",
        "user_warnings",
    },
    "model_files": {"data", "disk", "domains", "fitting", "loading", "network", "sk_mnist_mlp"},
    "features": {"domains", "parameters"},
    "prediction": {"data", "features", "fitting", "loading", "network", "training"},
    "memory": {
        "backends",
        "data",
        "disk",
        "fitting",
        "model_files",
        "network",
        "user_warnings",
    },
    "class_prediction": {"network", "prediction"},
    "estimator": {
        "fitting",
        "memory",
        "model_files",
        "network",
        "parameters",
        "prediction",
        "streams",
    },
    "classifier": {"class_prediction", "data", "estimator", "fitting", "parameters"},
    "shared_docs": set(),
    "regressor": {
        "classifier",
        "data",
        "estimator",
        "fitting",
        "network",
        "parameters",
        "shared_docs",
    },
    "recipes": {"classifier", "domains", "parameters", "regressor"},
    "trusted": {"classifier", "data", "features", "fitting", "network", "regressor"},
    "scikeras": {
        "classifier",
        "data",
        "fitting",
        "loading",
        "network",
        "parameters",
        "training",
    },
    "onnx": {"classifier", "fitting", "network", "regressor"},
    "datasets": {"disk"},
    "displays": {"domains", "estimator", "notebook", "rounding", "search", "user_warnings"},
    "reproduce": {
        "backends",
        "disk",
        "displays",
        "loading",
        "memory",
        "recipes",
        "sk_mnist_mlp",
    },
    "cli": {"memory", "reproduce", "sk_mnist_mlp"},
    "__main__": {"cli"},
    "__init__": {
        "classifier",
        "datasets",
        "displays",
        "features",
        "recipes",
        "regressor",
        "search",
        "training",
        "trusted",
    },
}


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
        f"print(json.dumps([m for m in {HEAVY[:3]} if m in sys.modules]))"
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


def without_what_type_checkers_read(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    return tree


def imported_parts(path):
    """Parts of the package that a file imports, anywhere but for type checkers."""
    tree = without_what_type_checkers_read(path)
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
TRAINING_SIDE = {"backends", "training"}


@pytest.mark.parametrize("path", FILES, ids=[str(f.relative_to(PACKAGE)) for f in FILES])
def test_imports_within_the_package_follow_the_arrows(path):
    relative = path.relative_to(PACKAGE)
    part = relative.parts[0].removesuffix(".py")
    assert set(imported_parts(path)) <= ALLOWED[part] | {part}


@pytest.mark.parametrize("path", FILES, ids=[str(f.relative_to(PACKAGE)) for f in FILES])
def test_only_the_training_side_imports_keras_and_a_module_of_it_each_backend(path):
    relative = path.relative_to(PACKAGE)
    imported = {
        (alias.name if isinstance(node, ast.Import) else node.module or "").partition(".")[0]
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    if relative.parts[0] in TRAINING_SIDE:
        assert not {"sklearn", "scipy"} & imported
        assert imported & {"tensorflow", "jax"} <= {relative.stem.removeprefix("on_")}
    else:
        assert not imported & set(HEAVY)


@pytest.mark.parametrize("path", FILES, ids=[str(f.relative_to(PACKAGE)) for f in FILES])
def test_outside_the_training_side_keras_and_tensorflow_come_by_loading_alone(path):
    imported = {
        (alias.name if isinstance(node, ast.Import) else node.module or "").partition(".")[0]
        for node in ast.walk(without_what_type_checkers_read(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    on_the_training_side = path.relative_to(PACKAGE).parts[0] in TRAINING_SIDE
    assert on_the_training_side or not imported & {"keras", "tensorflow", "jax"}


def test_what_training_imports_of_the_package_knows_no_scikit_learn():
    loaded = in_a_fresh_process(
        "import json, sys; import sk_mnist_mlp.data.examples, sk_mnist_mlp.network.weights; "
        "print(json.dumps('sklearn' in sys.modules))"
    )
    assert loaded is False
