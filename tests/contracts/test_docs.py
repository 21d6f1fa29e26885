"""What the documentation says is so: its tables, the names in them, and its code."""

import ast
import inspect
import re
import runpy
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import sklearn
import sklearn.neural_network
from sklearn.neural_network import MLPClassifier

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor
from sk_mnist_mlp.parameters.table import DOMAINS
from sk_mnist_mlp.recipes import RECIPES
from sk_mnist_mlp.reproduce.systems import GRID_SEARCH, SYSTEMS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GENERATED = {"_build", "api", "gallery", "start"}
PAGES = sorted(
    page for page in DOCS.glob("**/*.md") if not GENERATED & set(page.relative_to(DOCS).parts)
)
TUTORIALS = sorted(DOCS.glob("tutorials/*.py"))
FROM_MLP = DOCS / "coming_from_mlpclassifier.md"
FROM_SCIKERAS = DOCS / "coming_from_scikeras.md"
LIKE_MLP = DOCS / "scikit_learn_mlp_tests.md"
COMPANY = DOCS / "company.md"
ROWS = pd.DataFrame([[0.0, 1.0], [1.0, 0.0]] * 10, columns=["a", "b"])


def rows(page, heading=None):
    """Cells of each row of the tables of a page, or of its part under a heading."""
    text = page.read_text(encoding="utf-8")
    if heading is not None:
        (text,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    tables = [i for i, row in enumerate(cells) if set("".join(row)) <= {"-"}]
    headers = {i - 1 for i in tables} | set(tables)
    return [row for i, row in enumerate(cells) if i not in headers]


def code(text):
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def page_id(page):
    return str(page.relative_to(DOCS).with_suffix(""))


def names(cell):
    """Names in backticks."""
    return re.findall(r"`([\w*]+)`", cell)


def first_column(page, heading):
    return {name for row in rows(page, heading) for name in names(row[0])}


def methods(estimator_class):
    return {
        name
        for name in dir(estimator_class)
        if not name.startswith("_") and not isinstance(getattr(estimator_class, name), property)
    }


def fitted_attributes(estimator):
    return {name for name in vars(estimator) if name.endswith("_") and name[0] != "_"}


@cache
def own_names():
    estimator = KerasMLPClassifier((2,), epochs=1).fit(ROWS, [0, 1] * 10)
    return set(estimator.get_params()) | methods(type(estimator)) | fitted_attributes(estimator)


# Coming from MLPClassifier


def test_every_parameter_of_mlpclassifier_has_a_row():
    parameters = set(inspect.signature(MLPClassifier).parameters)
    assert parameters <= first_column(FROM_MLP, "Constructor parameters")


def test_every_method_of_mlpclassifier_has_a_row():
    assert methods(MLPClassifier) <= first_column(FROM_MLP, "Methods")


def test_every_fitted_attribute_of_mlpclassifier_has_a_row():
    reference = MLPClassifier((2,), early_stopping=True, max_iter=300).fit(ROWS, [0, 1] * 10)
    documented = set(re.findall(r"^    (\w+_) : ", MLPClassifier.__doc__, re.MULTILINE))
    assert "t_" in documented
    attributes = fitted_attributes(reference) | documented
    assert attributes <= first_column(FROM_MLP, "Fitted attributes")


# Coming from scikeras


def keras_classifier():
    wrappers = pytest.importorskip("scikeras.wrappers", reason="scikeras is not installed")
    return wrappers.KerasClassifier


def test_every_parameter_of_scikeras_has_a_row():
    parameters = set(inspect.signature(keras_classifier()).parameters)
    assert parameters <= first_column(FROM_SCIKERAS, "Constructor parameters")


def test_every_method_and_property_of_scikeras_has_a_row():
    public = {name for name in dir(keras_classifier()) if not name.startswith("_")}
    assert public <= first_column(FROM_SCIKERAS, "Methods and properties")


def test_every_fitted_attribute_of_scikeras_has_a_row():
    from sk_mnist_mlp.scikeras import build_mlp

    wrapper = keras_classifier()
    reference = wrapper(build_mlp, model__widths=(2,), verbose=0).fit(ROWS, [0, 1] * 10)
    documented = set(re.findall(r"^    (\w+_) : ", wrapper.__doc__, re.MULTILINE))
    documented.discard("initialized_")  # a property
    attributes = fitted_attributes(reference) | documented
    assert attributes <= first_column(FROM_SCIKERAS, "Fitted attributes")


@pytest.mark.parametrize("page", [FROM_MLP, FROM_SCIKERAS], ids=page_id)
def test_what_stands_here_for_it_exists(page):
    table = rows(page)
    assert len(table) > 40
    assert all(row[1] == "-" or names(row[1]) for row in table)
    assert {name for row in table for name in names(row[1])} <= own_names()


# Parameters


def test_the_parameter_reference_is_the_signature_and_the_domains():
    table = [row[:3] for row in rows(DOCS / "parameters.md")]
    defaults = KerasMLPRegressor().get_params() | KerasMLPClassifier().get_params()
    assert table == [
        [f"`{name}`", f"`{defaults[name]!r}`", domain.allowed] for name, domain in DOMAINS.items()
    ]


# Recipes


def test_the_recipes_of_the_page_are_those_of_the_table():
    of_tasks = [(name, of) for recipes in RECIPES.values() for name, of in recipes.items()]
    assert [row[:4] for row in rows(DOCS / "recipes.md", "Which to take")] == [
        [
            f"`{name}`",
            recipe.meant_for,
            ", ".join(f"`{key}={value!r}`" for key, value in recipe.parameters.items()),
            str(recipe.figure),
        ]
        for name, recipe in of_tasks
    ]


# The notebook


def test_the_systems_of_the_page_are_those_that_are_reproduced():
    *networks, (title, _) = rows(DOCS / "notebook.md", "The systems")
    assert title == GRID_SEARCH.title
    for (title, cell), system in zip(networks, SYSTEMS, strict=True):
        assert title == system.title
        here = eval(f"KerasMLPClassifier({', '.join(re.findall('`(.*?)`', cell))})")
        there = KerasMLPClassifier(**system.parameters)
        if not system.widths:
            there.activation = here.activation  # of no layer
        assert here.get_params() == there.get_params()


# scikit-learn's tests of its multilayer perceptron


@cache
def test_functions(path):
    """Names of the test functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


test_functions.__test__ = False


def test_every_test_of_scikit_learns_perceptron_is_accounted_for():
    path = Path(sklearn.neural_network.__file__).parent / "tests" / "test_mlp.py"
    answered = first_column(LIKE_MLP, "What holds here")
    does_not_apply = first_column(LIKE_MLP, "What does not apply")
    assert answered.isdisjoint(does_not_apply)
    assert test_functions(path) <= answered | does_not_apply


def test_every_test_named_in_the_documentation_exists():
    table = rows(LIKE_MLP, "What holds here") + rows(
        LIKE_MLP, "What `MLPClassifier` has no test of"
    )
    assert len(table) > 30
    for row in table:
        named = re.findall(r"`(?:([\w/.]+)::)?(test_\w+)`", row[-1])
        assert named, row
        for path, name in named:
            assert name in test_functions(ROOT / (path or "tests/test_like_mlpclassifier.py"))


# Code


CODE = {page: blocks for page in PAGES if (blocks := code(page.read_text("utf-8")))}
del CODE[COMPANY]  # section by section, below
COMMON, *SECTIONS = re.split("^## ", COMPANY.read_text("utf-8"), flags=re.MULTILINE)
WITH_OTHERS = {section.partition("\n")[0]: code(section) for section in SECTIONS if code(section)}
OTHERS = [module for row in rows(COMPANY, "Versions") for module in names(row[1])]


@pytest.mark.parametrize("page", CODE, ids=page_id)
def test_the_code_of_a_page_runs(page, monkeypatch):
    blocks = CODE[page]
    if page.stem == "mlflow":
        pytest.skip("tests/company/test_mlflow.py runs it")
    if "set_callbacks" in "".join(blocks) and not hasattr(KerasMLPClassifier, "set_callbacks"):
        pytest.skip("scikit-learn has callbacks since 1.9")
    for package in ("scikeras", "distributed", "skl2onnx"):
        if any(f"from {package}" in block for block in blocks):
            module = pytest.importorskip(package, reason=f"{package} is not installed")
            if package == "distributed":  # in processes, each imports TensorFlow: see test_dask.py
                in_threads = partial(module.LocalCluster, processes=False)
                monkeypatch.setattr(module, "LocalCluster", in_threads)
    namespace = {"__name__": page.stem}
    for block in blocks:
        exec(compile(block, page.name, "exec"), namespace)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what those packages call
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("heading", WITH_OTHERS)
def test_the_code_with_other_packages_runs_where_they_are_installed(heading):
    blocks = code(COMMON) + WITH_OTHERS[heading]
    for module in OTHERS:
        if any(re.search(rf"^(from|import) {module}\b", block, re.MULTILINE) for block in blocks):
            pytest.importorskip(module, reason=f"{module} is not installed")
    namespace = {"__name__": COMPANY.stem}
    for block in blocks:
        exec(compile(block, COMPANY.name, "exec"), namespace)


@pytest.mark.slow  # the build of the site runs them too
@pytest.mark.parametrize("tutorial", TUTORIALS, ids=page_id)
def test_a_tutorial_runs(tutorial, monkeypatch):
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", partial(plt.close, "all"))
    runpy.run_path(str(tutorial))


@pytest.mark.slow
def test_the_quickstart_keeps_all_columns_and_its_file_predicts_without_tensorflow(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", partial(plt.close, "all"))
    (tutorial,) = [path for path in TUTORIALS if path.stem == "quickstart"]
    made = runpy.run_path(str(tutorial))
    with_a_city = made["columns"].fit(made["customers"].assign(city="Bern"))
    names_out = with_a_city.get_feature_names_out()
    assert {"city_Bern", "plan_pro"} <= {name.rpartition("__")[2] for name in names_out}
    keep, predict = re.findall(r"::\n#\n((?:#(?:     .*)?\n)+)", tutorial.read_text("utf-8"))
    uncommented = partial(re.sub, "^#(     )?", "", flags=re.MULTILINE)
    exec(uncommented(keep), dict(made))
    made["customers"].assign(renews=made["renews"]).to_csv("customers.csv", index=False)
    script = (
        uncommented(predict) + "import sys; print(bool({'tensorflow', 'jax'} & {*sys.modules}))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    first, *_, imported = result.stdout.splitlines()
    assert "'yes'" in first
    assert imported == "False"


# Links


def anchors(page):
    """What links may name in a page: its headings, as GitHub and the site write them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_to_other_pages_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8"))
    targets = [((page.parent / name) if name else page, anchor) for name, anchor in links]
    assert [target for target, _ in targets if not target.exists()] == []
    assert [
        (page, anchor) for page, anchor in targets if anchor and anchor not in anchors(page)
    ] == []


def test_the_messages_that_the_page_on_errors_explains_are_the_packages():
    said = set()
    for path in (ROOT / "sk_mnist_mlp").glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                said.add(
                    "".join(
                        getattr(part, "value", "")
                        for part in node.values
                        if isinstance(part, ast.Constant)
                    )
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
    explained = [row[0].strip("`") for row in rows(DOCS / "guide" / "errors.md", "Of this package")]
    assert len(explained) > 10
    assert [message for message in explained if not any(message in text for text in said)] == []
