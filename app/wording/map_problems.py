"""What can be wrong with a map file, a sentence for each code."""

from __future__ import annotations

from app.i18n import _


def problem_sentences() -> dict[str, str]:
    """Return the sentence of every code, with the names of its values in braces."""
    return {**_file(), **_values(), **_names(), **_fields(), **_references()}


def _file() -> dict[str, str]:
    return {
        "map.not_yaml": _("This is not YAML{reason}."),
        "map.not_utf8": _("The file is not UTF-8 text. Save it as UTF-8."),
        "map.unprintable": _("The character {character} cannot stand in a map file."),
        "map.too_large": _("The file is larger than {megabytes} MB, more than any map needs."),
        "map.too_deep": _("Lists and mappings are nested more than {levels} deep here."),
        "map.too_many_nodes": _(
            "With its aliases written out the file has more than {count} values,"
            " more than any map needs."
        ),
        "map.recursive_alias": _("The alias “{alias}” holds itself."),
        "map.several_documents": _(
            "A second document begins here. Put every dataset into one document."
        ),
        "map.no_dataset": _(
            "There is no dataset. A map file begins with “dataset:” and a list of datasets."
        ),
    }


def _values() -> dict[str, str]:
    return {
        "map.unknown_tag": _("The tag “{tag}” is not plain data, and a map holds nothing else."),
        "map.key_not_text": _("A key has to be a text, not a list or a mapping."),
        "map.duplicate_key": _("The key “{key}” stands here twice, first in line {line}."),
        "map.bad_value": _("This value cannot be read{reason}. Put it in quotes if it is a text."),
        "map.missing_key": _("“{key}” is missing in {where}."),
        "map.wrong_type": _("“{key}” in {where} has to be {expected}."),
        "map.not_quoted": _(
            "“{key}” in {where} is taken for the text “{text}”. Put it in quotes, so that other"
            " programs take it for a text too."
        ),
        "map.unknown_key": _("“{key}” in {where} means nothing. Is “{near}” meant?"),
        "map.two_metas": _(
            "{where} has fides_meta and fidesops_meta, its old name. Only fides_meta counts."
        ),
    }


def _names() -> dict[str, str]:
    return {
        "map.control_in_name": _("“{key}” in {where} has a control character in it."),
        "map.bad_key": _(
            "“{name}” cannot be a fides_key. Use letters, digits and the characters . _ < > -"
        ),
        "map.dot_in_name": _(
            "“{name}” in {where} has a dot, and dots separate collections from fields."
            " Put fields inside fields instead."
        ),
        "map.duplicate": _("The {kind} “{name}” is there already. Give it another name."),
        "map.differ_in_case": _(
            "The {kind} “{name}” differs from “{other}” by upper and lower case alone."
        ),
        "map.unknown_category": _(
            "“{category}” is no data category; these begin with “user.” or “system.”."
        ),
        "map.custom_category": _(
            "“{category}” is not in the Fides taxonomy, so it counts as a category of your own."
        ),
    }


def _fields() -> dict[str, str]:
    return {
        "map.unknown_type": _(
            "“{name}” is no data type. Choose from {known}, each with [] for a list."
        ),
        "map.unknown_redact": _("“redact” in {where} can only be “name”, not “{text}”."),
        "map.not_an_array": _(
            "return_all_elements is about lists, and {where} is none. Leave it out, or add [] to"
            " the data type."
        ),
        "map.not_an_object": _("{where} has fields inside, so its data type is not “{type}”."),
        "map.key_on_object": _("{where} holds fields, so it cannot be a primary key."),
        "map.identity_on_object": _("{where} holds fields, so it cannot be an identity."),
        "map.no_identity": _("No field declares an identity, so nobody can be found."),
    }


def _references() -> dict[str, str]:
    return {
        "map.unknown_direction": _(
            "“{text}” is no direction. Write “from” or “to”, or leave it out."
        ),
        "map.malformed_reference": _(
            "“{text}” names no field. Write collection.field, and the dataset beside it."
        ),
        "map.malformed_address": _("“{text}” names no collection. Write dataset.collection."),
        "map.refers_to_itself": _("{where} refers to itself."),
        "map.unknown_dataset": _(
            "{where} names the dataset “{dataset}”, which is not in this file. It has to be in"
            " another one."
        ),
        "map.unknown_collection": _("{where} names “{name}”, and there is no such collection."),
        "map.unknown_field": _("{where} names “{name}”, and there is no such field."),
        "map.reference_to_object": _("{where} refers to “{name}”, which holds fields, no value."),
        "map.same_target": _(
            "{where} and {other} both refer to {name}, so a row counts only if both match it. If"
            " one is enough, put “alternative: true” under meta.sandglass of each."
        ),
        "map.after_ring": _("“after” runs in a ring, so none can be read first: {ring}."),
        "map.erase_after_ring": _(
            "“erase_after” runs in a ring, so none can be erased first: {ring}."
        ),
    }
