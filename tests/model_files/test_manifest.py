"""Each field of a manifest has a legal domain, by which files from anyone are checked."""

import copy
import json
import re

import pytest

from sk_mnist_mlp.model_files.manifest import FIELDS, check_manifest
from tests.model_files.forgery import entries

GENUINE = json.loads(entries()["manifest.json"])
del GENUINE["format"], GENUINE["arrays"]
OF_REGRESSOR = {name: section for name, section in GENUINE.items() if name != "labels"} | {
    "quantities": {"loss": "huber", "dtype": "float32", "n_outputs": 1, "is_flat": True}
}
NAMES = [(section, name) for section, fields in FIELDS.items() for name in fields]


def genuine(section):
    """A manifest that has some section."""
    return copy.deepcopy(GENUINE if section in GENUINE else OF_REGRESSOR)


def changed(section, name, value):
    manifest = genuine(section)
    manifest[section][name] = value
    return manifest


@pytest.mark.parametrize("manifest", [GENUINE, OF_REGRESSOR], ids=["classifier", "regressor"])
def test_a_manifest_that_save_wrote_is_legal(manifest):
    check_manifest(manifest)


def test_a_manifest_of_labels_and_quantities_is_refused():
    message = "found labels and quantities; expected one of labels, quantities"
    with pytest.raises(ValueError, match=message):
        check_manifest(GENUINE | OF_REGRESSOR)


VALUES = [{"code": 1}, -0.5, -1, True, "code", [[]], ["code", 0]]
LEGAL = [("best_validation_score", -0.5), ("optimizer", "code"), ("is_flat", True)]


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [(*names, value) for names in NAMES for value in VALUES if (names[1], value) not in LEGAL],
)
def test_a_value_out_of_the_domain_is_refused(section, name, value):
    allowed = FIELDS[section][name].allowed
    message = f"manifest.json: found {section}.{name} {value!r}; expected {allowed}."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_manifest(changed(section, name, value))


@pytest.mark.parametrize(("section", "name"), NAMES)
def test_a_missing_field_is_refused(section, name):
    manifest = genuine(section)
    del manifest[section][name]
    with pytest.raises(ValueError, match=f"manifest.json: found no {section}.{name}; expected"):
        check_manifest(manifest)


@pytest.mark.parametrize("section", FIELDS)
def test_an_unknown_field_is_refused(section):
    with pytest.raises(ValueError, match=f"manifest.json: found {section}.code; expected"):
        check_manifest(changed(section, "code", 1))


@pytest.mark.parametrize("section", GENUINE)
def test_a_section_is_there_and_an_object(section):
    with pytest.raises(ValueError, match=rf"manifest.json: found {section} \[1\]; expected an"):
        check_manifest(GENUINE | {section: [1]})
    without = {name: value for name, value in GENUINE.items() if name != section}
    with pytest.raises(ValueError, match=f"manifest.json: found no {section}( or |; )"):
        check_manifest(without)


def test_an_unknown_section_is_refused():
    with pytest.raises(ValueError, match=r"manifest.json: found code; expected"):
        check_manifest(GENUINE | {"code": {}})


LENGTHS = {
    "names": (("inputs", "names", ["a"]), "1 inputs.names; expected 2, one a feature"),
    "rates": (("network", "dropout", []), "0 in network.dropout; expected 1 or 2, one a layer"),
    "quantities": (("quantities", "n_outputs", 2), "2 flat quantities; expected 1"),
    "stddevs": (("network", "init_stddev", []), "0 in network.init_stddev; expected 2, one a"),
}


@pytest.mark.parametrize(("change", "message"), LENGTHS.values(), ids=LENGTHS)
def test_lengths_that_do_not_agree_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        check_manifest(changed(*change))
