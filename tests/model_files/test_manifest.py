"""Each field of a manifest has a legal domain, by which files from anyone are checked."""

import copy
import json
import re

import pytest

from sk_mnist_mlp.model_files.manifest import FIELDS, check_manifest
from tests.model_files.forgery import entries

GENUINE = json.loads(entries()["manifest.json"])
del GENUINE["format"], GENUINE["arrays"]
NAMES = [(section, name) for section, fields in FIELDS.items() for name in fields]


def changed(section, name, value):
    manifest = copy.deepcopy(GENUINE)
    manifest[section][name] = value
    return manifest


def test_a_manifest_that_save_wrote_is_legal():
    check_manifest(GENUINE)


VALUES = [{"code": 1}, -0.5, -1, True, "code", [[]], ["code", 0]]
LEGAL = [("best_validation_score", -0.5), ("optimizer", "code")]


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
    manifest = copy.deepcopy(GENUINE)
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
    "stddevs": (("network", "init_stddev", []), "0 in network.init_stddev; expected 2, one a"),
}


@pytest.mark.parametrize(("change", "message"), LENGTHS.values(), ids=LENGTHS)
def test_lengths_that_do_not_agree_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        check_manifest(changed(*change))
