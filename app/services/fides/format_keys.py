"""The keys and words of the Fides dataset format, and our own under ``meta.sandglass``."""

from __future__ import annotations

_SHARED = ("name", "description", "data_categories", "data_uses", "data_purposes", "data_subjects")
_NODE = (*_SHARED, "meta", "fides_meta", "fidesops_meta")

FILE = frozenset(
    {
        "dataset",
        "data_category",
        "data_subject",
        "data_use",
        "system",
        "policy",
        "organization",
    }
)
DATASET = frozenset(
    {
        *_NODE,
        "fides_key",
        "organization_fides_key",
        "tags",
        "collections",
    }
)
COLLECTION = frozenset(
    {
        *_NODE,
        "fields",
    }
)
FIELD = COLLECTION
REFERENCE = frozenset(
    {
        "dataset",
        "field",
        "direction",
    }
)

DATASET_META = frozenset(
    {
        "resource_id",
        "after",
        "namespace",
        "redact",
    }
)
COLLECTION_META = frozenset(
    {
        "after",
        "erase_after",
        "skip_processing",
        "masking_strategy_override",
        "partitioning",
        "redact",
    }
)
FIELD_META = frozenset(
    {
        "references",
        "identity",
        "primary_key",
        "data_type",
        "length",
        "return_all_elements",
        "read_only",
        "custom_request_field",
        "masking_strategy_override",
        "redact",
    }
)

OUR_DATASET = frozenset(
    {
        "label",
        "region",
        "owner",
        "timezone",
    }
)
OUR_COLLECTION = frozenset(
    {
        "label",
        "purpose",
        "recipients",
        "retention",
        "basis",
        "origin",
        "transfers",
    }
)
OUR_FIELD = frozenset(
    {
        "label",
        "never_disclose",
        "may_hold_others",
        "codes",
        "column_type",
        "follow",
        "alternative",
        "required",
    }
)

DATA_TYPES = ("string", "integer", "float", "boolean", "object_id", "object")
